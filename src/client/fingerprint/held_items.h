#pragma once

#include "assets/asset_store.h"
#include "client/agent_context.h"
#include "rpc/messages.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace drover::client {

// Images that tasks need no more than a name for, because they are here.
using HeldImages = std::function<net::Task<std::vector<model::HeldItem>>()>;

// Tells the servers what the node holds: everything over a new stream, then what changes. Owner: the loop's thread.
class HeldItems {
 public:
  using Send = std::function<void(rpc::HeldUpdate update)>;  // only while there is a stream

  // `assets` and `images` may be null.
  HeldItems(net::Loop& loop, std::shared_ptr<assets::AssetStore> assets, HeldImages images);
  ~HeldItems() { stop(); }
  HeldItems(const HeldItems&) = delete;
  HeldItems& operator=(const HeldItems&) = delete;

  void start();
  void stop();
  void on_connected(Send send);
  void on_disconnected();

 private:
  struct State;
  static net::Task<void> run(std::shared_ptr<State> state);

  net::Loop& loop_;
  std::shared_ptr<State> state_;
  net::Spawned task_;
};

// By key, as servers are told: the largest ones, at most model::kMaxHeldItems.
std::map<uint64_t, uint64_t> select_held(std::vector<model::HeldItem> items);

// What a server that knows `told` has to hear.
rpc::HeldUpdate plan_held_update(const std::map<uint64_t, uint64_t>& told, const std::map<uint64_t, uint64_t>& held);

}  // namespace drover::client
