#pragma once

#include "rpc/messages.h"
#include "server/state_changes.h"
#include "state/view.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace drover::server {

// Which services the connected nodes want to know of, for their templates, and what they have still to be told. Pure.
class ServiceWatches {
 public:
  // As many as this are told at a time.
  static constexpr size_t kMostAtOnce = 256;
  static constexpr size_t kMaxInstances = 10'000;  // named in one answer; the first ones by id

  using Answer = std::pair<model::NodeId, rpc::Services>;

  // Replaces what the node wants, as far as it may know it, and tells it what it did not ask for before.
  void set(const model::NodeId& node, const rpc::WatchServices& wanted, const state::Snapshot& snapshot);
  void forget(const model::NodeId& node);
  void note(const RowChange<model::ServiceRegistration>& change);

  bool waiting() const { return !waiting_.empty(); }
  // The next answers, which count as sent.
  std::vector<Answer> next(const state::Snapshot& snapshot);

 private:
  std::map<rpc::ServiceQuery, std::set<model::NodeId>> nodes_;
  std::map<model::NodeId, std::set<rpc::ServiceQuery>> queries_;
  std::set<std::pair<rpc::ServiceQuery, model::NodeId>> waiting_;
};

}  // namespace drover::server
