#pragma once

#include "base/result.h"
#include "net/loop.h"
#include "rpc/messages.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace drover::client {

// Brings here what a market requires: images and resources; what was brought for other requirements need not stay.
// Returns when all of it is here.
using FetchRequirements = std::function<net::Task<Status>(rpc::Requirements)>;

// Fetches what the node's market requires, again and again until all of it is here, and then says so. Owner: the loop's
// thread.
class MarketPrefetch {
 public:
  // `report` gets the id of what is here ("": not yet) and a note for people.
  using Report = std::function<void(const std::string& prefetched, const std::string& note)>;

  MarketPrefetch(net::Loop& loop, FetchRequirements fetch, Report report);
  ~MarketPrefetch() { stop(); }
  MarketPrefetch(const MarketPrefetch&) = delete;
  MarketPrefetch& operator=(const MarketPrefetch&) = delete;

  // What the servers say now; nothing: the market requires nothing.
  void require(std::optional<rpc::Requirements> requirements);
  void stop();

 private:
  struct State;
  static net::Task<void> run(std::shared_ptr<State> state, rpc::Requirements requirements);

  net::Loop& loop_;
  const std::shared_ptr<State> state_;
  net::Spawned task_;
};

}  // namespace drover::client
