#include "server/service_watches.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>

namespace drover::server {
namespace {

using model::ServiceRegistration;

// What others are told of an instance; nothing of one that is critical.
std::optional<ServiceRegistration> offered(const ServiceRegistration& service) {
  if (service.health == "critical") return std::nullopt;
  ServiceRegistration out = service;
  out.task.clear();
  out.health.clear();
  out.create_index = out.modify_index = 0;
  return out;
}

bool same_offer(const RowChange<ServiceRegistration>& change) {
  if (!change.before || !change.after) return false;
  const auto was = offered(*change.before);
  const auto is = offered(*change.after);
  if (!was || !is) return !was && !is;
  const auto fields = [](const ServiceRegistration& s) {
    return std::tie(s.id, s.service_name, s.ns, s.node_id, s.datacenter, s.job_id, s.alloc_id, s.tags, s.address,
                    s.port);
  };
  return fields(*was) == fields(*is);
}

std::vector<ServiceRegistration> instances_of(const state::Snapshot& snapshot, const rpc::ServiceQuery& query) {
  std::vector<ServiceRegistration> out;
  for (const auto& row : snapshot.services_named(query.ns, query.name)) {
    if (auto service = offered(*row)) out.push_back(std::move(*service));
  }
  std::ranges::sort(out, {}, &ServiceRegistration::id);
  if (out.size() > ServiceWatches::kMaxInstances) out.resize(ServiceWatches::kMaxInstances);
  return out;
}

std::vector<ServiceRegistration> names_of(const state::Snapshot& snapshot, const std::string& ns) {
  std::map<std::string, std::set<std::string>> tags;
  for (const auto& entry : snapshot.services()) {
    const ServiceRegistration& service = *entry.value;
    if (service.ns == ns) tags[service.service_name].insert(service.tags.begin(), service.tags.end());
  }
  std::vector<ServiceRegistration> out;
  for (const auto& [name, all] : tags) {
    if (out.size() == ServiceWatches::kMaxInstances) break;
    ServiceRegistration& service = out.emplace_back();
    service.service_name = name;
    service.ns = ns;
    service.tags.assign(all.begin(), all.end());
  }
  return out;
}

std::set<std::string> namespaces_on(const state::Snapshot& snapshot, const model::NodeId& node) {
  std::set<std::string> out;
  for (const auto& entry : snapshot.allocs_of_node(node)) {
    if (!entry.value->client_terminal()) out.insert(std::string(entry.value->ns));
  }
  return out;
}

}  // namespace

void ServiceWatches::set(const model::NodeId& node, const rpc::WatchServices& wanted, const state::Snapshot& snapshot) {
  const auto known = queries_.find(node);
  const auto before = known == queries_.end() ? std::set<rpc::ServiceQuery>() : known->second;
  const auto allowed = namespaces_on(snapshot, node);
  std::set<rpc::ServiceQuery> now;
  for (const auto& query : wanted.queries) {
    if (now.size() < rpc::kMaxWatchedServices && allowed.contains(query.ns)) now.insert(query);
  }
  std::set<rpc::ServiceQuery> untold;
  for (const auto& query : now) {
    if (!before.contains(query) || waiting_.contains({query, node})) untold.insert(query);
  }
  forget(node);
  for (const auto& query : now) nodes_[query].insert(node);
  for (const auto& query : untold) waiting_.emplace(query, node);
  if (!now.empty()) queries_[node] = std::move(now);
}

void ServiceWatches::forget(const model::NodeId& node) {
  const auto found = queries_.find(node);
  if (found == queries_.end()) return;
  for (const auto& query : found->second) {
    waiting_.erase({query, node});
    auto& nodes = nodes_[query];
    nodes.erase(node);
    if (nodes.empty()) nodes_.erase(query);
  }
  queries_.erase(found);
}

void ServiceWatches::note(const RowChange<ServiceRegistration>& change) {
  if (nodes_.empty() || same_offer(change)) return;
  const auto mark = [&](const rpc::ServiceQuery& query) {
    const auto found = nodes_.find(query);
    if (found == nodes_.end()) return;
    for (const auto& node : found->second) waiting_.emplace(query, node);
  };
  for (const auto& row : {change.before, change.after}) {
    if (!row) continue;
    mark({.ns = row->ns, .name = row->service_name});
    mark({.ns = row->ns, .name = ""});
  }
}

std::vector<ServiceWatches::Answer> ServiceWatches::next(const state::Snapshot& snapshot) {
  std::vector<Answer> out;
  std::optional<rpc::Services> answer;
  while (!waiting_.empty() && out.size() < kMostAtOnce) {
    const auto [query, node] = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    // In order of queries: one answer serves all nodes that wait for it.
    if (!answer || answer->query != query) {
      answer =
          rpc::Services{.query = query,
                        .instances = query.name.empty() ? names_of(snapshot, query.ns) : instances_of(snapshot, query)};
    }
    out.emplace_back(node, *answer);
  }
  return out;
}

}  // namespace drover::server
