#pragma once

#include "drivers/driver.h"
#include "net/loop.h"
#include "sys/cpu_list.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::client {

// Which tasks of the node may run on which CPUs: a task with `cores` has its own for itself, all others share the rest.
// Where there is no rest they run on all, since no task may be left without. Owner: the loop's thread.
class CpuPartition {
 public:
  class Place;
  struct State;

  CpuPartition(net::Loop& loop, const std::vector<int32_t>& cpus);

  // Of one task, from before it starts until it is dead. `own` are its `cores`; empty: it shares the rest.
  std::shared_ptr<Place> take(sys::CpuSet own);

  // The agent goes, and leaves the tasks where they are.
  void stop();

 private:
  std::shared_ptr<State> state_;
};

class CpuPartition::Place : public std::enable_shared_from_this<Place> {
 public:
  Place(std::shared_ptr<State> state, sys::CpuSet own);
  // Its own CPUs are everybody's again.
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // What the others have left over, as TaskConfig::shared_cpus has it; "" for a task with CPUs of its own.
  std::string shared() const;

  // From now on the task is moved whenever that changes. `given`: where it is now, if that is known.
  void follow(std::shared_ptr<drivers::RunningTask> task, std::optional<std::string> given);

 private:
  friend struct State;

  void move();
  static net::Task<void> run_move(std::shared_ptr<Place> self);

  const std::shared_ptr<State> state_;
  const sys::CpuSet own_;
  std::weak_ptr<drivers::RunningTask> task_;
  std::optional<std::string> given_;
  bool moving_ = false;
};

}  // namespace drover::client
