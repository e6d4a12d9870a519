#pragma once

#include "base/random.h"
#include "model/logistics.h"
#include "state/command.h"
#include "state/dump.h"
#include "state/load.h"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// For tests: builders, and a state that is driven by commands and remembers the rows that would have been stored.
namespace drover::state::testing {

template <class Id>
Id id_of(uint64_t hi, uint64_t lo) {
  return Id(Uuid{.hi = hi, .lo = lo});
}
inline model::NodeId node_id(uint64_t n) {
  return id_of<model::NodeId>(0x10, n);
}
inline model::AllocId alloc_id(uint64_t n) {
  return id_of<model::AllocId>(0x20, n);
}
inline model::EvalId eval_id(uint64_t n) {
  return id_of<model::EvalId>(0x30, n);
}

inline model::DeploymentId deployment_id(uint64_t n) {
  return id_of<model::DeploymentId>(0x40, n);
}

inline model::Job make_job(const std::string& id, int32_t cpu = 100, int32_t memory_mb = 64) {
  model::Task task{.name = "server", .driver = "exec"};
  task.resources.cpu = cpu;
  task.resources.memory_mb = memory_mb;
  model::TaskGroup group{.name = "web"};
  group.ephemeral_disk.size_mb = 10;
  group.tasks.push_back(task);
  model::Job job{.id = id, .name = id};
  job.datacenters = {"dc1"};
  job.task_groups.push_back(group);
  return job;
}

// A batch job of Nosana's whose definition is to come, and whose result is to be fetched.
inline model::Job make_confidential_job(const std::string& id) {
  model::Job job = make_job(id);
  job.type = model::JobType::Batch;
  job.task_groups[0].tasks[0] = {.name = model::kAwaitedDefinition, .driver = "noop"};
  const codec::Value listens = codec::Value::Object{{"type", "api-listen"}, {"args", codec::Value::Object{}}};
  job.logistics = codec::Value::Object{{"send", listens}, {"receive", listens}};
  return job;
}

inline model::Node make_node(uint64_t n, int64_t cpu = 1000, int64_t memory_mb = 1024) {
  model::Node node{.id = node_id(n), .name = "node" + std::to_string(n)};
  node.secret_id = Uuid{.hi = 1, .lo = n};
  node.resources = {.cpu = cpu, .memory_mb = memory_mb, .disk_mb = 10000};
  return node;
}

inline model::Evaluation make_eval(uint64_t n, const std::string& job_id) {
  return {.id = eval_id(n), .triggered_by = model::trigger::kJobRegister, .job_id = job_id};
}

inline model::Allocation make_alloc(uint64_t n, const std::string& job_id, const model::NodeId& node) {
  model::Allocation alloc{.id = alloc_id(n)};
  alloc.name = model::alloc_name(job_id, "web", static_cast<int32_t>(n));
  alloc.job_id = job_id;
  alloc.task_group = "web";
  alloc.node_id = node;
  return alloc;
}

inline model::Deployment make_deployment(uint64_t n, const std::string& job_id) {
  model::Deployment deployment{.id = deployment_id(n), .job_id = job_id};
  deployment.status_description = model::deployment_text::kRunning;
  deployment.task_groups["web"] = {.progress_deadline = std::chrono::seconds(60), .desired_total = 2};
  return deployment;
}

inline model::Plan make_plan(const std::string& job_id, std::vector<model::Allocation> placements) {
  model::Plan plan{.ns = model::kDefaultNamespace, .job_id = job_id};
  plan.placements = std::move(placements);
  return plan;
}

using StoredRows = std::map<std::pair<Table, std::string>, std::string>;

inline Result<Snapshot> load_rows(const StoredRows& rows, uint64_t index) {
  SnapshotLoader loader;
  for (const auto& [key, value] : rows) TRY(loader.add(key.first, key.second, value));
  return loader.finish(index);
}

class TestCluster {
 public:
  const Snapshot& now() const { return snapshot_; }
  const StoredRows& rows() const { return rows_; }

  Result<Reply> apply(const Command& command) {
    Draft draft(snapshot_);
    Result<Reply> reply = state::apply(draft, command);
    for (RowChange& change : draft.take_changes()) {
      if (change.value) {
        rows_[{change.table, change.key}] = *change.value;
      } else {
        rows_.erase({change.table, change.key});
      }
    }
    snapshot_ = draft.freeze();
    return reply;
  }
  template <class Body>
  Result<Reply> apply(Body body) {
    return apply(make_command(std::move(body)));
  }
  // For commands that cannot fail.
  template <class Body>
  Reply must(Body body) {
    Result<Reply> reply = apply(std::move(body));
    EXPECT_TRUE(reply) << reply.error().message();
    return reply ? *reply : Reply{};
  }

  void add_ready_node(uint64_t n, int64_t cpu = 1000) {
    must(RegisterNode{.node = make_node(n, cpu)});
    must(UpdateNodeStatus{.node_id = node_id(n)});
  }
  Reply place(const std::string& job_id, std::vector<model::Allocation> placements) {
    return must(ApplyPlan{.plan = make_plan(job_id, std::move(placements))});
  }
  Snapshot reloaded() const {
    auto loaded = load_rows(rows_, snapshot_.index());
    EXPECT_TRUE(loaded) << loaded.error().message();
    return loaded ? *loaded : Snapshot();
  }

 private:
  Snapshot snapshot_;
  StoredRows rows_;
};

}  // namespace drover::state::testing
