#pragma once

#include "base/clock.h"
#include "codec/fwd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Policies whose defaults depend on the job they stand in. A member without a value was not given; canonicalize() gives
// every one of them a value, and everything after it may rely on that.
namespace drover::model {

// What happens when a task exits (001 and 003 "Restart Policy"; the defaults are 003's, see design.md section 7).
struct RestartPolicy {
  std::optional<int32_t> attempts;
  std::optional<Duration> interval;
  std::optional<Duration> delay;
  std::optional<std::string> mode;  // "delay" or "fail"
};
void describe(codec::StructBuilder& d, RestartPolicy& r);

// How a new version of a job replaces an old one (001 "Update", facts 1.3).
struct UpdateStrategy {
  std::optional<Duration> stagger;
  std::optional<int32_t> max_parallel;
  std::optional<std::string> health_check;  // "checks", "task_states" or "manual"
  std::optional<Duration> min_healthy_time;
  std::optional<Duration> healthy_deadline;
  std::optional<Duration> progress_deadline;
  std::optional<bool> auto_revert;
  std::optional<bool> auto_promote;
  std::optional<int32_t> canary;
};
void describe(codec::StructBuilder& d, UpdateStrategy& r);

// Replacing failed allocations (facts 1.6); not in the documents, as in Nomad 1.1.
struct ReschedulePolicy {
  std::optional<int32_t> attempts;
  std::optional<Duration> interval;
  std::optional<Duration> delay;
  std::optional<std::string> delay_function;  // "constant", "exponential" or "fibonacci"
  std::optional<Duration> max_delay;
  std::optional<bool> unlimited;
};
void describe(codec::StructBuilder& d, ReschedulePolicy& r);

// Launching a job at fixed times (001 "Periodic", facts 1.4).
struct Periodic {
  bool enabled = true;
  std::string spec;
  std::string spec_type = "cron";
  bool prohibit_overlap = false;
  std::string time_zone = "UTC";
};
void describe(codec::StructBuilder& d, Periodic& r);

// A job that runs when it is dispatched (001 "ParameterizedJob", facts 1.5).
struct Parameterized {
  std::string payload = "optional";
  std::vector<std::string> meta_required;
  std::vector<std::string> meta_optional;
};
void describe(codec::StructBuilder& d, Parameterized& r);

}  // namespace drover::model
