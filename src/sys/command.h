#pragma once

#include "sys/process.h"

namespace drover::sys {

struct CommandLimits {
  Duration timeout = std::chrono::seconds(30);
  size_t output_bytes = 64 << 10;  // Kept of each stream; what comes after is read and dropped.
};

struct CommandOutput {
  ExitStatus status;
  std::string out;
  std::string err;
  bool truncated = false;
};

// Runs a command to its end and collects what it prints; of the stdio descriptors of `spec` only stdin counts. After `timeout`
// its whole process group is killed and the error is DeadlineExceeded. Blocks: never on a loop.
Result<CommandOutput> run_command(SpawnSpec spec, CommandLimits limits = {});

// Short form: argv[0] is looked up in PATH of /usr/local/sbin … /bin, empty environment but for PATH.
Result<CommandOutput> run_command(std::vector<std::string> argv, CommandLimits limits = {});

}  // namespace drover::sys
