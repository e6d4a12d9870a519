#include "sched/reschedule.h"

#include <algorithm>

namespace drover::sched {
namespace {

// What an unlimited policy remembers (facts 1.6).
constexpr size_t kRemembered = 5;

constexpr Duration kLongest = std::chrono::hours(24 * 365);

Duration base_delay(const model::ReschedulePolicy& policy) {
  return policy.delay.value_or(Duration(0));
}

// The delay after those of earlier replacements. A shorter one after a longer one began a new series.
Duration next_delay(const model::ReschedulePolicy& policy, const std::vector<model::RescheduleEvent>& events) {
  const std::string function = policy.delay_function.value_or("constant");
  if (function == "constant" || events.empty()) return base_delay(policy);
  const Duration last = std::min(events.back().delay, kLongest);
  const Duration before = events.size() > 1 ? std::min(events[events.size() - 2].delay, kLongest) : Duration(0);
  const Duration more = function == "fibonacci" ? (before > last ? Duration(0) : before) : last;
  const Duration limit = policy.max_delay.value_or(Duration(0));
  return limit > Duration(0) ? std::min(last + more, limit) : last + more;
}

// The delay that the policy asks for after the replacements that led to an allocation.
Duration reschedule_delay(const model::ReschedulePolicy& policy, const model::Allocation& failed) {
  const auto& events = failed.reschedules;
  const Duration delay = next_delay(policy, events);
  // One that ran longer than the delay has earned the base delay again.
  const bool recovered = !events.empty() && ended_at(failed) - events.back().reschedule_time > delay;
  return recovered ? base_delay(policy) : delay;
}

}  // namespace

WallTime ended_at(const model::Allocation& alloc) {
  WallTime finished;
  for (const auto& [name, state] : alloc.task_states) finished = std::max(finished, state.finished_at);
  return finished.unix_nanos > 0 ? std::max(finished, alloc.create_time) : alloc.modify_time;
}

std::optional<Duration> replacement_delay(const model::ReschedulePolicy& policy, const model::Allocation& failed) {
  if (!policy.unlimited.value_or(false)) {
    const WallTime end = ended_at(failed);
    const Duration interval = policy.interval.value_or(Duration(0));
    const auto recent = std::ranges::count_if(failed.reschedules, [&](const model::RescheduleEvent& event) {
      return end - event.reschedule_time < interval;
    });
    if (recent >= policy.attempts.value_or(0)) return std::nullopt;
  }
  return reschedule_delay(policy, failed);
}

std::vector<model::RescheduleEvent> reschedules_of_successor(const model::ReschedulePolicy& policy,
                                                             const model::Allocation& failed, WallTime now) {
  std::vector<model::RescheduleEvent> events = failed.reschedules;
  if (policy.unlimited.value_or(false)) {
    if (events.size() >= kRemembered) {
      events.erase(events.begin(), events.end() - static_cast<ptrdiff_t>(kRemembered - 1));
    }
  } else {
    const Duration interval = policy.interval.value_or(Duration(0));
    std::erase_if(events, [&](const model::RescheduleEvent& event) { return now - event.reschedule_time > interval; });
  }
  events.push_back({.reschedule_time = now,
                    .prev_alloc_id = failed.id,
                    .prev_node_id = failed.node_id,
                    .delay = reschedule_delay(policy, failed)});
  return events;
}

}  // namespace drover::sched
