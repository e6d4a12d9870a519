#include "agent/agent_command.h"
#include "agent/simulate.h"
#include "assets/helper.h"
#include "cli/cli.h"

#include <string_view>

int main(int argc, char** argv) {
  using namespace drover;
  if (argc == 2 && std::string_view(argv[1]) == assets::kHelperArgument) return assets::run_helper();
  if (argc == 2 && std::string_view(argv[1]) == assets::kAssetHelperArgument) return assets::run_asset_helper();
  return cli::run(argc, argv, cli::process_environment(DROVER_VERSION, agent::run_agent, agent::simulate));
}
