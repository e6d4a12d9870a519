#include "client/devices/device_monitor.h"

#include "base/log.h"

#include <algorithm>
#include <set>
#include <utility>

namespace drover::client {
namespace {

bool same(const model::DeviceInstance& a, const model::DeviceInstance& b) {
  return a.id == b.id && a.healthy == b.healthy && a.health_description == b.health_description &&
         a.pci_bus_id == b.pci_bus_id;
}

bool same(const model::NodeDeviceGroup& a, const model::NodeDeviceGroup& b) {
  return a.vendor == b.vendor && a.type == b.type && a.name == b.name && a.attributes == b.attributes &&
         std::ranges::equal(a.instances, b.instances, [](const auto& x, const auto& y) { return same(x, y); });
}

// People hear of each instance whose health changed.
void tell_health(const std::vector<model::NodeDeviceGroup>& before, const std::vector<model::NodeDeviceGroup>& now) {
  std::set<std::string> ill;
  for (const auto& group : before) {
    for (const auto& instance : group.instances) {
      if (!instance.healthy) ill.insert(instance.id);
    }
  }
  for (const auto& group : now) {
    for (const auto& instance : group.instances) {
      if (instance.healthy && ill.contains(instance.id)) {
        log::info("a device can be used again", {{"device", instance.id}});
      } else if (!instance.healthy && !ill.contains(instance.id)) {
        log::warn("a device cannot be used", {{"device", instance.id}, {"reason", instance.health_description}});
      }
    }
  }
}

}  // namespace

DeviceMonitor::DeviceMonitor(net::Loop& loop, net::BlockingPool& pool, Sources sources)
    : loop_(loop), state_(new State{.pool = pool}) {
  for (auto& source : sources) state_->watched.push_back({.source = std::move(source)});
}

net::Task<void> DeviceMonitor::start(Duration patience, std::function<void()> on_change) {
  const auto state = state_;
  state->on_change = std::move(on_change);
  state->unanswered = state->watched.size();
  for (size_t i = 0; i < state->watched.size(); i++) {
    loops_.push_back(loop_.spawn("device fingerprint", run(state, i)));
  }
  if (state->unanswered == 0) co_return;
  // Each answer is one notification.
  for (uint64_t seen = state->answered.version(); state->unanswered > 0; seen = state->answered.version()) {
    const bool in_time = co_await state->answered.wait(seen, patience);
    if (!in_time) break;
  }
}

void DeviceMonitor::stop() {
  state_->on_change = nullptr;
  for (auto& loop : loops_) loop.cancel();
}

net::Task<void> DeviceMonitor::run(std::shared_ptr<State> state, size_t index) {
  for (bool first = true;; first = false) {
    co_await look(state, index);
    if (first) {
      state->unanswered--;
      state->answered.notify();
    }
    co_await net::sleep_for(state->watched[index].source->period());
  }
}

net::Task<void> DeviceMonitor::look(std::shared_ptr<State> state, size_t index) {
  const auto source = state->watched[index].source;
  const auto slot = co_await state->watched[index].slot->take();
  const auto work = [source] { return std::pair(source->look(), source->denial()); };
  auto found = co_await net::run_blocking(state->pool, work);
  Watched& watched = state->watched[index];
  const bool unchanged =
      watched.denial == found.second &&
      std::ranges::equal(watched.groups, found.first, [](const auto& a, const auto& b) { return same(a, b); });
  if (unchanged) co_return;
  tell_health(watched.groups, found.first);
  watched.groups = std::move(found.first);
  watched.denial = std::move(found.second);
  state->groups.clear();
  state->denial.clear();
  for (const Watched& each : state->watched) {
    state->groups.insert(state->groups.end(), each.groups.begin(), each.groups.end());
    state->denial.insert(each.denial.begin(), each.denial.end());
  }
  if (state->on_change) state->on_change();
}

const DeviceMonitor::Watched* DeviceMonitor::owner(const State& state, const model::AllocatedDevice& given) {
  for (const Watched& watched : state.watched) {
    const bool has = std::ranges::any_of(watched.groups, [&](const model::NodeDeviceGroup& group) {
      return group.vendor == given.vendor && group.type == given.type && group.name == given.name;
    });
    if (has) return &watched;
  }
  return nullptr;
}

net::Task<Result<std::vector<drivers::DeviceReservation>>> DeviceMonitor::reserve(
    std::vector<model::AllocatedDevice> given) {
  const auto state = state_;
  std::vector<drivers::DeviceReservation> out;
  for (const model::AllocatedDevice& device : given) {
    const Watched* watched = owner(*state, device);
    if (!watched) {
      co_return err(ErrorCode::Unavailable, "this node has no device {}/{}/{}", device.vendor, device.type,
                    device.name);
    }
    const auto source = watched->source;
    const auto queue = watched->slot;
    const auto slot = co_await queue->take();
    const auto work = [source, ids = device.device_ids] { return source->reserve(ids); };
    CO_TRY_LET(auto reserved, co_await net::run_blocking(state->pool, work));
    out.push_back(std::move(reserved));
  }
  co_return out;
}

net::Task<std::vector<drivers::DeviceUse>> DeviceMonitor::use() {
  const auto state = state_;
  std::vector<drivers::DeviceUse> out;
  for (size_t i = 0; i < state->watched.size(); i++) {
    if (state->watched[i].groups.empty()) continue;
    const auto source = state->watched[i].source;
    const auto slot = co_await state->watched[i].slot->take();
    const auto work = [source] { return source->use(); };
    auto uses = co_await net::run_blocking(state->pool, work);
    if (!uses) continue;
    out.insert(out.end(), std::make_move_iterator(uses->begin()), std::make_move_iterator(uses->end()));
  }
  co_return out;
}

}  // namespace drover::client
