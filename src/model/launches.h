#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/ids.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// The last launch of a periodic job (facts 1.4).
struct PeriodicLaunch {
  std::string ns = kDefaultNamespace;
  std::string job_id;
  WallTime launch;  // the time that its schedule named, not when it happened
  uint64_t create_index = 0;
  uint64_t modify_index = 0;

  JobKey job_key() const { return {ns, job_id}; }
};
void describe(codec::StructBuilder& d, PeriodicLaunch& r);

// Whether something was noted by a clock that ran ahead by more than a day. A clock that is set back by less repeats no
// launch; one that was wrong by more must not stop the launches until its time has come (cases.md 24, 25).
inline bool from_the_future(WallTime noted, WallTime now) {
  return noted > now + std::chrono::hours(24);
}

// Somebody, or an autoscaler, looked at the count of a group and said so.
struct ScalingEvent {
  WallTime time;
  std::optional<int64_t> count;  // the new one, if it was changed
  int64_t previous_count = 0;
  std::string message;
  bool error = false;
  codec::Value meta;  // an object
  EvalId eval_id;
  uint64_t create_index = 0;
};
void describe(codec::StructBuilder& d, ScalingEvent& r);

inline constexpr size_t kMaxScalingEvents = 20;

// The newest events of a job's groups, newest first.
struct JobScalingEvents {
  std::string ns = kDefaultNamespace;
  std::string job_id;
  std::map<std::string, std::vector<ScalingEvent>> events;  // by group, at most kMaxScalingEvents each
  uint64_t modify_index = 0;

  JobKey job_key() const { return {ns, job_id}; }
};
void describe(codec::StructBuilder& d, JobScalingEvents& r);

}  // namespace drover::model
