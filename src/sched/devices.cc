#include "sched/devices.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"
#include "model/device_attribute.h"
#include "model/interpolate.h"

namespace drover::sched {
namespace {

using model::DeviceAttribute;
using model::NodeDeviceGroup;

// How many ways of giving kinds to requests are tried at most.
constexpr int kMaxTries = 256;

// "type", "vendor/type" or "vendor/type/model"; a model may contain slashes.
bool has_name(const NodeDeviceGroup& group, const std::string& wanted) {
  return wanted == group.type || wanted == group.vendor + "/" + group.type ||
         wanted == state::device_kind(group.vendor, group.type, group.name);
}

std::optional<DeviceAttribute> resolve(const std::string& target, const NodeDeviceGroup& group) {
  const auto reference = model::parse_reference(target);
  if (!reference || reference->length != target.size()) {
    return target.starts_with("${") ? std::nullopt : std::optional(DeviceAttribute::parse(target));
  }
  const std::string& name = reference->name;
  if (name == "device.vendor") return DeviceAttribute::parse(group.vendor);
  if (name == "device.type") return DeviceAttribute::parse(group.type);
  if (name == "device.model") return DeviceAttribute::parse(group.name);
  constexpr std::string_view kAttribute = "device.attr.";
  if (!name.starts_with(kAttribute)) return std::nullopt;
  const auto found = group.attributes.find(name.substr(kAttribute.size()));
  return found == group.attributes.end() ? std::nullopt : std::optional(DeviceAttribute::parse(found->second));
}

template <class Rule>
bool holds(const Rule& rule, const NodeDeviceGroup& group, model::MatchCache& cache) {
  const auto op = model::find_operator(rule.operand);
  return op && model::matches_device(*op, resolve(rule.ltarget, group), resolve(rule.rtarget, group), cache);
}

// Healthy instances that nobody holds, by node device group.
using FreeInstances = std::map<const NodeDeviceGroup*, std::vector<std::string>>;

FreeInstances free_instances(const model::Node& node, const std::vector<state::UsedDevice>& held) {
  FreeInstances out;
  for (const NodeDeviceGroup& group : node.devices) {
    const std::string kind = state::device_kind(group.vendor, group.type, group.name);
    for (const model::DeviceInstance& instance : group.instances) {
      const bool free = instance.healthy && !std::ranges::binary_search(held, state::UsedDevice{kind, instance.id});
      if (free) out[&group].push_back(instance.id);
    }
  }
  return out;
}

std::string kind_of(const NodeDeviceGroup& group) {
  return state::device_kind(group.vendor, group.type, group.name);
}

// Several instances may stand for one device that tasks share; one task gets different devices.
std::string_view device_of(const std::string& instance) {
  return std::string_view(instance).substr(0, instance.find(model::kSharedInstanceMark));
}

// Takes so many instances of different devices away from those that are free; none if there are too few.
std::vector<std::string> take(std::vector<std::string>& free, size_t wanted) {
  std::vector<std::string> taken, left;
  for (std::string& instance : free) {
    const bool other =
        std::ranges::none_of(taken, [&](const std::string& have) { return device_of(have) == device_of(instance); });
    (other && taken.size() < wanted ? taken : left).push_back(instance);
  }
  if (taken.size() < wanted) return {};
  free = std::move(left);
  return taken;
}

std::string shown(const std::optional<DeviceAttribute>& value) {
  return value ? value->to_text() : "no such attribute";
}

}  // namespace

struct DeviceRules::Choice {
  const NodeDeviceGroup* group;
  double liking;
};

bool DeviceRules::accepts(const model::RequestedDevice& request, const NodeDeviceGroup& group) const {
  return has_name(group, request.name) && std::ranges::all_of(request.constraints, [&](const auto& constraint) {
           return holds(constraint, group, cache_);
         });
}

double DeviceRules::liking(const model::RequestedDevice& request, const NodeDeviceGroup& group) const {
  double sum = 0;
  for (const model::Affinity& affinity : request.affinities) {
    if (holds(affinity, group, cache_)) sum += affinity.weight;
  }
  return sum;
}

std::vector<DeviceRules::Choice> DeviceRules::choices_for(const model::RequestedDevice& request,
                                                          const model::Node& node) const {
  std::vector<Choice> out;
  for (const NodeDeviceGroup& group : node.devices) {
    if (accepts(request, group)) out.push_back({&group, liking(request, group)});
  }
  // In the node's own order where they are liked alike.
  std::ranges::sort(out, {}, [](const Choice& choice) { return std::pair(-choice.liking, choice.group); });
  return out;
}

// Tries the choices of each request in their order, and earlier ones again where later requests find nothing left.
class DeviceRules::Search {
 public:
  Search(const std::vector<state::DeviceAsk>& asks, std::vector<std::vector<Choice>> choices, FreeInstances free)
      : asks_(asks), choices_(std::move(choices)), free_(std::move(free)) {}

  // Once.
  bool find() { return give(0); }
  std::vector<model::AllocatedDevice> take_granted() { return std::move(granted_); }
  double liked() const { return liked_; }

 private:
  // What one stage gives back the next one gets.
  bool give(size_t request) {
    if (request == asks_.size()) return true;
    const std::string& stage = asks_[request].stage;
    const std::string before = request == 0 ? "" : asks_[request - 1].stage;
    if (stage == before) return choose(request);
    if (before.empty()) {
      beside_ = free_;
      return choose(request);
    }
    FreeInstances left = std::exchange(free_, beside_);
    if (choose(request)) return true;
    free_ = std::move(left);
    return false;
  }

  bool choose(size_t request) {
    const auto wanted = static_cast<size_t>(std::max(asks_[request].request.count, 0));
    for (const Choice& choice : choices_[request]) {
      std::vector<std::string>& instances = free_[choice.group];
      if (++tries_ > kMaxTries || instances.size() < wanted) continue;
      const std::vector<std::string> before = instances;
      const std::vector<std::string> taken = take(instances, wanted);
      if (taken.size() < wanted) continue;
      granted_.push_back({.task = asks_[request].task,
                          .vendor = choice.group->vendor,
                          .type = choice.group->type,
                          .name = choice.group->name,
                          .device_ids = taken});
      liked_ += choice.liking;
      if (give(request + 1)) return true;
      liked_ -= choice.liking;
      granted_.pop_back();
      free_[choice.group] = before;
    }
    return false;
  }

  const std::vector<state::DeviceAsk>& asks_;
  const std::vector<std::vector<Choice>> choices_;
  FreeInstances free_;
  FreeInstances beside_;  // what tasks without a stage have left
  std::vector<model::AllocatedDevice> granted_;
  double liked_ = 0;
  int tries_ = 0;
};

std::optional<DeviceRules::Grant> DeviceRules::grant(const model::Node& node,
                                                     const std::vector<state::UsedDevice>& held) const {
  std::vector<std::vector<Choice>> choices;
  for (const state::DeviceAsk& device : ask_.devices) choices.push_back(choices_for(device.request, node));
  Search search(ask_.devices, std::move(choices), free_instances(node, held));
  if (!search.find()) return std::nullopt;
  Grant grant{.devices = search.take_granted(), .affinity = std::nullopt};
  double total = 0;
  for (const state::DeviceAsk& device : ask_.devices) {
    for (const model::Affinity& affinity : device.request.affinities) total += std::abs(affinity.weight);
  }
  if (total > 0) grant.affinity = search.liked() / total;
  return grant;
}

std::string DeviceRules::lack(const model::Node& node, const std::vector<state::UsedDevice>& held) const {
  for (const state::DeviceAsk& device : ask_.devices) {
    std::string why = lack_of(device.request, node, held);
    if (!why.empty()) return fmt::format("task {}: {}", device.task, why);
  }
  return "there are too few devices for all tasks together";
}

std::string DeviceRules::lack_of(const model::RequestedDevice& request, const model::Node& node,
                                 const std::vector<state::UsedDevice>& held) const {
  const auto wanted = static_cast<size_t>(std::max(request.count, 0));
  const auto free = free_instances(node, held);
  std::string why;
  for (const NodeDeviceGroup& group : node.devices) {
    if (!has_name(group, request.name)) continue;
    const auto broken = std::ranges::find_if_not(
        request.constraints, [&](const model::Constraint& constraint) { return holds(constraint, group, cache_); });
    if (broken != request.constraints.end()) {
      why = fmt::format("constraint {}, {} has {}", to_string(*broken), kind_of(group),
                        shown(resolve(broken->ltarget, group)));
      continue;
    }
    const auto found = free.find(&group);
    std::vector<std::string> left = found == free.end() ? std::vector<std::string>() : found->second;
    const size_t count = left.size();
    if (take(left, wanted).size() == wanted) return "";
    const auto ill = std::ranges::find(group.instances, false, &model::DeviceInstance::healthy);
    why = fmt::format("wants {} of {}, {} of {} free", wanted, kind_of(group), count, group.instances.size());
    if (ill != group.instances.end()) why += fmt::format("; {}: {}", ill->id, ill->health_description);
  }
  return why.empty() ? fmt::format("the node has no device {}", request.name) : why;
}

}  // namespace drover::sched
