#pragma once

#include "api/routes.h"

// The handlers of all routes, by the file that they are in.
namespace drover::api {

// jobs.cc
Result<Answer> list_jobs(const Request& request, const SnapshotPtr& snapshot);
Result<Write> register_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Answer> validate_job(const Request& request, Context& context);
Result<Answer> plan_job(const Request& request, Context& context);

// parse.cc
Result<Answer> parse_job(const Request& request, Context& context);

// job.cc
Result<Answer> get_job(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_job_summary(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_job_versions(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_job_allocations(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_job_evaluations(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_job_deployments(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_job_deployment(const Request& request, const SnapshotPtr& snapshot);
std::optional<uint64_t> job_index(const Request& request, const state::Snapshot& snapshot);
std::optional<uint64_t> job_summary_index(const Request& request, const state::Snapshot& snapshot);

// job_changes.cc
Result<Write> stop_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> evaluate_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> revert_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> set_job_stability(const Request& request, Context& context, const state::Snapshot& snapshot);

// job_launch.cc
Result<Write> dispatch_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> force_periodic_job(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Answer> explain_job(const Request& request, Context& context);

// job_scale.cc
Result<Answer> get_job_scale(const Request& request, const SnapshotPtr& snapshot);
Result<Write> scale_job(const Request& request, Context& context, const state::Snapshot& snapshot);

// scaling.cc
Result<Answer> list_scaling_policies(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_scaling_policy(const Request& request, const SnapshotPtr& snapshot);

// deployments.cc
Result<Answer> list_deployments(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_deployment(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_deployment_allocations(const Request& request, const SnapshotPtr& snapshot);
std::optional<uint64_t> deployment_index(const Request& request, const state::Snapshot& snapshot);

// deployment_changes.cc
Result<Write> fail_deployment(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> pause_deployment(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> promote_deployment(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> set_allocation_health(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> unblock_deployment(const Request& request, Context& context, const state::Snapshot& snapshot);

// search.cc, search_fuzzy.cc
Result<Answer> search_prefix(const Request& request, Context& context);
Result<Answer> search_fuzzy(const Request& request, Context& context);

// event_stream.cc
Result<std::unique_ptr<net::BodyStream>> stream_events(const Request& request, Context& context);

// system.cc
net::Task<Result<Answer>> collect_garbage(Request request, Context& context);
Result<Answer> reconcile_summaries(const Request& request, Context& context);

// operator.cc
Result<Answer> get_scheduler_config(const Request& request, const SnapshotPtr& snapshot);
net::Task<Result<Answer>> set_scheduler_config(Request request, Context& context);

// allocations.cc
Result<Answer> list_allocations(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_allocation(const Request& request, const SnapshotPtr& snapshot);
Result<Write> stop_allocation(const Request& request, Context& context, const state::Snapshot& snapshot);
std::optional<uint64_t> allocation_index(const Request& request, const state::Snapshot& snapshot);

// evaluations.cc
Result<Answer> list_evaluations(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_evaluation(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_evaluation_allocations(const Request& request, const SnapshotPtr& snapshot);
std::optional<uint64_t> evaluation_index(const Request& request, const state::Snapshot& snapshot);

// nodes.cc
Result<Answer> list_nodes(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_node(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> list_node_allocations(const Request& request, const SnapshotPtr& snapshot);
std::optional<uint64_t> node_index(const Request& request, const state::Snapshot& snapshot);

// node_changes.cc
Result<Write> set_node_eligibility(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> drain_node(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> evaluate_node(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> purge_node(const Request& request, Context& context, const state::Snapshot& snapshot);

// services.cc
Result<Answer> list_services(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_service(const Request& request, const SnapshotPtr& snapshot);

// markets.cc
Result<Answer> list_markets(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_market(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_required_resources(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_market_queue(const Request& request, const SnapshotPtr& snapshot);
Result<Answer> get_job_queue(const Request& request, const SnapshotPtr& snapshot);
Result<Write> put_market(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> delete_market(const Request& request, Context& context, const state::Snapshot& snapshot);
Result<Write> extend_job(const Request& request, Context& context, const state::Snapshot& snapshot);

// endpoints.cc
Result<Answer> find_route(const Request& request, Context& context);
Result<Answer> get_job_endpoints(const Request& request, Context& context);

// client.cc
Result<rpc::CallRequest> call_fs_list(const Request& request);
Result<rpc::CallRequest> call_fs_stat(const Request& request);
Result<rpc::CallRequest> call_fs_cat(const Request& request);
Result<rpc::CallRequest> call_fs_read_at(const Request& request);
Result<rpc::CallRequest> call_fs_stream(const Request& request);
Result<rpc::CallRequest> call_fs_logs(const Request& request);
Result<rpc::CallRequest> call_host_stats(const Request& request);
Result<rpc::CallRequest> call_node_info(const Request& request);
Result<rpc::CallRequest> call_alloc_stats(const Request& request);
Result<rpc::CallRequest> call_alloc_snapshot(const Request& request);
Result<rpc::CallRequest> call_alloc_collect(const Request& request);
Result<rpc::CallRequest> call_allocs_collect(const Request& request);
Result<rpc::CallRequest> call_asset_list(const Request& request);
Result<rpc::CallRequest> call_asset_prefetch(const Request& request);
Result<rpc::CallRequest> call_asset_evict(const Request& request);

// alloc_actions.cc
Result<rpc::CallRequest> call_alloc_restart(const Request& request);
Result<rpc::CallRequest> call_alloc_signal(const Request& request);
Result<rpc::CallRequest> call_alloc_exec(const Request& request);

// agent.cc
Result<Answer> agent_self(const Request& request, Context& context);
Result<Answer> agent_health(const Request& request, Context& context);
Result<Answer> agent_members(const Request& request, Context& context);
Result<Answer> status_leader(const Request& request, Context& context);
Result<Answer> status_peers(const Request& request, Context& context);
Result<Answer> list_regions(const Request& request, Context& context);

// metrics.cc
Result<Answer> metrics(const Request& request, Context& context);

}  // namespace drover::api
