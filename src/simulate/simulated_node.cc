#include "simulate/simulated_node.h"

#include <algorithm>
#include <unordered_set>

#include "model/holdings.h"
#include "model/market.h"

namespace drover::simulate {
namespace {

using model::ClientStatus;

bool has_ended(ClientStatus status) {
  return status == ClientStatus::Complete || status == ClientStatus::Failed || status == ClientStatus::Lost;
}

uint64_t* counted(Census& census, ClientStatus status) {
  switch (status) {
    case ClientStatus::Pending:
      return &census.pending;
    case ClientStatus::Running:
      return &census.running;
    case ClientStatus::Complete:
      return &census.complete;
    case ClientStatus::Failed:
      return &census.failed;
    case ClientStatus::Lost:
    case ClientStatus::Unknown:
      return nullptr;
  }
  return nullptr;
}

model::TaskState task_state(ClientStatus status, WallTime started_at, WallTime now) {
  if (status == ClientStatus::Running) return {.state = model::TaskStateKind::Running, .started_at = started_at};
  return {.state = model::TaskStateKind::Dead,
          .failed = status == ClientStatus::Failed,
          .started_at = started_at,
          .finished_at = now};
}

}  // namespace

Census& Census::operator+=(const Census& other) {
  pending += other.pending;
  running += other.running;
  complete += other.complete;
  failed += other.failed;
  return *this;
}

SimulatedNode::SimulatedNode(model::Node node, const Behaviour& behaviour, JobTable& jobs, uint64_t seed)
    : node_(std::move(node)), behaviour_(behaviour), jobs_(jobs), random_(seed), shelf_(behaviour.fetch) {}

void SimulatedNode::on_connected() {
  reports_.resend();
  shelf_.on_connected();
}

void SimulatedNode::on_welcome(const rpc::Welcome& welcome, MonoTime now) {
  const std::string wanted = welcome.requirements ? welcome.requirements->id : "";
  if (required_ && required_->id == wanted) return;
  required_.reset();
  if (wanted == node_.prefetched) return;
  std::vector<uint64_t> keys;
  if (welcome.requirements) {
    for (const std::string& image : welcome.requirements->images) keys.push_back(model::image_key(image));
    for (const codec::Value& resource : welcome.requirements->resources) {
      if (const auto asset = model::required_asset(resource)) keys.push_back(model::asset_key(*asset));
    }
  }
  required_ = Requirements{.id = wanted, .here = shelf_.fetch(keys, now)};
}

std::optional<rpc::Heartbeat> SimulatedNode::take_news(MonoTime now) {
  rpc::Heartbeat news{.held = shelf_.take_news(now)};
  if (required_ && required_->here <= now) {
    node_.prefetched = required_->id;
    required_.reset();
    news.node = node_;
  }
  if (!news.node && !news.held) return std::nullopt;
  return news;
}

Status SimulatedNode::on_assignments(const rpc::Assignments& assignments, MonoTime now) {
  for (const rpc::JobRecord& job : assignments.jobs) TRY(jobs_.add(job));
  for (const rpc::Assignment& assignment : assignments.changed) TRY(on_assignment(assignment, now));
  for (const model::AllocId& id : assignments.removed) forget(id);
  if (assignments.complete) forget_all_but(assignments.known);
  return Ok{};
}

Status SimulatedNode::on_assignment(const rpc::Assignment& assignment, MonoTime now) {
  const model::Allocation& alloc = assignment.alloc;
  const auto known = held_.find(alloc.id);
  if (known != held_.end()) {
    Held& held = known->second;
    if (alloc.server_terminal() && !held.stopping && !has_ended(held.status)) {
      held.stopping = true;
      plan(alloc.id, Step::Stop, now);
    }
    return Ok{};
  }
  auto group = jobs_.find(assignment.job, assignment.job_version, alloc.task_group);
  if (!group) return err(ErrorCode::NotFound, "the job of allocation {} was never sent", alloc.id.str());
  Held held{.status = ClientStatus::Pending,
            .alloc_modify_index = alloc.alloc_modify_index,
            .health = alloc.deployment_status,
            .in_deployment = !alloc.deployment_id.empty(),
            .group = std::move(group)};
  // What it had before the simulation was started again goes on.
  if (alloc.client_terminal() || alloc.client_status == ClientStatus::Running) held.status = alloc.client_status;
  if (uint64_t* count = counted(census_, held.status)) ++*count;
  const auto [entry, inserted] = held_.emplace(alloc.id, std::move(held));
  if (has_ended(entry->second.status)) return Ok{};
  if (alloc.server_terminal()) {
    entry->second.stopping = true;
    plan(alloc.id, Step::Stop, now);
  } else if (entry->second.status == ClientStatus::Pending) {
    constexpr uint64_t kScale = 1'000'000;
    const bool fails = random_.below(kScale) < static_cast<uint64_t>(behaviour_.fail_share * kScale);
    const MonoTime fetched = shelf_.fetch(entry->second.group->assets, now);
    plan(alloc.id, fails ? Step::Fail : Step::Start, fetched + behaviour_.start_time);
  } else {
    shelf_.hold(entry->second.group->assets, now);
    if (entry->second.group->ends) plan(alloc.id, Step::Succeed, now + behaviour_.run_time);
  }
  return Ok{};
}

void SimulatedNode::forget(const model::AllocId& id) {
  const auto held = held_.find(id);
  if (held == held_.end()) return;
  if (uint64_t* count = counted(census_, held->second.status)) --*count;
  reports_.forget(id);
  held_.erase(held);
}

void SimulatedNode::forget_all_but(const std::vector<model::AllocId>& known) {
  if (known.size() == held_.size()) return;
  const std::unordered_set<model::AllocId> names(known.begin(), known.end());
  std::vector<model::AllocId> gone;
  for (const auto& [id, held] : held_) {
    if (!names.contains(id)) gone.push_back(id);
  }
  for (const model::AllocId& id : gone) forget(id);
}

void SimulatedNode::advance(MonoTime now, WallTime wall) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto [id, step] = due_.begin()->second;
    due_.erase(due_.begin());
    const auto held = held_.find(id);
    if (held != held_.end() && !has_ended(held->second.status)) act(id, held->second, step, now, wall);
  }
}

void SimulatedNode::act(const model::AllocId& id, Held& held, Step step, MonoTime now, WallTime wall) {
  if (held.stopping && step != Step::Stop) return;
  switch (step) {
    case Step::Start:
      return start(id, held, now, wall);
    case Step::Fail:
      held.started_at = wall;
      if (held.in_deployment) held.health = model::DeploymentStatus{.healthy = false, .timestamp = wall};
      set_status(held, ClientStatus::Failed);
      break;
    case Step::Succeed:
    case Step::Stop:
      set_status(held, ClientStatus::Complete);
      break;
    case Step::BecomeHealthy:
      held.health =
          model::DeploymentStatus{.healthy = true, .timestamp = wall, .canary = held.health && held.health->canary};
      break;
  }
  report(id, held, wall);
}

void SimulatedNode::start(const model::AllocId& id, Held& held, MonoTime now, WallTime wall) {
  held.started_at = wall;
  set_status(held, ClientStatus::Running);
  report(id, held, wall);
  if (held.in_deployment && held.group->reports_health && !(held.health && held.health->healthy)) {
    plan(id, Step::BecomeHealthy, now + held.group->min_healthy_time);
  }
  if (held.group->ends) plan(id, Step::Succeed, now + behaviour_.run_time);
}

void SimulatedNode::set_status(Held& held, ClientStatus status) {
  if (uint64_t* count = counted(census_, held.status)) --*count;
  held.status = status;
  if (uint64_t* count = counted(census_, held.status)) ++*count;
}

void SimulatedNode::report(const model::AllocId& id, const Held& held, WallTime wall) {
  model::Allocation out;
  out.id = id;
  out.node_id = node_.id;
  out.task_group = held.group->name;
  out.client_status = held.status;
  for (const SharedString& task : held.group->tasks) {
    out.task_states.emplace(task, task_state(held.status, held.started_at, wall));
  }
  out.deployment_status = held.health;
  out.alloc_modify_index = held.alloc_modify_index;
  reports_.put(std::move(out));
}

std::optional<MonoTime> SimulatedNode::next_due() const {
  std::optional<MonoTime> next = shelf_.next_due();
  const auto consider = [&](MonoTime when) { next = next ? std::min(*next, when) : when; };
  if (!due_.empty()) consider(due_.begin()->first);
  if (required_) consider(required_->here);
  return next;
}

}  // namespace drover::simulate
