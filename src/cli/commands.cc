#include "cli/commands.h"

#include <algorithm>

namespace drover::cli {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = [] {
    std::vector<Command> commands = {
        agent_info_command(),
        alloc_exec_command(),
        alloc_fs_command(),
        alloc_logs_command(),
        alloc_restart_command(),
        alloc_signal_command(),
        alloc_status_command(),
        alloc_stop_command(),
        asset_evict_command(),
        asset_list_command(),
        asset_prefetch_command(),
        deployment_fail_command(),
        deployment_list_command(),
        deployment_pause_command(),
        deployment_promote_command(),
        deployment_resume_command(),
        deployment_status_command(),
        deployment_unblock_command(),
        eval_list_command(),
        eval_status_command(),
        fmt_command(),
        job_allocs_command(),
        job_convert_command(),
        job_deployments_command(),
        job_dispatch_command(),
        job_eval_command(),
        job_explain_command(),
        job_extend_command(),
        job_get_command(),
        job_list_command(),
        job_history_command(),
        job_init_command(),
        job_inspect_command(),
        job_periodic_force_command(),
        job_plan_command(),
        job_promote_command(),
        job_revert_command(),
        job_run_command(),
        job_scale_command(),
        job_scaling_events_command(),
        job_schema_command(),
        job_status_command(),
        job_stop_command(),
        job_validate_command(),
        job_post_command(),
        market_create_command(),
        market_delete_command(),
        market_get_command(),
        market_list_command(),
        market_queue_command(),
        node_drain_command(),
        node_eligibility_command(),
        node_status_command(),
        operator_scheduler_get_config_command(),
        operator_scheduler_set_config_command(),
        operator_simulate_command(),
        scaling_policy_info_command(),
        scaling_policy_list_command(),
        server_members_command(),
        service_info_command(),
        service_list_command(),
        status_command(),
        system_gc_command(),
        system_reconcile_summaries_command(),
        version_command(),
    };
    std::ranges::sort(commands, {}, &Command::name);
    return commands;
  }();
  return kCommands;
}

const std::vector<Alias>& all_aliases() {
  static const std::vector<Alias> kAliases = {
      {"alloc-status", "alloc status"},
      {"exec", "alloc exec"},
      {"eval-status", "eval status"},
      {"fs", "alloc fs"},
      {"init", "job init"},
      {"inspect", "job inspect"},
      {"logs", "alloc logs"},
      {"node-drain", "node drain"},
      {"node-status", "node status"},
      {"node view", "node status"},
      {"plan", "job plan"},
      {"run", "job run"},
      {"server-members", "server members"},
      {"stop", "job stop"},
      {"validate", "job validate"},
  };
  return kAliases;
}

}  // namespace drover::cli
