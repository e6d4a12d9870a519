#pragma once

#include "model/allocation.h"
#include "state/ask.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::state {

// Host ports in use on one node (allocations and the node's own reservations), sorted; a port that two hold is there
// twice.
using PortSet = std::vector<uint16_t>;

struct UsedDevice {
  std::string kind;  // "vendor/type/name"
  std::string id;    // of the instance
  friend auto operator<=>(const UsedDevice&, const UsedDevice&) = default;
};

// "vendor/type/name", of a model::AllocatedDevice or model::NodeDeviceGroup.
std::string device_kind(std::string_view vendor, std::string_view type, std::string_view name);

// What is held by name, on a node or by an allocation. Each list is sorted; what two hold is there twice.
struct Holdings {
  PortSet ports;
  std::vector<int32_t> cores;
  std::vector<UsedDevice> devices;

  bool empty() const { return ports.empty() && cores.empty() && devices.empty(); }
  void add(const Holdings& more);
  // False if something of it was not there; the rest is gone.
  bool remove(const Holdings& less);
  // Nothing of `own` is here, and nothing is in it twice, but for ports that its group shares with whoever has them.
  bool leaves_free(const Holdings& own, const GroupAsk& ask) const;
  friend bool operator==(const Holdings&, const Holdings&) = default;
};

// What an allocation takes from its node by name. Cores and devices that several of its tasks hold, because their
// stages run one after the other, are there once.
Holdings holdings_of(const model::Allocation& alloc);

}  // namespace drover::state
