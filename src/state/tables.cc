#include "state/tables.h"

namespace drover::state {

std::span<const std::string_view, kTableCount> table_names() {
  static constexpr std::string_view kNames[kTableCount] = {
      "nodes", "jobs",        "job_versions",      "evaluations",    "allocations",      "services",
      "meta",  "deployments", "periodic_launches", "scaling_events", "scheduler_config", "markets",
  };
  return kNames;
}

}  // namespace drover::state
