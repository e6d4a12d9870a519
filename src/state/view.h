#pragma once

#include "base/persistent_map.h"
#include "base/shared_string.h"
#include "model/allocation.h"
#include "model/deployment.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/launches.h"
#include "model/market.h"
#include "model/node.h"
#include "model/scheduler_config.h"
#include "model/service_registration.h"
#include "state/columns.h"
#include "state/summary.h"
#include "state/tables.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::state {

template <class T>
using Row = std::shared_ptr<const T>;

// What makes a dispatched job the only one of its kind.
struct DispatchKey {
  model::JobKey parent;
  std::string token;
  friend auto operator<=>(const DispatchKey&, const DispatchKey&) = default;
};

struct JobVersionKey {
  model::JobKey job;
  uint64_t version = 0;
  friend auto operator<=>(const JobVersionKey&, const JobVersionKey&) = default;
};

using NodeTable = PersistentMap<model::NodeId, Row<model::Node>>;
using JobTable = PersistentMap<model::JobKey, Row<model::Job>>;
using JobVersionTable = PersistentMap<JobVersionKey, Row<model::Job>>;
using EvalTable = PersistentMap<model::EvalId, Row<model::Evaluation>>;
using AllocTable = PersistentMap<model::AllocId, Row<model::Allocation>>;
using ServiceTable = PersistentMap<std::string, Row<model::ServiceRegistration>>;  // by id
using DeploymentTable = PersistentMap<model::DeploymentId, Row<model::Deployment>>;
using LaunchTable = PersistentMap<model::JobKey, Row<model::PeriodicLaunch>>;
using ScalingTable = PersistentMap<model::JobKey, Row<model::JobScalingEvents>>;
using MarketTable = PersistentMap<std::string, Row<model::Market>>;  // by slug
using SummaryTable = PersistentMap<model::JobKey, Row<JobSummary>>;

struct ServiceName {
  std::string ns;
  std::string name;
  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;
};

// How much of a job is alive: what its status is derived from.
struct JobActivity {
  int64_t allocs = 0;
  int64_t live_allocs = 0;  // not terminal
  int64_t evals = 0;
  int64_t live_evals = 0;     // not terminal
  int64_t blocked_evals = 0;  // a part of live_evals
  friend bool operator==(const JobActivity&, const JobActivity&) = default;
};

// Everything the cluster knows, at one index. Immutable, O(1) to copy, read by any thread. Index maps (by job, by node)
// are maintained by the Draft and hold the same rows as the tables.
class Snapshot {
 public:
  // The index of the last command applied, and of the last that changed a table (0: never).
  uint64_t index() const { return index_; }
  uint64_t table_index(Table table) const { return table_index_[static_cast<size_t>(table)]; }
  // The largest index of several tables: what a blocking query over them waits on.
  uint64_t table_index(TableSet tables) const;

  const NodeTable& nodes() const { return nodes_; }
  const JobTable& jobs() const { return jobs_; }
  const JobVersionTable& job_versions() const { return job_versions_; }
  const EvalTable& evals() const { return evals_; }
  const AllocTable& allocs() const { return allocs_; }
  const ServiceTable& services() const { return services_; }
  const DeploymentTable& deployments() const { return deployments_; }
  const LaunchTable& periodic_launches() const { return launches_; }
  const ScalingTable& all_scaling_events() const { return scaling_; }
  const MarketTable& markets() const { return markets_; }
  const SummaryTable& summaries() const { return summaries_; }
  const Columns& columns() const { return columns_; }

  // The row, or null.
  Row<model::Node> node(const model::NodeId& id) const;
  Row<model::Job> job(const model::JobKey& key) const;
  Row<model::Job> job_version(const model::JobKey& key, uint64_t version) const;
  Row<model::Evaluation> eval(const model::EvalId& id) const;
  Row<model::Allocation> alloc(const model::AllocId& id) const;
  Row<model::Deployment> deployment(const model::DeploymentId& id) const;
  Row<model::PeriodicLaunch> periodic_launch(const model::JobKey& key) const;
  Row<model::JobScalingEvents> scaling_events(const model::JobKey& key) const;
  Row<JobSummary> summary(const model::JobKey& key) const;
  Row<model::Market> market(const std::string& slug) const;
  // By slug or address, or null.
  Row<model::Market> find_market(std::string_view name) const;

  // The defaults until somebody has set it.
  const model::SchedulerConfig& scheduler_config() const;

  // The allocations, evaluations and services of something; empty maps if there are none.
  const AllocTable& allocs_of_job(const model::JobKey& key) const;
  const AllocTable& allocs_of_node(const model::NodeId& id) const;
  const EvalTable& evals_of_job(const model::JobKey& key) const;
  JobActivity activity_of_job(const model::JobKey& key) const;
  std::vector<Row<model::ServiceRegistration>> services_named(std::string_view ns, std::string_view name) const;
  std::vector<Row<model::ServiceRegistration>> services_of_alloc(const model::AllocId& id) const;
  const DeploymentTable& deployments_of_job(const model::JobKey& key) const;
  // The one created last, or null. It may belong to an earlier job of that name.
  Row<model::Deployment> latest_deployment(const model::JobKey& key) const;
  // The jobs that a periodic or parameterized job has launched.
  std::vector<Row<model::Job>> children_of(const model::JobKey& key) const;
  // The child that was dispatched with this token, or null.
  Row<model::Job> dispatched_with(const DispatchKey& key) const;
  // All versions kept, newest first.
  std::vector<Row<model::Job>> versions_of_job(const model::JobKey& key) const;

  // The slot of a node in the columns; nothing if there is no such node.
  std::optional<uint32_t> slot_of(const model::NodeId& id) const;

  // The job version that an allocation runs. ENSURES not null while the allocation exists, even if the job was purged.
  Row<model::Job> job_of(const model::Allocation& alloc) const;

 private:
  friend class Draft;
  friend class SnapshotLoader;

  uint64_t index_ = 0;
  std::array<uint64_t, kTableCount> table_index_{};
  NodeTable nodes_;
  JobTable jobs_;
  JobVersionTable job_versions_;
  EvalTable evals_;
  AllocTable allocs_;
  ServiceTable services_;
  DeploymentTable deployments_;
  LaunchTable launches_;
  ScalingTable scaling_;
  Row<model::SchedulerConfig> scheduler_config_;  // null: never set
  MarketTable markets_;
  SummaryTable summaries_;
  PersistentMap<model::JobKey, AllocTable> allocs_by_job_;
  PersistentMap<model::NodeId, AllocTable> allocs_by_node_;
  PersistentMap<model::JobKey, EvalTable> evals_by_job_;
  PersistentMap<model::JobKey, DeploymentTable> deployments_by_job_;
  PersistentMap<model::JobKey, JobActivity> activity_;
  PersistentMap<DispatchKey, model::JobKey> dispatched_;
  PersistentMap<model::AllocId, ServiceTable> services_by_alloc_;
  PersistentMap<ServiceName, ServiceTable> services_by_name_;
  Columns columns_;
  PersistentMap<model::NodeId, uint32_t> slots_;
  std::shared_ptr<StringPool> texts_;  // of the allocations; only drafts look into it
};

}  // namespace drover::state
