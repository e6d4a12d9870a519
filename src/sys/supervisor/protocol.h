#pragma once

#include <stdint.h>

// What the agent hands to the supervisor program: one block of memory (a memfd) and descriptors at fixed numbers. Both
// sides are built together, so there are no versions. Plain C types: the supervisor has no library.
namespace drover::sys::supervisor {

inline constexpr uint32_t kMagic = 0x50535244;
inline constexpr uint32_t kMaxTaskName = 200;  // Leaves room for ".stdout.4294967295" in a file name.

// Descriptors of the supervisor at its start; 0, 1 and 2 are /dev/null.
enum SpecFd : int {
  kSpecFd = 3,
  kReportFd,   // Pipe: one StartReport.
  kLogFd,      // Directory of the log files.
  kStateFd,    // Directory of the pid and exit records.
  kCwdFd,      // Directory the task starts in.
  kOomFd,      // File with a line "oom_kill N", or /dev/null.
  kCgroup2Fd,  // Directory of a v2 cgroup that the task is born in, or /dev/null.
  kLockFd,     // Locked, and held until the task has started: see SupervisorSpec::state_dir.
  kCgroupFd,   // cgroup.procs files to join: `cgroup_count` descriptors from here on.
};

enum class Stage : uint32_t { Started, Setup, Fork, Cgroup, Limits, Cwd, User, Record, Exec, Launch };

struct StartReport {
  Stage stage = Stage::Setup;  // Started, or what failed.
  int32_t error = 0;           // errno of it; of Launch: the exit status of the launcher.
  int32_t task_pid = 0;
  uint64_t task_start_time = 0;
};

struct Limit {
  uint32_t resource = 0;
  uint32_t padding = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

// Starts the block. Texts are offsets of NUL-terminated strings in the block; lists are offsets of arrays.
struct SpecHeader {
  uint32_t magic = kMagic;
  uint32_t size = 0;  // Of the whole block.
  uint32_t task_name = 0;
  uint32_t launched_pid_file = 0;  // If has_launcher: its name in the state directory.
  uint32_t boot_id = 0;
  uint32_t executable = 0;
  uint32_t argv = 0;  // uint32_t offsets.
  uint32_t argv_count = 0;
  uint32_t env = 0;  // uint32_t offsets.
  uint32_t env_count = 0;
  uint32_t groups = 0;  // uint32_t ids.
  uint32_t group_count = 0;
  uint32_t limits = 0;  // Limit, 8-byte aligned.
  uint32_t limit_count = 0;
  uint32_t cgroup_count = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  int32_t oom_score_adj = 0;
  uint32_t max_files = 0;
  uint64_t max_file_bytes = 0;
  bool has_user = false;
  bool has_oom_score_adj = false;
  bool has_cgroup2 = false;
  bool no_new_privileges = false;
  bool has_launcher =
      false;           // The program starts the task in the background and ends; see SupervisorSpec::launched_pid_file.
  StartReport report;  // Written by the child of the supervisor, which shares this memory until it executes.
};

}  // namespace drover::sys::supervisor
