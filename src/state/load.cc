#include "state/load.h"

#include "state/derive.h"
#include "state/edit.h"
#include "state/rows.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drover::state {

using model::Allocation;
using model::JobKey;
using model::NodeId;

namespace {

template <class Table>
using Entries = std::vector<typename Table::Entry>;

// The rows of one job, each list in the order of ids.
struct OfJob {
  Entries<AllocTable> allocs;
  Entries<EvalTable> evals;
};

template <class Table, class Key, class T>
Status append(Entries<Table>& rows, Key key, std::shared_ptr<T> row) {
  if (!rows.empty() && !(rows.back().key < key)) return err(ErrorCode::Internal, "it is out of order");
  rows.push_back({std::move(key), std::move(row)});
  return Ok{};
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

struct SnapshotLoader::Rows {
  Entries<NodeTable> nodes;
  Entries<JobTable> jobs;
  Entries<JobVersionTable> old_versions;
  Entries<EvalTable> evals;
  Entries<AllocTable> allocs;
  Entries<ServiceTable> services;
  Entries<DeploymentTable> deployments;
  Entries<LaunchTable> launches;
  Entries<ScalingTable> scaling;
  Entries<MarketTable> markets;
  std::shared_ptr<const model::SchedulerConfig> config;
  TableIndexes indexes;
  std::shared_ptr<StringPool> texts = std::make_shared<StringPool>();
  codec::SharedPool pool{*texts};

  Status add(Table table, std::string_view key, std::string_view value);
  std::map<JobKey, OfJob> by_job() const;
};

Status SnapshotLoader::Rows::add(Table table, std::string_view key, std::string_view value) {
  const auto decoded = [&]<class T>(std::shared_ptr<T> row) -> Result<std::shared_ptr<T>> {
    TRY(decode_row(value, *row));
    return row;
  };
  switch (table) {
    case Table::Nodes: {
      TRY_LET(auto row, decoded(std::make_shared<model::Node>()));
      return append<NodeTable>(nodes, row->id, row);
    }
    case Table::Jobs: {
      TRY_LET(auto row, decoded(std::make_shared<model::Job>()));
      return append<JobTable>(jobs, row->key(), row);
    }
    case Table::JobVersions: {
      TRY_LET(auto row, decoded(std::make_shared<model::Job>()));
      return append<JobVersionTable>(old_versions, JobVersionKey{row->key(), row->version}, row);
    }
    case Table::Evaluations: {
      TRY_LET(auto row, decoded(std::make_shared<model::Evaluation>()));
      return append<EvalTable>(evals, row->id, row);
    }
    case Table::Allocations: {
      auto row = std::make_shared<Allocation>();
      TRY(decode_row(value, *row, pool));
      return append<AllocTable>(allocs, row->id, row);
    }
    case Table::Services: {
      TRY_LET(auto row, decoded(std::make_shared<model::ServiceRegistration>()));
      return append<ServiceTable>(services, row->id, row);
    }
    case Table::Deployments: {
      TRY_LET(auto row, decoded(std::make_shared<model::Deployment>()));
      return append<DeploymentTable>(deployments, row->id, row);
    }
    case Table::PeriodicLaunches: {
      TRY_LET(auto row, decoded(std::make_shared<model::PeriodicLaunch>()));
      return append<LaunchTable>(launches, row->job_key(), row);
    }
    case Table::ScalingEvents: {
      TRY_LET(auto row, decoded(std::make_shared<model::JobScalingEvents>()));
      return append<ScalingTable>(scaling, row->job_key(), row);
    }
    case Table::SchedulerConfig: {
      TRY_LET(config, decoded(std::make_shared<model::SchedulerConfig>()));
      return Ok{};
    }
    case Table::Markets: {
      TRY_LET(auto row, decoded(std::make_shared<model::Market>()));
      return append<MarketTable>(markets, row->slug, row);
    }
    case Table::Meta:
      if (key != kTableIndexesKey) return Ok{};  // A newer version's; it is not ours to judge.
      return decode_row(value, indexes);
  }
  return err(ErrorCode::Internal, "there is no such table");
}

std::map<JobKey, OfJob> SnapshotLoader::Rows::by_job() const {
  std::map<JobKey, OfJob> jobs_of;
  std::unordered_map<std::string, OfJob*> known;  // by stored key: one hash instead of many comparisons
  std::string buffer;
  const auto of = [&](const std::string& ns, const std::string& id) -> OfJob& {
    buffer.assign(ns).append(1, '\0').append(id);
    OfJob*& found = known[buffer];
    if (!found) found = &jobs_of[JobKey{ns, id}];
    return *found;
  };
  for (const auto& entry : allocs) of(entry.value->ns, entry.value->job_id).allocs.push_back(entry);
  for (const auto& entry : evals) of(entry.value->ns, entry.value->job_id).evals.push_back(entry);
  for (const auto& entry : jobs) of(entry.key.ns, entry.key.id);
  return jobs_of;
}

SnapshotLoader::SnapshotLoader() : rows_(std::make_unique<Rows>()) {}
SnapshotLoader::~SnapshotLoader() = default;

Status SnapshotLoader::add(Table table, std::string_view key, std::string_view value) {
  const Status added = rows_->add(table, key, value);
  if (added) return added;
  const auto index = static_cast<size_t>(table);
  const std::string_view name = index < kTableCount ? table_names()[index] : "?";
  return err(ErrorCode::Internal, "the row {} of table {} cannot be read: {}", hex(key), name, added.error().message());
}

namespace {

// What an allocation takes, computed once for each group of each version.
class Asks {
 public:
  explicit Asks(const JobVersionTable& versions) : versions_(versions) {}

  // Null if its job version is not there.
  const GroupAsk* of(const Allocation& alloc) {
    if (alloc.job_version != version_ || !job_ || job_->id != alloc.job_id || job_->ns != alloc.ns) {
      const auto* row = versions_.find(JobVersionKey{alloc.job_key(), alloc.job_version});
      if (!row) return nullptr;
      job_ = row->get();
      version_ = alloc.job_version;
      groups_.clear();
    }
    const auto known = groups_.find(alloc.task_group);
    if (known != groups_.end()) return &known->second;
    const model::TaskGroup* group = job_->find_group(alloc.task_group);
    return group ? &(groups_[alloc.task_group] = group_ask(*group)) : nullptr;
  }

 private:
  const JobVersionTable& versions_;
  const model::Job* job_ = nullptr;
  uint64_t version_ = 0;
  std::map<std::string, GroupAsk> groups_;
};

// The current versions and the old ones, of which a store never holds a current one.
JobVersionTable all_versions(const Entries<JobTable>& jobs, const Entries<JobVersionTable>& old) {
  Entries<JobVersionTable> current;
  current.reserve(jobs.size());
  for (const auto& [key, job] : jobs) current.push_back({JobVersionKey{key, job->version}, job});
  Entries<JobVersionTable> all;
  all.reserve(current.size() + old.size());
  std::ranges::merge(current, old, std::back_inserter(all), {}, &JobVersionTable::Entry::key,
                     &JobVersionTable::Entry::key);
  const auto same_key = [](const auto& a, const auto& b) { return a.key == b.key; };
  all.erase(std::ranges::unique(all, same_key).begin(), all.end());
  return JobVersionTable::from_sorted(std::move(all));
}

// Groups rows, which are sorted by their own key, by another key.
template <class Outer, class Inner, class Key, class KeyOf>
Outer index_by(const Entries<Inner>& rows, KeyOf key_of) {
  std::map<Key, Entries<Inner>> groups;
  for (const auto& entry : rows) groups[key_of(*entry.value)].push_back(entry);
  Entries<Outer> outer;
  outer.reserve(groups.size());
  for (auto& [key, inner] : groups) outer.push_back({key, Inner::from_sorted(std::move(inner))});
  return Outer::from_sorted(std::move(outer));
}

PersistentMap<NodeId, AllocTable> index_by_node(const Entries<AllocTable>& rows) {
  std::unordered_map<NodeId, Entries<AllocTable>> groups;
  for (const auto& entry : rows) groups[entry.value->node_id].push_back(entry);
  using Outer = PersistentMap<NodeId, AllocTable>;
  Entries<Outer> outer;
  outer.reserve(groups.size());
  for (auto& [id, inner] : groups) outer.push_back({id, AllocTable::from_sorted(std::move(inner))});
  std::ranges::sort(outer, {}, &Outer::Entry::key);
  return Outer::from_sorted(std::move(outer));
}

uint64_t newest_index(const model::Job& job, const OfJob& of) {
  uint64_t newest = job.modify_index;
  for (const auto& entry : of.allocs) newest = std::max(newest, entry.value->modify_index);
  for (const auto& entry : of.evals) newest = std::max(newest, entry.value->modify_index);
  return newest;
}

JobActivity activity_of(const OfJob& of) {
  JobActivity activity;
  for (const auto& entry : of.allocs) count_activity(activity, *entry.value, 1);
  for (const auto& entry : of.evals) count_activity(activity, *entry.value, 1);
  return activity;
}

std::map<JobKey, ChildrenSummary> children_by_parent(const Entries<JobTable>& jobs) {
  std::map<JobKey, ChildrenSummary> children;
  for (const auto& [key, job] : jobs) {
    if (!job->parent_id.empty()) count_status(children[JobKey{job->ns, job->parent_id}], job->status, 1);
  }
  return children;
}

}  // namespace

// What is kept for each job, and what its allocations take from their nodes.
Status SnapshotLoader::derive_jobs(Snapshot& next, ColumnsEditor& columns) {
  const auto children = children_by_parent(rows_->jobs);
  Asks asks(next.job_versions_);
  Entries<PersistentMap<JobKey, AllocTable>> allocs_by_job;
  Entries<PersistentMap<JobKey, EvalTable>> evals_by_job;
  Entries<PersistentMap<JobKey, JobActivity>> activities;
  Entries<SummaryTable> summaries;
  for (const auto& [key, of] : rows_->by_job()) {
    for (const auto& [id, alloc] : of.allocs) {
      const GroupAsk* ask = asks.of(*alloc);
      if (!ask) {
        return err(ErrorCode::Internal, "allocation {} runs version {} of job \"{}\", which is not stored", id.str(),
                   alloc->job_version, key.id);
      }
      const auto slot = next.slot_of(alloc->node_id);
      if (slot && !alloc->terminal()) columns.occupy(*slot, *ask, *alloc, 1);
    }
    const AllocTable allocs = AllocTable::from_sorted(of.allocs);
    const EvalTable evals = EvalTable::from_sorted(of.evals);
    if (const auto* job = next.jobs_.find(key)) {
      JobSummary summary = make_summary(**job, allocs, evals);
      const auto parent = children.find(key);
      if (parent != children.end()) summary.children = parent->second;
      summary.modify_index = newest_index(**job, of);
      summaries.push_back({key, std::make_shared<const JobSummary>(std::move(summary))});
    }
    const JobActivity activity = activity_of(of);
    if (!(activity == JobActivity{})) activities.push_back({key, activity});
    if (!allocs.empty()) allocs_by_job.push_back({key, allocs});
    if (!evals.empty()) evals_by_job.push_back({key, evals});
  }
  next.allocs_by_job_ = decltype(next.allocs_by_job_)::from_sorted(std::move(allocs_by_job));
  next.evals_by_job_ = decltype(next.evals_by_job_)::from_sorted(std::move(evals_by_job));
  next.activity_ = decltype(next.activity_)::from_sorted(std::move(activities));
  next.summaries_ = SummaryTable::from_sorted(std::move(summaries));
  return Ok{};
}

void SnapshotLoader::derive_indexes(Snapshot& next) const {
  using ByAlloc = decltype(next.services_by_alloc_);
  using ByName = decltype(next.services_by_name_);
  next.allocs_by_node_ = index_by_node(rows_->allocs);
  next.services_by_alloc_ =
      index_by<ByAlloc, ServiceTable, model::AllocId>(rows_->services, [](const auto& row) { return row.alloc_id; });
  next.deployments_by_job_ = index_by<decltype(next.deployments_by_job_), DeploymentTable, JobKey>(
      rows_->deployments, [](const auto& row) { return row.job_key(); });
  for (const auto& [key, job] : rows_->jobs) {
    if (!job->dispatch_token.empty()) put(next.dispatched_, dispatch_key(*job), key);
  }
  next.services_by_name_ = index_by<ByName, ServiceTable, ServiceName>(
      rows_->services, [](const auto& row) { return ServiceName{row.ns, row.service_name}; });
}

Result<Snapshot> SnapshotLoader::finish(uint64_t index) {
  Rows& rows = *rows_;
  Snapshot next;
  next.index_ = index;
  next.texts_ = rows.texts;
  for (size_t i = 0; i < std::min(kTableCount, rows.indexes.indexes.size()); ++i) {
    next.table_index_[i] = rows.indexes.indexes[i];
  }
  next.jobs_ = JobTable::from_sorted(rows.jobs);
  next.job_versions_ = all_versions(rows.jobs, rows.old_versions);

  ColumnsEditor columns{Columns()};
  Entries<PersistentMap<NodeId, uint32_t>> slots;
  for (const auto& [id, node] : rows.nodes) slots.push_back({id, columns.add_node(*node)});
  next.slots_ = PersistentMap<NodeId, uint32_t>::from_sorted(std::move(slots));

  TRY(derive_jobs(next, columns));
  derive_indexes(next);
  next.nodes_ = NodeTable::from_sorted(std::move(rows.nodes));
  next.evals_ = EvalTable::from_sorted(std::move(rows.evals));
  next.allocs_ = AllocTable::from_sorted(std::move(rows.allocs));
  next.services_ = ServiceTable::from_sorted(std::move(rows.services));
  next.deployments_ = DeploymentTable::from_sorted(std::move(rows.deployments));
  next.launches_ = LaunchTable::from_sorted(std::move(rows.launches));
  next.scaling_ = ScalingTable::from_sorted(std::move(rows.scaling));
  next.markets_ = MarketTable::from_sorted(std::move(rows.markets));
  next.scheduler_config_ = std::move(rows.config);
  next.columns_ = columns.freeze();
  return next;
}

}  // namespace drover::state
