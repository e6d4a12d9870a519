#include "server/state_changes.h"

namespace drover::server {
namespace {

using state::Table;

// The later of two snapshots of one history.
class Comparison {
 public:
  Comparison(const state::Snapshot& before, const state::Snapshot& after) : before_(before), after_(after) {}

  template <class Rows, class T>
  void collect(Table table, const Rows& (state::Snapshot::*rows)() const, std::vector<RowChange<T>>& out) const {
    if (before_.table_index(table) == after_.table_index(table)) return;
    Rows::for_each_change((before_.*rows)(), (after_.*rows)(),
                          [&](const auto&, const state::Row<T>* was, const state::Row<T>* is) {
                            out.push_back({was ? *was : nullptr, is ? *is : nullptr});
                          });
  }

 private:
  const state::Snapshot& before_;
  const state::Snapshot& after_;
};

}  // namespace

StateChanges changes_between(const state::Snapshot& before, std::shared_ptr<const state::Snapshot> after) {
  StateChanges out;
  const Comparison comparison(before, *after);
  comparison.collect(Table::Evaluations, &state::Snapshot::evals, out.evals);
  comparison.collect(Table::Nodes, &state::Snapshot::nodes, out.nodes);
  comparison.collect(Table::Allocations, &state::Snapshot::allocs, out.allocs);
  comparison.collect(Table::Jobs, &state::Snapshot::jobs, out.jobs);
  comparison.collect(Table::Deployments, &state::Snapshot::deployments, out.deployments);
  comparison.collect(Table::PeriodicLaunches, &state::Snapshot::periodic_launches, out.launches);
  comparison.collect(Table::Services, &state::Snapshot::services, out.services);
  out.snapshot = std::move(after);
  return out;
}

}  // namespace drover::server
