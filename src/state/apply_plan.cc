#include "state/apply.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::AllocId;
using model::Node;
using model::NodeId;
using model::Plan;
using model::PlannedStop;

namespace {

// What a plan does on one node.
struct NodePart {
  std::vector<const PlannedStop*> stops;
  std::vector<const Allocation*> placements;
};
using Parts = std::map<NodeId, NodePart>;

// What a node would hold with the plan; counts against its capacity.
struct Usage {
  int64_t cpu = 0;
  int64_t memory_mb = 0;
  int64_t disk_mb = 0;
  PortSet ports;

  void add(const GroupAsk& ask, int sign) {
    cpu += sign * ask.cpu;
    memory_mb += sign * ask.memory_mb;
    disk_mb += sign * ask.disk_mb;
  }
};

Status check_placement(Draft& draft, const Plan& plan, const Allocation& alloc) {
  const auto invalid = [&](std::string_view why) {
    return err(ErrorCode::InvalidArgument, "the plan of evaluation {} places \"{}\" ({}) {}", plan.eval_id.str(),
               alloc.name, alloc.id.str(), why);
  };
  if (alloc.id.empty() || alloc.node_id.empty()) return invalid("without an id or node");
  if (alloc.ns != plan.ns || alloc.job_id != plan.job_id) return invalid("for another job");
  for (const model::AllocatedPort& port : alloc.ports) {
    if (port.value < 1 || port.value > model::kMaxPort) return invalid("on a port that is none");
  }
  if (!draft.ask_of(alloc) && draft.view().job_of(alloc))
    return invalid("in a group that its job version does not have");
  const auto stored = draft.view().alloc(alloc.id);
  if (stored && (stored->node_id != alloc.node_id || stored->job_key() != alloc.job_key())) {
    return invalid("under an id that stands for another allocation");
  }
  return Ok{};
}

Parts parts_by_node(const Snapshot& view, const Plan& plan) {
  Parts parts;
  for (const PlannedStop& stop : plan.stops) {
    const auto alloc = view.alloc(stop.alloc_id);
    if (alloc) parts[alloc->node_id].stops.push_back(&stop);
  }
  for (const Allocation& alloc : plan.placements) parts[alloc.node_id].placements.push_back(&alloc);
  return parts;
}

// Whether the plan starts something new on a node, or only updates what runs there.
bool starts_work(const Snapshot& view, const NodePart& part) {
  return std::ranges::any_of(part.placements, [&](const Allocation* alloc) { return !view.alloc(alloc->id); });
}

bool node_takes(const Snapshot& view, const Node& node, const NodePart& part) {
  if (node.accepts_work()) return true;
  return node.status == model::NodeStatus::Ready && !starts_work(view, part);
}

void free_alloc(Draft& draft, Usage& usage, const AllocId& id, std::set<AllocId>& freed) {
  const auto alloc = draft.view().alloc(id);
  if (!alloc || alloc->terminal() || !freed.insert(id).second) return;
  if (const GroupAsk* ask = draft.ask_of(*alloc)) usage.add(*ask, -1);
  for (const model::AllocatedPort& port : alloc->ports) {
    const auto at = std::ranges::lower_bound(usage.ports, static_cast<uint16_t>(port.value));
    if (at != usage.ports.end() && *at == port.value) usage.ports.erase(at);
  }
}

// False if one of the ports is taken.
bool take_ports(Usage& usage, const Allocation& alloc) {
  for (const model::AllocatedPort& port : alloc.ports) {
    const auto value = static_cast<uint16_t>(port.value);
    const auto at = std::ranges::lower_bound(usage.ports, value);
    if (at != usage.ports.end() && *at == value) return false;
    usage.ports.insert(at, value);
  }
  return true;
}

// Facts 5.4: the node is there and takes work, and what stays on it and what comes fit together.
bool fits(Draft& draft, const NodeId& id, const NodePart& part) {
  if (part.placements.empty()) return true;
  const auto node = draft.view().node(id);
  const auto slot = draft.view().slot_of(id);
  if (!node || !slot || !node_takes(draft.view(), *node, part)) return false;

  const ColumnChunk& chunk = *draft.columns().chunks()[*slot / kColumnChunk];
  const size_t i = *slot % kColumnChunk;
  Usage usage{.cpu = chunk.cpu_used[i], .memory_mb = chunk.memory_used[i], .disk_mb = chunk.disk_used[i]};
  usage.ports = draft.columns().ports(*slot);
  std::set<AllocId> freed;
  for (const PlannedStop* stop : part.stops) free_alloc(draft, usage, stop->alloc_id, freed);
  for (const Allocation* alloc : part.placements) free_alloc(draft, usage, alloc->id, freed);
  for (const Allocation* alloc : part.placements) {
    const GroupAsk* ask = draft.ask_of(*alloc);
    if (!ask || !take_ports(usage, *alloc)) return false;
    usage.add(*ask, 1);
  }
  return usage.cpu <= chunk.cpu_capacity[i] && usage.memory_mb <= chunk.memory_capacity[i] &&
         usage.disk_mb <= chunk.disk_capacity[i];
}

void commit_stop(Draft& draft, const PlannedStop& stop, WallTime time) {
  const auto stored = draft.view().alloc(stop.alloc_id);
  if (!stored) return;
  Allocation alloc = *stored;
  const bool lost = stop.client_status && !stored->client_terminal();
  if (alloc.desired_status == stop.desired_status && !lost) return;
  alloc.desired_status = stop.desired_status;
  alloc.desired_description = stop.description;
  if (lost) alloc.client_status = *stop.client_status;
  alloc.alloc_modify_index = draft.index();
  alloc.modify_time = time;
  draft.put_alloc(std::move(alloc));
}

// Nothing if the allocation has ended meanwhile.
std::optional<Allocation> updated_in_place(const Allocation& planned, const Allocation& stored) {
  if (stored.terminal()) return std::nullopt;
  Allocation alloc = planned;
  alloc.previous_allocation = stored.previous_allocation;
  alloc.next_allocation = stored.next_allocation;
  alloc.client_status = stored.client_status;
  alloc.client_description = stored.client_description;
  alloc.task_states = stored.task_states;
  alloc.checks = stored.checks;
  alloc.create_time = stored.create_time;
  if (alloc.deployment_id == stored.deployment_id) alloc.deployment_status = stored.deployment_status;
  return alloc;
}

Allocation placed_new(const Allocation& planned, WallTime time) {
  Allocation alloc = planned;
  alloc.next_allocation = {};
  alloc.client_status = model::ClientStatus::Pending;
  alloc.client_description.clear();
  alloc.task_states.clear();
  alloc.checks.clear();
  alloc.create_time = time;
  return alloc;
}

void link_previous(Draft& draft, const Allocation& placed) {
  if (placed.previous_allocation.empty()) return;
  const auto previous = draft.view().alloc(placed.previous_allocation);
  if (!previous || previous->next_allocation == placed.id) return;
  Allocation linked = *previous;
  linked.next_allocation = placed.id;
  draft.put_alloc(std::move(linked));
}

// False if there was nothing to do any more.
bool commit_placement(Draft& draft, const Allocation& planned, WallTime time) {
  const auto stored = draft.view().alloc(planned.id);
  std::optional<Allocation> alloc = stored ? updated_in_place(planned, *stored) : placed_new(planned, time);
  if (!alloc) return false;
  alloc->desired_status = model::DesiredStatus::Run;
  alloc->alloc_modify_index = draft.index();
  alloc->modify_time = time;
  draft.put_alloc(std::move(*alloc));
  if (!stored) link_previous(draft, planned);
  return true;
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const ApplyPlan& command) {
  const Plan& plan = command.plan;
  for (const Allocation& alloc : plan.placements) TRY(check_placement(draft, plan, alloc));

  const Parts parts = parts_by_node(draft.view(), plan);
  std::set<NodeId> rejected;
  for (const auto& [id, part] : parts) {
    if (!fits(draft, id, part)) rejected.insert(id);
  }

  Reply reply;
  reply.plan.rejected_nodes.assign(rejected.begin(), rejected.end());
  if (rejected.empty() || !plan.all_at_once) {
    for (const auto& [id, part] : parts) {
      if (rejected.contains(id)) continue;
      for (const PlannedStop* stop : part.stops) commit_stop(draft, *stop, command.time);
    }
    for (const Allocation& alloc : plan.placements) {
      if (rejected.contains(alloc.node_id)) continue;
      if (commit_placement(draft, alloc, command.time)) reply.plan.placed.push_back(alloc.id);
    }
  }
  if (!rejected.empty()) {
    reply.plan.refresh_index = draft.command_wrote() ? draft.index() : draft.view().index();
  }
  return reply;
}

}  // namespace drover::state
