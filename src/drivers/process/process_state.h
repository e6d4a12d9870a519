#pragma once

#include "codec/fwd.h"
#include "sys/supervisor.h"

#include <cstdint>
#include <string>

namespace drover::drivers {

// The part of a handle that is the driver's, for all drivers whose tasks run under sys's supervisor.
struct ProcessState {
  static constexpr uint32_t kVersion = 1;

  int64_t supervisor_pid = 0;
  uint64_t supervisor_start_time = 0;
  int64_t task_pid = 0;
  uint64_t task_start_time = 0;
  std::string boot_id;
  std::string state_dir;
  std::string task_name;
  std::string cgroup;  // "": none.
  std::string work_dir;
  std::string user;

  static ProcessState of(const sys::TaskHandle& handle);
  sys::TaskHandle process() const;
};
void describe(codec::StructBuilder& d, ProcessState& r);

}  // namespace drover::drivers
