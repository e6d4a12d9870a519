#pragma once

#include "model/allocation.h"
#include "model/constraint_match.h"
#include "model/node.h"
#include "state/ask.h"
#include "state/columns.h"

#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// The devices that the tasks of a group ask for (facts 1.9): which of a node's they get. Used by one thread.
class DeviceRules {
 public:
  // `ask` outlives this.
  explicit DeviceRules(const state::GroupAsk& ask) : ask_(ask) {}

  bool any() const { return !ask_.devices.empty(); }

  struct Grant {
    std::vector<model::AllocatedDevice> devices;
    std::optional<double> affinity;  // how well they match the preferences, from -1 to 1; nothing without any
  };
  // Instances for every request, none of them in `held` and none for two tasks that run at the same time: for each
  // request those of one kind, that which its affinities like best if that leaves enough for the others. Nothing: there
  // are not enough.
  std::optional<Grant> grant(const model::Node& node, const std::vector<state::UsedDevice>& held) const;

  // Whether the node has enough healthy ones, whoever holds them.
  bool present_on(const model::Node& node) const { return grant(node, {}).has_value(); }

  // REQUIRES that grant() gives nothing. Why, for people.
  std::string lack(const model::Node& node, const std::vector<state::UsedDevice>& held) const;

 private:
  struct Choice;  // a kind of device for a request
  class Search;

  std::vector<Choice> choices_for(const model::RequestedDevice& request, const model::Node& node) const;
  bool accepts(const model::RequestedDevice& request, const model::NodeDeviceGroup& group) const;
  std::string lack_of(const model::RequestedDevice& request, const model::Node& node,
                      const std::vector<state::UsedDevice>& held) const;
  double liking(const model::RequestedDevice& request, const model::NodeDeviceGroup& group) const;

  const state::GroupAsk& ask_;
  mutable model::MatchCache cache_;
};

}  // namespace drover::sched
