#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"

#include <cstdint>
#include <map>
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
  std::optional<bool> render_templates;
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

// How allocations leave a node that is drained (facts 5.8).
struct MigrateStrategy {
  std::optional<int32_t> max_parallel;
  std::optional<std::string> health_check;  // "checks" or "task_states"
  std::optional<Duration> min_healthy_time;
  std::optional<Duration> healthy_deadline;
};
void describe(codec::StructBuilder& d, MigrateStrategy& r);

// What happens to allocations of a node that servers cannot reach.
struct DisconnectStrategy {
  std::optional<Duration> lost_after;            // how long they are "unknown" before they count as lost
  std::optional<Duration> stop_on_client_after;  // when the node stops them itself
  std::optional<bool> replace;                   // whether others take their place meanwhile
  std::optional<std::string> reconcile;          // "best_score", "longest_running", "keep_original", "keep_replacement"
};
void describe(codec::StructBuilder& d, DisconnectStrategy& r);

// The bounds within which a count or a resource may be scaled, and what an autoscaler reads.
struct ScalingPolicy {
  std::string type;  // "horizontal" (the group's count), "vertical_cpu" or "vertical_mem" (a task's)
  bool enabled = true;
  std::optional<int64_t> min;
  std::optional<int64_t> max;
  codec::Value policy;  // an object; Drover does not read it
};
void describe(codec::StructBuilder& d, ScalingPolicy& r);

// One job for several regions (Nomad Enterprise).
struct MultiregionStrategy {
  int32_t max_parallel = 0;
  std::string on_failure;  // "", "fail_all" or "fail_local"
};
void describe(codec::StructBuilder& d, MultiregionStrategy& r);

struct MultiregionRegion {
  std::string name;
  int32_t count = 0;
  std::vector<std::string> datacenters;
  std::string node_pool;
  std::map<std::string, std::string> meta;
};
void describe(codec::StructBuilder& d, MultiregionRegion& r);

struct Multiregion {
  std::optional<MultiregionStrategy> strategy;
  std::vector<MultiregionRegion> regions;
};
void describe(codec::StructBuilder& d, Multiregion& r);

// Launching a job at fixed times (001 "Periodic", facts 1.4).
struct Periodic {
  bool enabled = true;
  std::string spec;
  std::string spec_type = "cron";
  bool prohibit_overlap = false;
  std::string time_zone = "UTC";
  std::vector<std::string> specs;  // more of them; the earliest counts
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
