#include "cli/commands.h"

#include <algorithm>

namespace drover::cli {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = [] {
    std::vector<Command> commands = {
        agent_info_command(),     alloc_fs_command(),     alloc_logs_command(),
        alloc_status_command(),   eval_status_command(),  fmt_command(),
        job_allocs_command(),     job_convert_command(),  job_init_command(),
        job_inspect_command(),    job_plan_command(),     job_run_command(),
        job_schema_command(),     job_status_command(),   job_stop_command(),
        job_validate_command(),   node_status_command(),  node_eligibility_command(),
        server_members_command(), service_info_command(), service_list_command(),
        status_command(),         version_command(),
    };
    std::ranges::sort(commands, {}, &Command::name);
    return commands;
  }();
  return kCommands;
}

const std::vector<Alias>& all_aliases() {
  static const std::vector<Alias> kAliases = {
      {"alloc-status", "alloc status"},
      {"eval-status", "eval status"},
      {"fs", "alloc fs"},
      {"init", "job init"},
      {"inspect", "job inspect"},
      {"logs", "alloc logs"},
      {"node-status", "node status"},
      {"plan", "job plan"},
      {"run", "job run"},
      {"server-members", "server members"},
      {"stop", "job stop"},
      {"validate", "job validate"},
  };
  return kAliases;
}

}  // namespace drover::cli
