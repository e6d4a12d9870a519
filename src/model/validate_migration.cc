#include "base/duration.h"
#include "model/validate_parts.h"

// How allocations leave their node, asked or not: `migrate` and `disconnect`.
namespace drover::model {
namespace {

void conflict(const char* field, const char* older, const char* newer, const Problems& problems) {
  problems.at(field).error(
      "{} is the older spelling of {} in the disconnect block, which says something else: keep one", older, newer);
}

}  // namespace

void validate_migrate(const MigrateStrategy& migrate, JobType type, const Problems& problems) {
  if (type != JobType::Service) {
    return problems.error("only service jobs migrate from drained nodes: remove the migrate block");
  }
  if (*migrate.max_parallel < 0) {
    problems.at("MaxParallel").error("max_parallel must not be negative, but is {}", *migrate.max_parallel);
  }
  if (!is_one_of(*migrate.health_check, {"checks", "task_states"})) {
    problems.at("HealthCheck")
        .error("unknown health_check \"{}\", it must be checks or task_states", printable(*migrate.health_check, 80));
  }
  const Duration healthy = *migrate.min_healthy_time;
  const Duration deadline = *migrate.healthy_deadline;
  if (healthy < Duration::zero()) {
    problems.at("MinHealthyTime").error("min_healthy_time must not be negative, but is {}", format_duration(healthy));
  }
  if (deadline < Duration::zero()) {
    problems.at("HealthyDeadline").error("healthy_deadline must not be negative, but is {}", format_duration(deadline));
  } else if (healthy > deadline) {
    problems.at("MinHealthyTime")
        .error("min_healthy_time ({}) must not be more than healthy_deadline ({})", format_duration(healthy),
               format_duration(deadline));
  }
}

void validate_disconnect(const TaskGroup& group, JobType type, const Problems& problems) {
  if (group.max_client_disconnect) conflict("MaxClientDisconnect", "max_client_disconnect", "lost_after", problems);
  if (group.stop_after_client_disconnect) {
    conflict("StopAfterClientDisconnect", "stop_after_client_disconnect", "stop_on_client_after", problems);
  }
  if (group.prevent_reschedule_on_lost) {
    conflict("PreventRescheduleOnLost", "prevent_reschedule_on_lost", "replace", problems);
  }
  if (!group.disconnect) return;
  const DisconnectStrategy& disconnect = *group.disconnect;
  const Problems place = problems.at("Disconnect");
  const Duration lost = disconnect.lost_after.value_or(Duration::zero());
  if (lost < Duration::zero()) {
    place.at("LostAfter")
        .error("lost_after (max_client_disconnect) must not be negative, but is {}", format_duration(lost));
  }
  if (disconnect.stop_on_client_after) {
    const Problems at_stop = place.at("StopOnClientAfter");
    const Duration stop = *disconnect.stop_on_client_after;
    if (stop < Duration::zero()) {
      at_stop.error("stop_on_client_after (stop_after_client_disconnect) must not be negative, but is {}",
                    format_duration(stop));
    }
    if (lost > Duration::zero()) at_stop.error("stop_on_client_after and lost_after exclude each other: keep one");
    if (type != JobType::Service && type != JobType::Batch) {
      at_stop.error("stop_on_client_after is possible in service and batch jobs only");
    }
  }
  if (!is_one_of(*disconnect.reconcile, {"best_score", "longest_running", "keep_original", "keep_replacement"})) {
    place.at("Reconcile")
        .error("unknown reconcile \"{}\", it must be best_score, longest_running, keep_original or keep_replacement",
               printable(*disconnect.reconcile, 80));
  }
}

}  // namespace drover::model
