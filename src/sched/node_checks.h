#pragma once

#include "drivers/permission.h"
#include "model/job.h"
#include "sched/constraint_check.h"
#include "sched/devices.h"
#include "state/ask.h"

#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// What keeps a group off a node whatever is free there. `code` is stable, for machines; `text` is the key under which
// an AllocMetric counts such nodes, equal for equal reasons.
struct Obstacle {
  const char* code;
  std::string text;
};

namespace obstacle {
inline constexpr const char* kDatacenter = "datacenter";
inline constexpr const char* kNodePool = "node-pool";
inline constexpr const char* kDriver = "driver";
inline constexpr const char* kDriverOption = "driver-option";
inline constexpr const char* kConstraint = "constraint";
inline constexpr const char* kNetwork = "network-mode";
inline constexpr const char* kHostNetwork = "host-network";
inline constexpr const char* kHostVolume = "host-volume";
inline constexpr const char* kCsiVolume = "csi-volume";
inline constexpr const char* kDevices = "devices";
}  // namespace obstacle

// The checks of a group that look only at the node (facts 1.7, 5.5). Those of the class have the same answer for all
// nodes of one computed class. Used by one thread.
class NodeChecks {
 public:
  // All outlive this.
  NodeChecks(const model::Job& job, const model::TaskGroup& group, const state::GroupAsk& ask);

  // Datacenter and pool: nodes elsewhere are not looked at.
  std::optional<Obstacle> elsewhere(const model::Node& node) const;
  std::optional<Obstacle> class_obstacle(const model::Node& node) const;
  std::optional<Obstacle> node_obstacle(const model::Node& node) const;

  // None of all these.
  bool allow(const model::Node& node) const {
    return !elsewhere(node) && !class_obstacle(node) && !node_obstacle(node);
  }

  bool has_node_checks() const;
  // Whether constraints look at more than the class, so that a class as a whole is neither good nor bad.
  bool escapes() const { return !node_constraints_.empty(); }

  // The first thing that a task's config needs and the node's driver does not allow.
  const drivers::Permission* forbidden(const model::Node& node) const;

  // The host volumes of one placement; only those named after the allocation (`per_alloc`) depend on the index.
  bool has_volumes(const model::Node& node, int32_t index) const;
  bool depends_on_index() const;
  // Which of them the node lacks, for people; "" for none. Those named after the allocation are not looked at.
  std::string missing_volume(const model::Node& node) const;

 private:
  std::optional<Obstacle> driver_obstacle(const model::Node& node) const;
  std::optional<Obstacle> network_obstacle(const model::Node& node) const;
  bool has_volume(const model::Node& node, const std::string& name, bool read_only) const;
  const std::string* missing_host_network(const model::Node& node) const;

  const model::Job& job_;
  const model::TaskGroup& group_;
  const state::GroupAsk& ask_;
  DeviceRules devices_;
  std::vector<ConstraintCheck> class_constraints_;
  std::vector<ConstraintCheck> node_constraints_;
  std::vector<std::string> host_networks_;        // that ports ask for
  std::vector<drivers::Permission> permissions_;  // that the configs of tasks need
};

}  // namespace drover::sched
