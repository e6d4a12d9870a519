#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "client/allocs/alloc_health.h"
#include "model/allocation.h"
#include "model/job.h"

#include <memory>
#include <optional>

namespace drover::sim {

// How the tasks of a job behave: in its meta, so that it travels with the job.
//   sim.run    milliseconds that a batch task takes (0: for ever)
//   sim.start  milliseconds until a task runs
//   sim.stop   milliseconds that it takes to end
//   sim.fail   of 100 starts, how many end in a failure
struct Behaviour {
  static Behaviour of(const model::Job& job);
  Duration start{0}, run{0}, stop{0};
  uint64_t failures = 0;
};

// One allocation on a simulated node, all its tasks as one: starting, running, ending, dead; its health as a real agent
// decides it. Does nothing by itself: look() at due().
class SimAlloc {
 public:
  SimAlloc(model::Allocation alloc, std::shared_ptr<const model::Job> job, MonoTime now);

  enum class Phase : uint8_t { Starting, Running, Stopping, Dead };

  // The server has something new to say about it.
  void update(model::Allocation alloc, std::shared_ptr<const model::Job> job, MonoTime now);
  void stop(MonoTime now);
  // The agent does not know any more what had become of it.
  void lose(WallTime now);
  // The machine has gone down under it; it starts again, or has failed.
  void interrupt(Random& random, MonoTime now, WallTime wall);
  // Its process is another one: health is counted anew.
  void restore(MonoTime now);

  // Whatever has come due; true if there is something new to report.
  bool look(Random& random, bool calm, MonoTime now, WallTime wall);
  std::optional<MonoTime> due() const;

  // What the servers are told.
  model::Allocation report() const;

  const model::Allocation& alloc() const { return alloc_; }
  Phase phase() const { return phase_; }
  bool dead() const { return phase_ == Phase::Dead; }
  model::ClientStatus status() const;

 private:
  void begin(MonoTime now);
  void run(Random& random, bool calm, MonoTime now, WallTime wall);
  void end(bool failed, WallTime wall);
  bool look_at_health(MonoTime now);
  const model::TaskGroup& group() const;

  model::Allocation alloc_;
  std::shared_ptr<const model::Job> job_;
  Behaviour behaviour_;
  Phase phase_ = Phase::Starting;
  bool failed_ = false;
  bool fails_ = false;  // in the end
  uint64_t restarts_ = 0;
  std::optional<MonoTime> phase_due_;
  std::optional<MonoTime> health_due_;
  std::optional<client::AllocHealth> health_;
  std::optional<model::DeploymentStatus> deployment_status_;
  WallTime started_at_, finished_at_;
};

}  // namespace drover::sim
