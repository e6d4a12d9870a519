#include "state/view.h"

#include <algorithm>
#include <limits>

namespace drover::state {

namespace {

template <class Map, class Key>
auto row_in(const Map& map, const Key& key) -> std::remove_cvref_t<decltype(*map.find(key))> {
  const auto* row = map.find(key);
  if (row) return *row;
  return {};
}

template <class Outer, class Key>
const auto& inner_of(const Outer& outer, const Key& key) {
  static const std::remove_cvref_t<decltype(*outer.find(key))> kEmpty;
  const auto* inner = outer.find(key);
  return inner ? *inner : kEmpty;
}

}  // namespace

uint64_t Snapshot::table_index(TableSet tables) const {
  uint64_t index = 0;
  for (size_t i = 0; i < kTableCount; ++i) {
    if (tables.has(static_cast<Table>(i))) index = std::max(index, table_index_[i]);
  }
  return index;
}

Row<model::Node> Snapshot::node(const model::NodeId& id) const {
  return row_in(nodes_, id);
}

Row<model::Job> Snapshot::job(const model::JobKey& key) const {
  return row_in(jobs_, key);
}

Row<model::Job> Snapshot::job_version(const model::JobKey& key, uint64_t version) const {
  return row_in(job_versions_, JobVersionKey{key, version});
}

Row<model::Evaluation> Snapshot::eval(const model::EvalId& id) const {
  return row_in(evals_, id);
}

Row<model::Allocation> Snapshot::alloc(const model::AllocId& id) const {
  return row_in(allocs_, id);
}

Row<model::Deployment> Snapshot::deployment(const model::DeploymentId& id) const {
  return row_in(deployments_, id);
}

Row<model::PeriodicLaunch> Snapshot::periodic_launch(const model::JobKey& key) const {
  return row_in(launches_, key);
}

Row<model::JobScalingEvents> Snapshot::scaling_events(const model::JobKey& key) const {
  return row_in(scaling_, key);
}

const model::SchedulerConfig& Snapshot::scheduler_config() const {
  static const model::SchedulerConfig kDefaults;
  return scheduler_config_ ? *scheduler_config_ : kDefaults;
}

Row<JobSummary> Snapshot::summary(const model::JobKey& key) const {
  return row_in(summaries_, key);
}

Row<model::Market> Snapshot::market(const std::string& slug) const {
  return row_in(markets_, slug);
}

Row<model::Market> Snapshot::find_market(std::string_view name) const {
  if (const auto found = market(std::string(name))) return found;
  for (const auto& entry : markets_) {
    if (!name.empty() && entry.value->address == name) return entry.value;
  }
  return nullptr;
}

const AllocTable& Snapshot::allocs_of_job(const model::JobKey& key) const {
  return inner_of(allocs_by_job_, key);
}

const AllocTable& Snapshot::allocs_of_node(const model::NodeId& id) const {
  return inner_of(allocs_by_node_, id);
}

const EvalTable& Snapshot::evals_of_job(const model::JobKey& key) const {
  return inner_of(evals_by_job_, key);
}

JobActivity Snapshot::activity_of_job(const model::JobKey& key) const {
  return row_in(activity_, key);
}

std::vector<Row<model::ServiceRegistration>> Snapshot::services_named(std::string_view ns,
                                                                      std::string_view name) const {
  std::vector<Row<model::ServiceRegistration>> found;
  for (const auto& entry : inner_of(services_by_name_, ServiceName{std::string(ns), std::string(name)})) {
    found.push_back(entry.value);
  }
  return found;
}

std::vector<Row<model::ServiceRegistration>> Snapshot::services_of_alloc(const model::AllocId& id) const {
  std::vector<Row<model::ServiceRegistration>> found;
  for (const auto& entry : inner_of(services_by_alloc_, id)) found.push_back(entry.value);
  return found;
}

const DeploymentTable& Snapshot::deployments_of_job(const model::JobKey& key) const {
  return inner_of(deployments_by_job_, key);
}

Row<model::Deployment> Snapshot::latest_deployment(const model::JobKey& key) const {
  Row<model::Deployment> latest;
  for (const auto& entry : deployments_of_job(key)) {
    if (!latest || entry.value->create_index > latest->create_index) latest = entry.value;
  }
  return latest;
}

std::vector<Row<model::Job>> Snapshot::children_of(const model::JobKey& key) const {
  std::vector<Row<model::Job>> children;
  const model::JobKey first{key.ns, key.id + "/"};
  for (auto it = jobs_.lower_bound(first); it != jobs_.end(); ++it) {
    if (it->key.ns != key.ns || !it->key.id.starts_with(first.id)) break;
    if (it->value->parent_id == key.id) children.push_back(it->value);
  }
  return children;
}

Row<model::Job> Snapshot::dispatched_with(const DispatchKey& key) const {
  const auto* child = dispatched_.find(key);
  return child ? job(*child) : nullptr;
}

std::vector<Row<model::Job>> Snapshot::versions_of_job(const model::JobKey& key) const {
  std::vector<Row<model::Job>> versions;
  for (auto it = job_versions_.lower_bound(JobVersionKey{key, 0}); it != job_versions_.end() && it->key.job == key;
       ++it) {
    versions.push_back(it->value);
  }
  std::ranges::reverse(versions);
  return versions;
}

std::optional<uint32_t> Snapshot::slot_of(const model::NodeId& id) const {
  const uint32_t* slot = slots_.find(id);
  if (!slot) return std::nullopt;
  return *slot;
}

Row<model::Job> Snapshot::job_of(const model::Allocation& alloc) const {
  return job_version(alloc.job_key(), alloc.job_version);
}

}  // namespace drover::state
