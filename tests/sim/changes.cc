#include "sim/changes.h"

#include <string>
#include <string_view>

#include "codec/type_info.h"

namespace drover::sim {
namespace {

template <class E>
std::string_view name_of(E value) {
  for (const codec::EnumName& entry : enum_names(value)) {
    if (entry.value == static_cast<int64_t>(value)) return entry.name;
  }
  return "?";
}

std::string line_of(const model::JobKey& key, const model::Job* job) {
  if (!job) return fmt::format("{} is gone", key.id);
  return fmt::format("{} version {}{} is {}", key.id, job->version, job->stop ? " (stopped)" : "",
                     name_of(job->status));
}

std::string line_of(const model::NodeId& id, const model::Node* node) {
  if (!node) return fmt::format("node {} is gone", id.short_str());
  return fmt::format("{} is {}, {}{}", node->name, name_of(node->status), name_of(node->eligibility),
                     node->drain ? ", drains" : "");
}

std::string line_of(const model::EvalId& id, const model::Evaluation* eval) {
  if (!eval) return fmt::format("eval {} is gone", id.short_str());
  const bool waits = eval->wait_until != WallTime{};
  return fmt::format("eval {} of {} ({}) is {}{}", id.short_str(), eval->job_id, eval->triggered_by,
                     name_of(eval->status),
                     waits ? fmt::format(", waits until {}", eval->wait_until.unix_nanos / 1'000'000'000) : "");
}

std::string line_of(const model::DeploymentId& id, const model::Deployment* deployment) {
  if (!deployment) return fmt::format("deployment {} is gone", id.short_str());
  return fmt::format("deployment {} of {} version {} is {}: {}", id.short_str(), deployment->job_id,
                     deployment->job_version, name_of(deployment->status), deployment->status_description);
}

std::string line_of(const model::AllocId& id, const model::Allocation* alloc) {
  if (!alloc) return fmt::format("alloc {} is gone", id.short_str());
  const auto& health = alloc->deployment_status;
  const bool told = health && health->healthy;
  return fmt::format("alloc {} {} version {} on {}: {}, {}{}{}", id.short_str(), alloc->name, alloc->job_version,
                     std::string(alloc->node_name), name_of(alloc->desired_status), name_of(alloc->client_status),
                     !told              ? ""
                     : *health->healthy ? ", healthy"
                                        : ", unhealthy",
                     health && health->canary ? ", canary" : "");
}

template <class Table>
void note(const Table& before, const Table& after, uint64_t index, Trace& trace) {
  Table::for_each_change(before, after, [&](const auto& key, const auto*, const auto* is) {
    trace.note("  {} {}", index, line_of(key, is ? is->get() : nullptr));
  });
}

}  // namespace

void note_changes(const state::Snapshot& before, const state::Snapshot& after, Trace& trace) {
  note(before.jobs(), after.jobs(), after.index(), trace);
  note(before.nodes(), after.nodes(), after.index(), trace);
  note(before.evals(), after.evals(), after.index(), trace);
  note(before.deployments(), after.deployments(), after.index(), trace);
  note(before.allocs(), after.allocs(), after.index(), trace);
}

}  // namespace drover::sim
