#pragma once

#include "cli/command.h"

#include <string_view>
#include <utility>
#include <vector>

namespace drover::cli {

// Each in the file of its name, or with its siblings in that of their kind (deployment_changes.cc, system.cc, …).
Command agent_info_command();
Command alloc_exec_command();
Command alloc_fs_command();
Command alloc_logs_command();
Command alloc_restart_command();
Command alloc_signal_command();
Command alloc_status_command();
Command alloc_stop_command();
Command asset_evict_command();
Command asset_list_command();
Command asset_prefetch_command();
Command deployment_fail_command();
Command deployment_list_command();
Command deployment_pause_command();
Command deployment_promote_command();
Command deployment_resume_command();
Command deployment_status_command();
Command deployment_unblock_command();
Command eval_list_command();
Command eval_status_command();
Command fmt_command();
Command job_allocs_command();
Command job_convert_command();
Command job_deployments_command();
Command job_dispatch_command();
Command job_eval_command();
Command job_explain_command();
Command job_extend_command();
Command job_get_command();
Command job_list_command();
Command job_history_command();
Command job_init_command();
Command job_inspect_command();
Command job_periodic_force_command();
Command job_plan_command();
Command job_promote_command();
Command job_revert_command();
Command job_run_command();
Command job_scale_command();
Command job_scaling_events_command();
Command job_schema_command();
Command job_status_command();
Command job_stop_command();
Command job_validate_command();
Command job_post_command();
Command market_create_command();
Command market_delete_command();
Command market_get_command();
Command market_list_command();
Command market_queue_command();
Command node_drain_command();
Command node_eligibility_command();
Command node_status_command();
Command operator_scheduler_get_config_command();
Command operator_scheduler_set_config_command();
Command operator_simulate_command();
Command scaling_policy_info_command();
Command scaling_policy_list_command();
Command server_members_command();
Command service_info_command();
Command service_list_command();
Command status_command();
Command system_gc_command();
Command system_reconcile_summaries_command();
Command version_command();

// All of them, by name.
const std::vector<Command>& all_commands();

// Other names: Nomad's top-level shortcuts and the dashed names of its older versions.
struct Alias {
  std::string_view name;
  std::string_view target;
};
const std::vector<Alias>& all_aliases();

}  // namespace drover::cli
