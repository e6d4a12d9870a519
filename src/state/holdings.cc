#include "state/holdings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace drover::state {
namespace {

template <class T>
void add_all(std::vector<T>& held, const std::vector<T>& more) {
  for (const T& thing : more) held.insert(std::ranges::upper_bound(held, thing), thing);
}

template <class T>
bool remove_all(std::vector<T>& held, const std::vector<T>& less) {
  bool all = true;
  for (const T& thing : less) {
    const auto at = std::ranges::lower_bound(held, thing);
    const bool there = at != held.end() && *at == thing;
    if (there) held.erase(at);
    all = all && there;
  }
  return all;
}

template <class T>
bool disjoint(const std::vector<T>& held, const std::vector<T>& other) {
  return std::ranges::adjacent_find(other) == other.end() &&
         std::ranges::none_of(other, [&](const T& thing) { return std::ranges::binary_search(held, thing); });
}

template <class T>
void keep_once(std::vector<T>& things) {
  std::ranges::sort(things);
  const auto rest = std::ranges::unique(things);
  things.erase(rest.begin(), rest.end());
}

}  // namespace

std::string device_kind(std::string_view vendor, std::string_view type, std::string_view name) {
  return fmt::format("{}/{}/{}", vendor, type, name);
}

void Holdings::add(const Holdings& more) {
  add_all(ports, more.ports);
  add_all(cores, more.cores);
  add_all(devices, more.devices);
}

bool Holdings::remove(const Holdings& less) {
  const bool had_ports = remove_all(ports, less.ports);
  const bool had_cores = remove_all(cores, less.cores);
  return remove_all(devices, less.devices) && had_ports && had_cores;
}

bool Holdings::leaves_free(const Holdings& own, const GroupAsk& ask) const {
  PortSet exclusive = own.ports;
  std::erase_if(exclusive, [&](uint16_t port) { return ask.shares(port); });
  return disjoint(ports, exclusive) && disjoint(cores, own.cores) && disjoint(devices, own.devices);
}

Holdings holdings_of(const model::Allocation& alloc) {
  Holdings out;
  for (const model::AllocatedPort& port : alloc.ports) {
    out.ports.push_back(static_cast<uint16_t>(port.value));
  }
  std::ranges::sort(out.ports);
  for (const model::AllocatedCores& task : alloc.cores) {
    std::ranges::copy(task.cores, std::back_inserter(out.cores));
  }
  keep_once(out.cores);
  for (const model::AllocatedDevice& device : alloc.devices) {
    const std::string kind = device_kind(device.vendor, device.type, device.name);
    for (const std::string& id : device.device_ids) out.devices.push_back({.kind = kind, .id = id});
  }
  keep_once(out.devices);
  return out;
}

}  // namespace drover::state
