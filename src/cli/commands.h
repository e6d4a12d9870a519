#pragma once

#include "cli/command.h"

#include <string_view>
#include <utility>
#include <vector>

namespace drover::cli {

// One definition a file, in the file of its name.
Command agent_info_command();
Command alloc_fs_command();
Command alloc_logs_command();
Command alloc_status_command();
Command eval_status_command();
Command fmt_command();
Command job_allocs_command();
Command job_convert_command();
Command job_init_command();
Command job_inspect_command();
Command job_plan_command();
Command job_run_command();
Command job_schema_command();
Command job_status_command();
Command job_stop_command();
Command job_validate_command();
Command node_eligibility_command();
Command node_status_command();
Command server_members_command();
Command service_info_command();
Command service_list_command();
Command status_command();
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
