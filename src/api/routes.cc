#include "api/routes.h"

#include <algorithm>

#include "api/confidential.h"
#include "api/flow_socket.h"
#include "api/handlers.h"
#include "api/nosana.h"
#include "api/nosana_actions.h"

namespace drover::api {
namespace {

using enum Capability;
using state::Table;
using state::TableSet;

constexpr Method kGet = Method::Get, kPut = Method::Put, kDelete = Method::Delete;

constexpr TableSet kJobs = {Table::Jobs};
constexpr TableSet kJobSummaries = {Table::Jobs, Table::Allocations, Table::Evaluations};
constexpr TableSet kEvals = {Table::Evaluations};
constexpr TableSet kAllocs = {Table::Allocations};
constexpr TableSet kNodes = {Table::Nodes};
constexpr TableSet kServices = {Table::Services};
constexpr TableSet kDeployments = {Table::Deployments};
constexpr TableSet kScales = {Table::Jobs, Table::Allocations, Table::ScalingEvents};
constexpr TableSet kMarkets = {Table::Markets};
constexpr TableSet kQueues = {Table::Markets, Table::Jobs, Table::Evaluations};
constexpr TableSet kSchedulerConfig = {Table::SchedulerConfig};

constexpr Route kRoutes[] = {
    {kGet, "/v1/jobs", &list_jobs, ListJobs, kJobSummaries},
    {kPut, "/v1/jobs", &register_job, SubmitJob},
    {kPut, "/v1/jobs/parse", &parse_job, None, {}, nullptr, Scope::Agent},
    {kPut, "/v1/validate/job", &validate_job, ReadJob, {}, nullptr, Scope::Agent},

    {kGet, "/v1/job/*/allocations", &list_job_allocations, ReadJob, kAllocs},
    {kGet, "/v1/job/*/evaluations", &list_job_evaluations, ReadJob, kEvals},
    {kGet, "/v1/job/*/summary", &get_job_summary, ReadJob, kJobSummaries, &job_summary_index},
    {kGet, "/v1/job/*/flow", &get_flow_state, ReadLogs, kAllocs},
    {kGet, "/v1/job/*/versions", &get_job_versions, ReadJob, kJobs, &job_index},
    {kGet, "/v1/job/*/deployments", &list_job_deployments, ReadJob, kDeployments},
    {kGet, "/v1/job/*/deployment", &get_job_deployment, ReadJob, kDeployments},
    {kGet, "/v1/job/*/explain", &explain_job, ReadJob},
    {kGet, "/v1/job/*/queue", &get_job_queue, ReadJob, kQueues},
    {kPut, "/v1/job/*/extend", &extend_job, SubmitJob},
    {kGet, "/v1/job/*/endpoints", &get_job_endpoints, ReadJob},
    {kPut, "/v1/job/*/plan", &plan_job, SubmitJob},
    {kPut, "/v1/job/*/evaluate", &evaluate_job, SubmitJob},
    {kPut, "/v1/job/*/revert", &revert_job, SubmitJob},
    {kPut, "/v1/job/*/stable", &set_job_stability, SubmitJob},
    {kPut, "/v1/job/*/dispatch", &dispatch_job, DispatchJob},
    {kPut, "/v1/job/*/periodic/force", &force_periodic_job, DispatchJob},
    {kGet, "/v1/job/*/scale", &get_job_scale, ReadScaling, kScales},
    {kPut, "/v1/job/*/scale", &scale_job, ScaleJob},
    {kGet, "/v1/job/*", &get_job, ReadJob, kJobs, &job_index},
    {kPut, "/v1/job/*", &register_job, SubmitJob},
    {kDelete, "/v1/job/*", &stop_job, SubmitJob},

    {kGet, "/v1/allocations", &list_allocations, ReadJob, kAllocs},
    {kPut, "/v1/allocation/:/stop", &stop_allocation, AllocLifecycle},
    {kGet, "/v1/allocation/:", &get_allocation, ReadJob, kAllocs, &allocation_index},

    {kGet, "/v1/evaluations", &list_evaluations, ReadJob, kEvals},
    {kGet, "/v1/evaluation/:/allocations", &list_evaluation_allocations, ReadJob, kAllocs},
    {kGet, "/v1/evaluation/:", &get_evaluation, ReadJob, kEvals, &evaluation_index},

    {kGet, "/v1/deployments", &list_deployments, ReadJob, kDeployments},
    {kGet, "/v1/deployment/allocations/:", &list_deployment_allocations, ReadJob, kAllocs},
    {kPut, "/v1/deployment/fail/:", &fail_deployment, SubmitJob},
    {kPut, "/v1/deployment/pause/:", &pause_deployment, SubmitJob},
    {kPut, "/v1/deployment/promote/:", &promote_deployment, SubmitJob},
    {kPut, "/v1/deployment/allocation-health/:", &set_allocation_health, SubmitJob},
    {kPut, "/v1/deployment/unblock/:", &unblock_deployment, SubmitJob},
    {kGet, "/v1/deployment/:", &get_deployment, ReadJob, kDeployments, &deployment_index},

    {kGet, "/v1/scaling/policies", &list_scaling_policies, ReadScaling, kJobs},
    {kGet, "/v1/scaling/policy/:", &get_scaling_policy, ReadScaling, kJobs},

    {kPut, "/v1/search", &search_prefix, ReadJob},
    {kPut, "/v1/search/fuzzy", &search_fuzzy, ReadJob},
    {kGet, "/v1/event/stream", &stream_events, Management},

    {kGet, "/v1/nodes", &list_nodes, NodeRead, kNodes},
    {kGet, "/v1/node/:/allocations", &list_node_allocations, NodeRead, kAllocs},
    {kPut, "/v1/node/:/eligibility", &set_node_eligibility, NodeWrite},
    {kPut, "/v1/node/:/drain", &drain_node, NodeWrite},
    {kPut, "/v1/node/:/evaluate", &evaluate_node, NodeWrite},
    {kPut, "/v1/node/:/purge", &purge_node, NodeWrite},
    {kGet, "/v1/node/:", &get_node, NodeRead, kNodes, &node_index},

    {kGet, "/v1/services", &list_services, ReadJob, kServices},
    {kGet, "/v1/service/:", &get_service, ReadJob, kServices},

    {kGet, "/v1/markets", &list_markets, NodeRead, kMarkets},
    {kPut, "/v1/markets", &put_market, OperatorWrite},
    {kGet, "/v1/market/:/queue", &get_market_queue, ReadJob, kQueues},
    {kGet, "/v1/market/:", &get_market, NodeRead, kMarkets},
    {kPut, "/v1/market/:", &put_market, OperatorWrite},
    {kDelete, "/v1/market/:", &delete_market, OperatorWrite},

    {kGet, "/", SocketHandler{&converse_about_flow, &get_node_address}, ReadLogs, {}, nullptr, Scope::Agent},
    {kGet, "/log", SocketHandler{&converse_about_flow}, ReadLogs, {}, nullptr, Scope::Agent},
    {kGet, "/flog", SocketHandler{&converse_about_flow}, ReadLogs, {}, nullptr, Scope::Agent},
    {kGet, "/status", SocketHandler{&converse_about_flow}, ReadLogs, {}, nullptr, Scope::Agent},
    {kGet, "/job/*/endpoints", &get_job_endpoints, ReadJob},
    {kGet, "/job/*/info", &stream_flow, ReadJob},
    {kGet, "/job/*/results", &get_job_results, ReadLogs},
    {kGet, "/job/*/job-definition", &get_job_definition, ReadJob},
    {kPut, "/job/*/job-definition", &deliver_definition, SubmitJob},
    {kGet, "/job/*/ops/:", &get_flow_operation, ReadJob},
    {kGet, "/job/*/ops", &get_flow_operations, ReadJob},
    {kGet, "/job/*/group/:", &get_flow_group, ReadJob},
    {kPut, "/job/*/group/:/operation/:/stop", &stop_operation, AllocLifecycle},
    {kPut, "/job/*/group/:/operation/:/restart", &restart_operation, AllocLifecycle},
    {kPut, "/job/*/group/:/stop", &stop_operation_group, AllocLifecycle},
    {kPut, "/job/*/group/:/restart", &restart_operation_group, AllocLifecycle},
    {kPut, "/job/*/group/:/move", &move_to_operation_group, AllocLifecycle},
    {kPut, "/job/*/stop", &stop_job, SubmitJob},
    {kGet, "/node/info", &call_node_info, NodeRead, {}, nullptr, Scope::Agent},

    {kGet, "/api/markets", &list_markets, NodeRead, kMarkets},
    {kGet, "/api/markets/", &list_markets, NodeRead, kMarkets},
    {kGet, "/api/markets/:/required-resources", &get_required_resources, NodeRead, kMarkets},
    {kGet, "/api/markets/:", &get_market, NodeRead, kMarkets},

    {kGet, "/v1/expose/route/:", &find_route, NodeRead},

    {kGet, "/v1/client/fs/ls/:", &call_fs_list, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/fs/stat/:", &call_fs_stat, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/fs/cat/:", &call_fs_cat, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/fs/readat/:", &call_fs_read_at, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/fs/stream/:", &call_fs_stream, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/fs/logs/:", &call_fs_logs, ReadLogs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/stats", &call_host_stats, NodeRead, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/assets", &call_asset_list, NodeRead, {}, nullptr, Scope::Agent},
    {kPut, "/v1/client/assets/prefetch", &call_asset_prefetch, NodeWrite, {}, nullptr, Scope::Agent},
    {kPut, "/v1/client/assets/evict", &call_asset_evict, NodeWrite, {}, nullptr, Scope::Agent},
    {kPut, "/v1/client/allocation/:/restart", &call_alloc_restart, AllocLifecycle, {}, nullptr, Scope::Agent},
    {kPut, "/v1/client/allocation/:/signal", &call_alloc_signal, AllocLifecycle, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/allocation/:/exec", SessionHandler{&call_alloc_exec}, AllocExec, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/allocation/:/stats", &call_alloc_stats, ReadJob, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/allocation/:/snapshot", &call_alloc_snapshot, ReadFs, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/allocation/:/gc", &call_alloc_collect, SubmitJob, {}, nullptr, Scope::Agent},
    {kGet, "/v1/client/gc", &call_allocs_collect, NodeWrite, {}, nullptr, Scope::Agent},

    {kPut, "/v1/system/gc", &collect_garbage, Management},
    {kPut, "/v1/system/reconcile/summaries", &reconcile_summaries, Management},
    {kGet, "/v1/operator/scheduler/configuration", &get_scheduler_config, OperatorRead, kSchedulerConfig},
    {kPut, "/v1/operator/scheduler/configuration", &set_scheduler_config, OperatorWrite},

    {kGet, "/v1/agent/self", &agent_self, AgentRead, {}, nullptr, Scope::Agent},
    {kGet, "/v1/agent/health", &agent_health, None, {}, nullptr, Scope::Agent},
    {kGet, "/v1/agent/members", &agent_members, NodeRead},
    {kGet, "/v1/status/leader", &status_leader},
    {kGet, "/v1/status/peers", &status_peers},
    {kGet, "/v1/regions", &list_regions},
    {kGet, "/v1/metrics", &metrics, None, {}, nullptr, Scope::Agent},
};

// Whether the pattern is the path's; adds what its `*` and `:` stand for. The first of several takes as much as it can.
bool match(std::string_view pattern, std::string_view path, std::vector<std::string_view>& holes) {
  const size_t hole = pattern.find_first_of("*:");
  if (hole == std::string_view::npos) return pattern == path;
  if (!path.starts_with(pattern.substr(0, hole))) return false;
  const std::string_view after = pattern.substr(hole + 1), rest = path.substr(hole);
  const auto stands_for = [&](size_t length) {
    const std::string_view text = rest.substr(0, length);
    if (text.empty() || (pattern[hole] == ':' && text.find('/') != std::string_view::npos)) return false;
    holes.push_back(text);
    if (match(after, rest.substr(length), holes)) return true;
    holes.pop_back();
    return false;
  };
  if (after.find_first_of("*:") == std::string_view::npos) {
    return rest.ends_with(after) && stands_for(rest.size() - after.size());
  }
  for (size_t length = rest.size(); length > 0; --length) {
    if (stands_for(length)) return true;
  }
  return false;
}

Result<std::vector<std::string>> decode_all(const std::vector<std::string_view>& holes) {
  std::vector<std::string> out;
  for (const std::string_view hole : holes) {
    TRY_LET(std::string text, net::url_decode(hole));
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

const Route* RouteMatch::find(std::string_view http_method) const {
  std::optional<Method> method;
  if (http_method == "GET" || http_method == "HEAD") method = Method::Get;
  if (http_method == "PUT" || http_method == "POST") method = Method::Put;
  if (http_method == "DELETE") method = Method::Delete;
  for (const Route& route : rows) {
    if (route.method == method) return &route;
  }
  return nullptr;
}

std::string RouteMatch::allowed() const {
  std::string allowed;
  for (const Route& route : rows) {
    if (route.method == Method::Get) allowed += "GET, HEAD, ";
    if (route.method == Method::Put) allowed += "PUT, POST, ";
    if (route.method == Method::Delete) allowed += "DELETE, ";
  }
  return allowed + "OPTIONS";
}

std::optional<RouteMatch> match_route(std::string_view raw_path) {
  const std::span<const Route> all = kRoutes;
  std::vector<std::string_view> holes;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!match(all[i].pattern, raw_path, holes)) continue;
    auto decoded = decode_all(holes);
    if (!decoded) return std::nullopt;
    size_t end = i + 1;
    while (end < all.size() && all[end].pattern == all[i].pattern) ++end;
    RouteMatch found{.rows = all.subspan(i, end - i)};
    if (decoded->empty()) return found;
    found.id = std::move(decoded->front());
    found.more.assign(decoded->begin() + 1, decoded->end());
    return found;
  }
  return std::nullopt;
}

}  // namespace drover::api
