#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace drover::assets {

struct SandboxOptions {
  bool isolate = true;      // the file system read-only but for the working directory
  uint64_t file_bytes = 0;  // of the largest file; 0: no limit
};

// The user that downloads run as where the agent is root: "nobody".
struct Unprivileged {
  uint32_t uid = 65534;
  uint32_t gid = 65534;
};
Unprivileged unprivileged_user();

// Gives this process up to what it is about to read from the network: as root it becomes nobody, in a mount namespace
// where only `work` (a descriptor of a directory that nobody owns) can be written, at a path that nobody can reach; no
// new privileges, Landlock where the kernel has it, limits on files and processes, and it dies with its parent. For
// good. The path of the working directory. REQUIRES a process of one thread.
Result<std::string> enter_sandbox(int work, const SandboxOptions& options);

}  // namespace drover::assets
