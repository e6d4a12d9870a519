#include <algorithm>

#include "base/check.h"
#include "scenario/world.h"
#include "server/node_evals.h"
#include "state/dump.h"
#include "state/load.h"

// The simulated nodes, and what must be true of them.
namespace drover::scenario {

using model::Allocation;
using model::ClientStatus;

Status World::report(const Allocation& alloc, ClientStatus status, std::optional<bool> healthy) {
  Allocation update{.id = alloc.id};
  update.client_status = status;
  update.task_states = alloc.task_states;
  const auto job = snapshot_->job_of(alloc);
  const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
  for (const model::Task& task : group ? group->tasks : std::vector<model::Task>()) {
    model::TaskState& state = update.task_states[task.name];
    if (status == ClientStatus::Running && state.state != model::TaskStateKind::Running) {
      state = {.state = model::TaskStateKind::Running, .started_at = clock_.now()};
    } else if (status == ClientStatus::Complete || status == ClientStatus::Failed) {
      state.state = model::TaskStateKind::Dead;
      state.failed = status == ClientStatus::Failed;
      state.finished_at = clock_.now();
    }
  }
  if (status == ClientStatus::Failed && !alloc.deployment_id.empty() && !healthy) healthy = false;
  if (healthy) update.deployment_status = model::DeploymentStatus{.healthy = healthy, .timestamp = clock_.now()};
  state::UpdateAllocs command{.allocs = {std::move(update)}, .evals = {}, .time = clock_.now()};
  command.evals = server::evals_for_reports(*snapshot_, command.allocs, random_);
  return submit(std::move(command));
}

// When a node says that an allocation is healthy; nothing if it does not watch that, or has said so.
std::optional<WallTime> World::healthy_at(const Allocation& alloc) const {
  const bool told = alloc.deployment_status && alloc.deployment_status->healthy;
  if (alloc.deployment_id.empty() || told || alloc.terminal() || alloc.client_status != ClientStatus::Running)
    return {};
  if (!connected(alloc.node_id) || manual_.count(alloc.node_id) > 0) return {};
  const auto job = snapshot_->job_of(alloc);
  const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
  if (!group || !group->update || group->update->health_check == "manual") return {};
  WallTime started;
  for (const auto& [name, task] : alloc.task_states) started = std::max(started, task.started_at);
  return started + group->update->min_healthy_time.value_or(Duration(0));
}

std::optional<Duration> World::next_health() const {
  std::optional<Duration> next;
  for (const auto& entry : snapshot_->allocs()) {
    const auto at = healthy_at(*entry.value);
    if (at && *at > clock_.now()) next = std::min(next.value_or(*at - clock_.now()), *at - clock_.now());
  }
  return next;
}

// Every connected node that is not manual starts what it should run, ends what it should stop and reports health.
bool World::run_nodes() {
  struct Report {
    state::Row<Allocation> alloc;
    ClientStatus status;
    std::optional<bool> healthy;
  };
  std::vector<Report> reports;
  for (const auto& entry : snapshot_->allocs()) {
    const Allocation& alloc = *entry.value;
    if (!connected(alloc.node_id) || manual_.count(alloc.node_id) > 0 || alloc.client_terminal()) continue;
    const auto at = healthy_at(alloc);
    if (alloc.server_terminal()) {
      reports.push_back({entry.value, ClientStatus::Complete, {}});
    } else if (alloc.client_status == ClientStatus::Pending || alloc.client_status == ClientStatus::Unknown) {
      reports.push_back({entry.value, ClientStatus::Running, {}});
    } else if (at && *at <= clock_.now()) {
      reports.push_back({entry.value, ClientStatus::Running, true});
    }
  }
  for (const auto& [alloc, status, healthy] : reports) CHECK(report(*alloc, status, healthy), "a node reports");
  return !reports.empty();
}

void World::beat_and_expire() {
  for (const auto& entry : snapshot_->nodes()) {
    if (connected(entry.key)) heartbeats_.heard(entry.key);
  }
  for (const model::NodeId& node : heartbeats_.expired()) CHECK(take_down(node), "a known node goes down");
}

bool World::connected(const model::NodeId& node) const {
  const auto known = snapshot_->node(node);
  return known && known->status == model::NodeStatus::Ready && silent_.count(node) == 0;
}

Status World::check_invariants() const {
  for (const auto& entry : snapshot_->nodes()) TRY(check_node(*entry.value));
  state::SnapshotLoader loader;
  for (const auto& [key, value] : rows_) TRY(loader.add(key.first, key.second, value));
  TRY_LET(const state::Snapshot reloaded, loader.finish(snapshot_->index()));
  if (state::dump(reloaded) != state::dump(*snapshot_)) {
    return err(ErrorCode::Internal, "the stored rows do not make the same state again");
  }
  return Ok{};
}

Status World::check_node(const model::Node& node) const {
  int64_t cpu = 0, memory = 0, disk = 0;
  std::set<int32_t> ports;
  for (const auto& entry : snapshot_->allocs_of_node(node.id)) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    const auto job = snapshot_->job_of(alloc);
    CHECK(job && job->find_group(alloc.task_group), "an allocation's version is kept");
    const state::GroupAsk ask = state::group_ask(*job->find_group(alloc.task_group));
    cpu += ask.cpu;
    memory += ask.memory_mb;
    disk += ask.disk_mb;
    for (const model::AllocatedPort& port : alloc.ports) {
      if (!ask.shares(port.value) && !ports.insert(port.value).second) {
        return err(ErrorCode::Internal, "port {} is held twice on node {}", port.value, node.name);
      }
    }
  }
  if (cpu > node.resources.cpu || memory > node.resources.memory_mb || disk > node.resources.disk_mb) {
    return err(ErrorCode::Internal, "node {} holds more than it has: {} MHz, {} MB, {} MB of disk", node.name, cpu,
               memory, disk);
  }
  return Ok{};
}

}  // namespace drover::scenario
