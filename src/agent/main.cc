#include "agent/agent_command.h"
#include "agent/simulate.h"
#include "cli/cli.h"

int main(int argc, char** argv) {
  using namespace drover;
  return cli::run(argc, argv, cli::process_environment(DROVER_VERSION, agent::run_agent, agent::simulate));
}
