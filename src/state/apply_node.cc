#include "codec/compare.h"
#include "codec/describe.h"
#include "state/apply.h"

#include <utility>

namespace drover::state {

using model::Node;
using model::NodeEligibility;
using model::NodeId;
using model::NodeStatus;

namespace {

constexpr size_t kMaxNodeEvents = 10;

Status check_ports(const Node& node) {
  for (const int32_t port : node.reserved.ports) {
    if (port < 1 || port > model::kMaxPort) {
      return err(ErrorCode::InvalidArgument, "node {} reserves port {}, which is no port", node.id.str(), port);
    }
  }
  return Ok{};
}

void remove_services(Draft& draft, const NodeId& id) {
  const AllocTable allocs = draft.view().allocs_of_node(id);
  for (const auto& entry : allocs) draft.erase_services_of(entry.key);
}

}  // namespace

void add_event(Node& node, std::string message, std::string subsystem, WallTime time) {
  if (node.events.size() >= kMaxNodeEvents) {
    node.events.erase(node.events.begin(), node.events.end() - static_cast<ptrdiff_t>(kMaxNodeEvents - 1));
  }
  node.events.push_back({.message = std::move(message), .subsystem = std::move(subsystem), .timestamp = time});
}

Result<Row<Node>> find_node(const Snapshot& view, const NodeId& id) {
  Row<Node> node = view.node(id);
  if (!node) return err(ErrorCode::NotFound, "no node with id {}", id.str());
  return node;
}

bool lacks_requirements(const Snapshot& view, const Node& node) {
  const auto market = view.market(node.node_pool);
  return market && market->requires_something() && model::requirements_id(*market) != node.prefetched;
}

Result<Reply> apply_command(Draft& draft, const RegisterNode& command) {
  Node node = command.node;
  if (node.id.empty()) return err(ErrorCode::InvalidArgument, "a node registers without an id");
  TRY(check_ports(node));
  node.computed_class = model::compute_class(node);
  const Row<Node> stored = draft.view().node(node.id);
  if (stored && stored->secret_id != node.secret_id) {
    return err(ErrorCode::PermissionDenied, "node {} is registered with another secret", node.id.str());
  }

  const bool comes_up = !stored || stored->status == NodeStatus::Down;
  node.status = comes_up ? NodeStatus::Initializing : stored->status;
  node.status_description = comes_up || !stored ? "" : stored->status_description;
  node.eligibility = stored ? stored->eligibility : NodeEligibility::Eligible;
  node.status_updated_at = comes_up ? command.time : stored->status_updated_at;
  node.events = stored ? stored->events : std::vector<model::NodeEvent>();
  node.drain = stored ? stored->drain : std::nullopt;
  node.last_drain = stored ? stored->last_drain : std::nullopt;
  node.prefetching = lacks_requirements(draft.view(), node);
  node.create_index = stored ? stored->create_index : 0;
  node.modify_index = stored ? stored->modify_index : 0;
  if (stored && codec::equal(*stored, node)) return Reply{};
  if (comes_up) add_event(node, stored ? "Node re-registered" : "Node registered", "Cluster", command.time);
  if (stored && stored->prefetching && !node.prefetching) {
    add_event(node, "Node has what its market requires", "Market", command.time);
  }
  draft.put_node(std::move(node));
  return Reply{};
}

Result<Reply> apply_command(Draft& draft, const UpdateNodeStatus& command) {
  TRY_LET(const Row<Node> stored, find_node(draft.view(), command.node_id));
  TRY(check_evals(draft.view(), command.evals));
  if (stored->status != command.status || stored->status_description != command.description) {
    Node node = *stored;
    if (node.status != command.status) {
      node.status_updated_at = command.time;
      if (command.status == NodeStatus::Down) add_event(node, "Node heartbeat missed", "Cluster", command.time);
      if (command.status == NodeStatus::Ready) add_event(node, "Node is ready", "Cluster", command.time);
    }
    node.status = command.status;
    node.status_description = command.description;
    draft.put_node(std::move(node));
    if (command.status == NodeStatus::Down) remove_services(draft, command.node_id);
  }
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

Result<Reply> apply_command(Draft& draft, const UpdateNodeEligibility& command) {
  TRY_LET(const Row<Node> stored, find_node(draft.view(), command.node_id));
  TRY(check_evals(draft.view(), command.evals));
  if (stored->drain && command.eligibility == NodeEligibility::Eligible) {
    return err(ErrorCode::Conflict, "can not set node's scheduling eligibility to eligible while it is draining");
  }
  if (stored->eligibility != command.eligibility) {
    Node node = *stored;
    node.eligibility = command.eligibility;
    const bool eligible = command.eligibility == NodeEligibility::Eligible;
    add_event(node, eligible ? "Node marked as eligible for scheduling" : "Node marked as ineligible for scheduling",
              "Cluster", command.time);
    draft.put_node(std::move(node));
  }
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

Result<Reply> apply_command(Draft& draft, const DeregisterNode& command) {
  TRY_LET(const Row<Node> stored, find_node(draft.view(), command.node_id));
  TRY(check_evals(draft.view(), command.evals));
  remove_services(draft, stored->id);
  draft.erase_node(stored->id);
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

}  // namespace drover::state
