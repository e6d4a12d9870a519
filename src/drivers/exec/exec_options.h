#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::drivers {

// What a task has without asking: Docker's set without raw sockets (case 59).
std::vector<std::string> default_exec_capabilities();

// Host path → path in the task, both absolute.
std::map<std::string, std::string> default_chroot_env();

// What the operator of a node allows and sets for exec and java: the agent's plugin "exec" block and client.chroot_env.
struct ExecOptions {
  std::map<std::string, std::string> chroot_env = default_chroot_env();
  std::vector<std::string> allow_caps = default_exec_capabilities();
  std::vector<std::string> allow_host_modes;  // Of "pid", "ipc".
  std::string default_pid_mode = "private";
  std::string default_ipc_mode = "private";
  bool no_pivot_root = false;  // For hosts that run from a ramdisk.
  uint64_t pids_limit = 4096;  // Processes and threads of a task; 0: no limit.
};

// Whose programs may not be run by which drivers: client options user.denylist and user.checked_drivers.
struct UserPolicy {
  std::vector<std::string> denied = {"root", "Administrator"};
  std::vector<std::string> checked_drivers = {"exec", "java", "qemu"};
};

}  // namespace drover::drivers
