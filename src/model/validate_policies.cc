#include <algorithm>
#include <set>

#include "base/duration.h"
#include "model/canonicalize.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

using std::chrono::seconds;
constexpr Duration kMinInterval = seconds(5);
constexpr int32_t kMaxAttempts = 10'000;

void require_not_negative(Duration value, const char* field, const char* name, const Problems& problems) {
  if (value < Duration::zero()) {
    problems.at(field).error("{} must not be negative, but is {}", name, format_duration(value));
  }
}

void validate_update_times(const UpdateStrategy& update, const Problems& problems) {
  require_not_negative(*update.min_healthy_time, "MinHealthyTime", "min_healthy_time", problems);
  require_not_negative(*update.progress_deadline, "ProgressDeadline", "progress_deadline", problems);
  if (*update.stagger <= Duration::zero()) problems.at("Stagger").error("stagger must be more than 0s");
  if (*update.healthy_deadline <= Duration::zero()) {
    problems.at("HealthyDeadline").error("healthy_deadline must be more than 0s");
  } else if (*update.min_healthy_time >= *update.healthy_deadline) {
    problems.at("MinHealthyTime")
        .error("min_healthy_time ({}) must be less than healthy_deadline ({})",
               format_duration(*update.min_healthy_time), format_duration(*update.healthy_deadline));
  }
  if (*update.progress_deadline > Duration::zero() && *update.healthy_deadline >= *update.progress_deadline) {
    problems.at("ProgressDeadline")
        .error("progress_deadline ({}) must be more than healthy_deadline ({}), or 0",
               format_duration(*update.progress_deadline), format_duration(*update.healthy_deadline));
  }
}

// Whether all attempts, each after its delay, fit into the interval.
bool delays_fit(const ReschedulePolicy& policy) {
  const auto interval = static_cast<double>(policy.interval->count());
  const auto longest = static_cast<double>(policy.max_delay->count());
  double sum = 0;
  double delay = static_cast<double>(policy.delay->count());
  double previous = 0;
  for (int32_t i = 0; i < *policy.attempts && sum <= interval; ++i) {
    sum += delay;
    if (*policy.delay_function == "exponential") delay *= 2;
    if (*policy.delay_function == "fibonacci") delay += std::exchange(previous, delay);
    if (*policy.delay_function != "constant") delay = std::min(delay, longest);
  }
  return sum <= interval;
}

void validate_reschedule_delays(const ReschedulePolicy& policy, const Problems& problems) {
  const std::string& function = *policy.delay_function;
  if (function != "constant" && function != "exponential" && function != "fibonacci") {
    return problems.at("DelayFunction")
        .error("unknown delay_function \"{}\", it must be constant, exponential or fibonacci", printable(function, 80));
  }
  if (*policy.delay < kMinInterval) {
    return problems.at("Delay").error("delay must be at least 5s, not {}", format_duration(*policy.delay));
  }
  if (function != "constant" && *policy.max_delay < *policy.delay) {
    return problems.at("MaxDelay")
        .error("max_delay ({}) must not be less than delay ({})", format_duration(*policy.max_delay),
               format_duration(*policy.delay));
  }
  if (*policy.unlimited) return;
  if (*policy.interval < kMinInterval) {
    return problems.at("Interval").error("interval must be at least 5s, not {}", format_duration(*policy.interval));
  }
  if (!delays_fit(policy)) {
    problems.at("Attempts")
        .error("{} attempts with these delays do not fit into an interval of {}", *policy.attempts,
               format_duration(*policy.interval));
  }
}

}  // namespace

void validate_update(const UpdateStrategy& update, JobType type, const Problems& problems) {
  if (type == JobType::Batch || type == JobType::Sysbatch) {
    return problems.error("a batch job has no update strategy: remove the update block");
  }
  if (*update.max_parallel < 0) {
    problems.at("MaxParallel").error("max_parallel must not be negative, but is {}", *update.max_parallel);
  }
  if (*update.canary < 0) problems.at("Canary").error("canary must not be negative, but is {}", *update.canary);
  if (type == JobType::System && *update.canary > 100) {
    problems.at("Canary").error("canary of a system job is a percentage of the nodes, at most 100, not {}",
                                *update.canary);
  }
  if (*update.auto_promote && *update.canary == 0) {
    problems.at("AutoPromote").error("auto_promote needs canaries: set canary, or remove auto_promote");
  }
  const std::string& check = *update.health_check;
  if (check != "checks" && check != "task_states" && check != "manual") {
    problems.at("HealthCheck")
        .error("unknown health_check \"{}\", it must be checks, task_states or manual", printable(check, 80));
  }
  validate_update_times(update, problems);
}

void validate_restart(const RestartPolicy& restart, const Problems& problems) {
  const std::string& mode = *restart.mode;
  if (mode != "delay" && mode != "fail") {
    problems.at("Mode").error("unknown restart mode \"{}\", it must be delay or fail", printable(mode, 80));
  }
  if (*restart.attempts < 0) {
    problems.at("Attempts").error("attempts must not be negative, but is {}", *restart.attempts);
  } else if (*restart.attempts == 0 && mode == "delay") {
    problems.at("Attempts").error("restart mode delay with 0 attempts would wait for ever; use mode = \"fail\"");
  }
  require_not_negative(*restart.delay, "Delay", "delay", problems);
  if (*restart.interval < kMinInterval) {
    problems.at("Interval").error("interval must be at least 5s, not {}", format_duration(*restart.interval));
  } else if (*restart.attempts > 0 && *restart.delay > *restart.interval / *restart.attempts) {
    problems.at("Attempts")
        .error("{} attempts with a delay of {} do not fit into an interval of {}", *restart.attempts,
               format_duration(*restart.delay), format_duration(*restart.interval));
  }
}

void validate_reschedule(const ReschedulePolicy& policy, JobType type, const Problems& problems) {
  if (type == JobType::System || type == JobType::Sysbatch) {
    return problems.error("a system job is never rescheduled: remove the reschedule block");
  }
  if (*policy.attempts < 0) {
    return problems.at("Attempts").error("attempts must not be negative, but is {}", *policy.attempts);
  }
  if (*policy.attempts > kMaxAttempts) {
    return problems.at("Attempts").error("attempts must be at most {}, not {}", kMaxAttempts, *policy.attempts);
  }
  if (*policy.unlimited && *policy.attempts > 0) {
    return problems.at("Unlimited").error("unlimited and attempts = {} contradict each other", *policy.attempts);
  }
  if (*policy.unlimited || *policy.attempts > 0) validate_reschedule_delays(policy, problems);
}

void validate_parameterized(const Parameterized& parameterized, JobType type, const Problems& problems) {
  if (type != JobType::Batch && type != JobType::Sysbatch) {
    problems.error("only batch jobs can be parameterized: set type = \"batch\"");
  }
  const std::string& payload = parameterized.payload;
  if (payload != "optional" && payload != "required" && payload != "forbidden") {
    problems.at("Payload").error("payload must be optional, required or forbidden, not \"{}\"", printable(payload, 80));
  }
  std::set<std::string> keys;
  const auto add = [&](const std::vector<std::string>& names, const char* field) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) problems.at(field, i).error("a meta key is empty");
      if (!keys.insert(names[i]).second) {
        problems.at(field, i).error("meta key \"{}\" is given twice", printable(names[i], 80));
      }
    }
  };
  add(parameterized.meta_required, "MetaRequired");
  add(parameterized.meta_optional, "MetaOptional");
}

}  // namespace drover::model
