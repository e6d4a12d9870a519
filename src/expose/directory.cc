#include "expose/directory.h"

#include "base/strings.h"
#include "jobspec/nosana_endpoint.h"
#include "net/address.h"

#include <algorithm>
#include <iterator>

namespace drover::expose {
namespace {

using model::Allocation;
using state::Snapshot;

bool is_number(std::string_view text) {
  const auto number = parse_uint(text);
  return number && *number >= 1 && *number <= model::kMaxPort;
}

bool is_port(std::string_view port) {
  const size_t dash = port.find('-');
  if (dash == std::string_view::npos) return is_number(port);
  return is_number(port.substr(0, dash)) && is_number(port.substr(dash + 1));
}

Route nowhere(int32_t status, const char* reason, std::string message) {
  return {.status = status, .reason = reason, .message = std::move(message)};
}

// What a task of a running allocation is at, from its newest event.
Route why_pending(const Allocation& alloc, const std::string& task) {
  const auto found = alloc.task_states.find(task);
  if (found == alloc.task_states.end() || found->second.events.empty()) {
    return nowhere(503, reason::kPending, "the task waits on its node");
  }
  const model::TaskState& state = found->second;
  const model::TaskEvent& last = *std::prev(state.events.end());
  const std::string type(last.type.str());
  const std::string text(last.display_message.str());
  if (state.state == model::TaskStateKind::Running) return nowhere(503, reason::kStarting, "the task was just started");
  if (type == "Restarting") return nowhere(503, reason::kRestarting, text.empty() ? "the task is restarted" : text);
  if (type == "Driver") return nowhere(503, reason::kPulling, text.empty() ? "its image is being pulled" : text);
  if (type.starts_with("Downloading") || type.starts_with("Fetching")) return nowhere(503, reason::kFetching, text);
  return nowhere(503, reason::kPending, text.empty() ? "the task is being prepared" : text);
}

Route ended(const model::Job& job, const Allocation* alloc, const std::string& task) {
  if (job.stop_reason == model::kExpired) return nowhere(410, reason::kExpired, "the job's timeout has passed");
  if (job.stop) return nowhere(410, reason::kStopped, "the job was stopped");
  bool failed = alloc && alloc->client_status == model::ClientStatus::Failed;
  if (alloc && alloc->task_states.contains(task)) failed = alloc->task_states.at(task).failed;
  if (failed) return nowhere(410, reason::kFailed, "the task has failed");
  return nowhere(410, reason::kComplete, "the task has ended");
}

const Allocation* newest(const Snapshot& snapshot, const model::JobKey& job, const std::string& group) {
  const Allocation* best = nullptr;
  for (const auto& entry : snapshot.allocs_of_job(job)) {
    const Allocation& alloc = *entry.value;
    if (alloc.task_group != group) continue;
    const bool better = !best || (best->terminal() && !alloc.terminal()) ||
                        (best->terminal() == alloc.terminal() && alloc.create_index > best->create_index);
    if (better) best = &alloc;
  }
  return best;
}

std::string failing_check(const Snapshot& snapshot, const model::ServiceRegistration& service) {
  const auto alloc = snapshot.alloc(service.alloc_id);
  if (!alloc) return "";
  for (const model::CheckState& check : alloc->checks) {
    if (check.service == service.service_name && check.status != "passing") {
      return check.output.empty() ? std::string("its health check has not run yet")
                                  : "its health check does not pass: " + check.output;
    }
  }
  return "";
}

// A target, or nothing if the asking agent cannot get there.
std::optional<Target> target_of(const Snapshot& snapshot, const model::ServiceRegistration& service,
                                const std::optional<model::NodeId>& own) {
  const auto reach = service.meta.find(kMetaReach);
  const bool far = own != service.node_id;
  const auto node = far ? snapshot.node(service.node_id) : nullptr;
  if (node) {
    const auto proxy = node->attributes.find(kProxyAttribute);
    if (proxy != node->attributes.end() && !proxy->second.empty()) return Target{proxy->second, true};
  }
  if (far && reach != service.meta.end() && reach->second == kNodeReach) return std::nullopt;
  return Target{"http://" + net::host_port(service.address, service.port), false};
}

}  // namespace

std::vector<ExposedPort> exposed_ports(const model::Job& job) {
  std::vector<ExposedPort> out;
  size_t op = 0;
  for (const model::TaskGroup& group : job.task_groups) {
    for (const model::Task& task : group.tasks) {
      for (const model::Endpoint& endpoint : task.endpoints) {
        if (!is_port(endpoint.port)) continue;
        out.push_back({.group = group.name, .task = task.name, .op = op, .port = endpoint.port});
        if (task.private_endpoints) continue;
        out.back().id = jobspec::nosana_endpoint_id(op, endpoint.port, job.id);
        if (&endpoint == &task.endpoints.front()) out.back().deployment = jobspec::deployment_endpoint_id(job, task);
      }
      ++op;
    }
  }
  return out;
}

std::string service_name(std::string_view id) {
  return std::string(kServicePrefix) + to_lower(id);
}

bool is_exposure(const model::ServiceRegistration& service) {
  return service.service_name.starts_with(kServicePrefix);
}

void Directory::note(const model::Job& job, bool there) {
  for (const ExposedPort& port : exposed_ports(job)) {
    if (port.id.empty()) continue;
    const std::string id = to_lower(port.id), deployment = to_lower(port.deployment);
    if (there) {
      owners_[id] = {.job = job.key(), .group = port.group, .task = port.task};
      if (!deployment.empty()) deployments_[deployment].insert(id);
      continue;
    }
    owners_.erase(id);
    const auto replicas = deployments_.find(deployment);
    if (replicas == deployments_.end()) continue;
    replicas->second.erase(id);
    if (replicas->second.empty()) deployments_.erase(replicas);
  }
}

void Directory::follow(const std::shared_ptr<const Snapshot>& snapshot) {
  if (seen_ && seen_->index() >= snapshot->index()) return;
  static const state::JobTable kNone;
  std::vector<std::pair<state::Row<model::Job>, bool>> changes;
  const auto collect = [&](const model::JobKey&, const auto* before, const auto* after) {
    if (before) changes.emplace_back(*before, false);
    if (after) changes.emplace_back(*after, true);
  };
  state::JobTable::for_each_change(seen_ ? seen_->jobs() : kNone, snapshot->jobs(), collect);
  for (const auto& [job, there] : changes) note(*job, there);
  seen_ = snapshot;
}

std::vector<std::pair<std::string, std::optional<Directory::Owner>>> Directory::owners_of(
    const std::shared_ptr<const Snapshot>& snapshot, const std::string& id) {
  MutexLock lock(mutex_);
  follow(snapshot);
  const auto replicas = deployments_.find(id);
  if (replicas == deployments_.end()) {
    const auto found = owners_.find(id);
    return {{id, found == owners_.end() ? std::nullopt : std::optional(found->second)}};
  }
  std::vector<std::pair<std::string, std::optional<Owner>>> out;
  for (const std::string& replica : replicas->second) {
    const auto found = owners_.find(replica);
    if (found != owners_.end()) out.emplace_back(replica, found->second);
  }
  return out;
}

// What answers is added to the targets; what does not is why.
Route Directory::find_one(const Snapshot& snapshot, const std::string& id, const std::optional<Owner>& owner,
                          const std::optional<model::NodeId>& own) {
  const std::string ns = owner ? owner->job.ns : model::kDefaultNamespace;
  Route route;
  std::string unhealthy;
  bool unreachable = false;
  for (const auto& service : snapshot.services_named(ns, service_name(id))) {
    route.job = service->job_id;
    route.task = service->task;
    if (service->health == "critical") {
      unhealthy = failing_check(snapshot, *service);
      if (unhealthy.empty()) unhealthy = "it is not healthy yet";
    } else if (auto target = target_of(snapshot, *service, own)) {
      route.targets.push_back(std::move(*target));
    } else {
      unreachable = true;
    }
  }
  if (!route.targets.empty()) {
    route.status = 200;
    return route;
  }
  Route why = nowhere(404, reason::kUnknown, "nothing is exposed under this address");
  if (!unhealthy.empty()) {
    why = nowhere(503, reason::kStarting, std::move(unhealthy));
  } else if (unreachable) {
    why = nowhere(503, reason::kUnreachable, "the agent of its node has no proxy that others can ask");
  } else if (owner) {
    why = why_silent(snapshot, owner->job, owner->group, owner->task);
  }
  why.job = owner ? owner->job.id : route.job;
  why.task = owner ? owner->task : route.task;
  return why;
}

Route Directory::find(const std::shared_ptr<const Snapshot>& snapshot, const std::string& id,
                      const std::optional<model::NodeId>& own) {
  std::optional<Route> out;
  // Of several, what is on its way says more than what has ended.
  for (const auto& [replica, owner] : owners_of(snapshot, id)) {
    Route route = find_one(*snapshot, replica, owner, own);
    if (!out || (out->targets.empty() && (!route.targets.empty() || route.status == 503))) {
      out = std::move(route);
    } else {
      std::ranges::move(route.targets, std::back_inserter(out->targets));
    }
  }
  return out ? std::move(*out) : nowhere(404, reason::kUnknown, "nothing is exposed under this address");
}

Route why_silent(const Snapshot& snapshot, const model::JobKey& key, const std::string& group,
                 const std::string& task) {
  const auto job = snapshot.job(key);
  if (!job) return nowhere(404, reason::kUnknown, "nothing is exposed under this address");
  const Allocation* alloc = newest(snapshot, key, group);
  if (job->stop) return ended(*job, alloc, task);
  const bool waits = snapshot.activity_of_job(key).live_evals > 0;
  if (alloc && !alloc->terminal()) {
    const auto state = alloc->task_states.find(task);
    const bool dead = state != alloc->task_states.end() && state->second.state == model::TaskStateKind::Dead;
    return dead ? ended(*job, alloc, task) : why_pending(*alloc, task);
  }
  if (!alloc || waits) return nowhere(503, reason::kQueued, "the job waits for a node");
  return ended(*job, alloc, task);
}

}  // namespace drover::expose
