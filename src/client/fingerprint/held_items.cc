#include "client/fingerprint/held_items.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kInterval = std::chrono::seconds(1);
constexpr uint32_t kTurnsBetweenImages = 10;

}  // namespace

struct HeldItems::State {
  std::shared_ptr<assets::AssetStore> assets;
  HeldImages images;
  Send send;  // null: not connected
  std::map<uint64_t, uint64_t> held;
  std::map<uint64_t, uint64_t> told;  // over this stream: a server knows nothing when it begins

  void tell() {
    if (!send) return;
    rpc::HeldUpdate update = plan_held_update(told, held);
    if (update.changed.empty() && update.gone.empty()) return;
    told = held;
    send(std::move(update));
  }
};

HeldItems::HeldItems(net::Loop& loop, std::shared_ptr<assets::AssetStore> assets, HeldImages images)
    : loop_(loop), state_(new State{.assets = std::move(assets), .images = std::move(images)}) {}

void HeldItems::start() {
  task_ = loop_.spawn("held items", run(state_));
}

void HeldItems::stop() {
  task_.cancel();
  state_->send = nullptr;
}

void HeldItems::on_connected(Send send) {
  state_->send = std::move(send);
  state_->told.clear();
  state_->tell();
}

void HeldItems::on_disconnected() {
  state_->send = nullptr;
}

net::Task<void> HeldItems::run(std::shared_ptr<State> state) {
  std::vector<model::HeldItem> images;
  for (uint32_t turn = 0;; turn++) {
    if (state->images && turn % kTurnsBetweenImages == 0) images = co_await state->images();
    std::vector<model::HeldItem> items = images;
    if (state->assets) std::ranges::copy(state->assets->held(), std::back_inserter(items));
    state->held = select_held(std::move(items));
    state->tell();
    co_await net::sleep_for(kInterval);
  }
}

std::map<uint64_t, uint64_t> select_held(std::vector<model::HeldItem> items) {
  std::ranges::sort(items, [](const model::HeldItem& a, const model::HeldItem& b) {
    return std::pair(b.bytes, a.key) < std::pair(a.bytes, b.key);
  });
  std::map<uint64_t, uint64_t> out;
  for (const model::HeldItem& item : items) {
    if (out.size() == model::kMaxHeldItems) break;
    out.emplace(item.key, item.bytes);
  }
  return out;
}

rpc::HeldUpdate plan_held_update(const std::map<uint64_t, uint64_t>& told, const std::map<uint64_t, uint64_t>& held) {
  rpc::HeldUpdate update;
  for (const auto& [key, bytes] : held) {
    const auto known = told.find(key);
    if (known == told.end() || known->second != bytes) update.changed.push_back({key, bytes});
  }
  for (const auto& [key, bytes] : told) {
    if (!held.contains(key)) update.gone.push_back(key);
  }
  return update;
}

}  // namespace drover::client
