#pragma once

#include "sim/simulation.h"

#include <string>
#include <vector>

namespace drover::sim {

// What people ask of the cluster.
class Workload {
 public:
  explicit Workload(Simulation& sim) : sim_(sim) {}

  void act();
  // Jobs that would never come to rest (periodic ones) end, drains, pauses and canaries too.
  void wind_down();

 private:
  void run_job();
  void run(model::Job job, const std::string& what);
  void change_job();
  void stop_job(const model::Job& job, bool purge);
  void scale_job();
  void revert_job();
  void dispatch();
  void force_launch();
  void evaluate();
  void change_node();
  void change_deployment();
  void move_alloc();
  void configure();
  void set_drain(const model::Node& node, bool drain);
  void promote(const model::Deployment& deployment);
  void set_deployment(const model::Deployment& deployment, model::DeploymentState state);

  state::Row<model::Job> some_job();
  state::Row<model::Node> some_node();
  state::Row<model::Deployment> some_deployment();
  std::vector<model::Evaluation> eval_of(const model::JobKey& job, const char* trigger);
  Random& random() { return sim_.random(); }

  Simulation& sim_;
};

}  // namespace drover::sim
