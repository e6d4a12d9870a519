#include "server/state_follower.h"

namespace drover::server {
namespace {

constexpr state::TableSet kFollowed{state::Table::Nodes, state::Table::Evaluations, state::Table::Allocations};

template <class Table, class T>
void collect(const Table& before, const Table& after, std::vector<RowChange<T>>& out) {
  Table::for_each_change(before, after, [&](const auto&, const state::Row<T>* was, const state::Row<T>* is) {
    out.push_back({was ? *was : nullptr, is ? *is : nullptr});
  });
}

}  // namespace

StateFollower::StateFollower(net::Loop& loop, const StateWriter& writer, WatchIndex& watch,
                             std::vector<StateListener*> listeners)
    : loop_(loop), writer_(writer), watch_(watch), listeners_(std::move(listeners)) {}

void StateFollower::start() {
  running_ = true;
  look();
}

void StateFollower::stop() {
  running_ = false;
  registration_.cancel();
}

void StateFollower::look() {
  if (!running_) return;
  StateChanges changes{.snapshot = writer_.snapshot(), .evals = {}, .nodes = {}, .allocs = {}};
  collect(seen_->evals(), changes.snapshot->evals(), changes.evals);
  collect(seen_->nodes(), changes.snapshot->nodes(), changes.nodes);
  collect(seen_->allocs(), changes.snapshot->allocs(), changes.allocs);
  seen_ = changes.snapshot;
  for (StateListener* listener : listeners_) listener->on_changes(changes);
  wait();
}

void StateFollower::wait() {
  registration_ = watch_.wait(kFollowed, seen_->table_index(kFollowed),
                              [this] { loop_.post("state changed", [this] { look(); }); });
}

}  // namespace drover::server
