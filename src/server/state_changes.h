#pragma once

#include "state/view.h"

#include <memory>
#include <vector>

namespace drover::server {

// A row that differs between two snapshots: null where it is absent.
template <class T>
struct RowChange {
  state::Row<T> before;
  state::Row<T> after;
};

// What changed from one snapshot to a later one.
struct StateChanges {
  std::shared_ptr<const state::Snapshot> snapshot;  // the later one
  bool first = false;                               // a new listener hears of everything as new
  std::vector<RowChange<model::Evaluation>> evals;
  std::vector<RowChange<model::Node>> nodes;
  std::vector<RowChange<model::Allocation>> allocs;
  std::vector<RowChange<model::Job>> jobs;
  std::vector<RowChange<model::Deployment>> deployments;
  std::vector<RowChange<model::PeriodicLaunch>> launches;
  std::vector<RowChange<model::ServiceRegistration>> services;
};

// The tables that it tells of. Changed rows of SchedulerConfig and Markets are not listed: the snapshot has them.
inline constexpr state::TableSet kFollowedTables{
    state::Table::Nodes,           state::Table::Jobs,        state::Table::Evaluations,
    state::Table::Allocations,     state::Table::Deployments, state::Table::PeriodicLaunches,
    state::Table::SchedulerConfig, state::Table::Services,    state::Table::Markets};

// Looks only at tables whose index has moved.
StateChanges changes_between(const state::Snapshot& before, std::shared_ptr<const state::Snapshot> after);

}  // namespace drover::server
