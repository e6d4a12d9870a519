#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sys/process.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Each task runs under a tiny process of its own, the supervisor, which outlives the agent: it writes the task's output
// to rotated log files and the exit status to a file. The program is embedded in this one and run from memory.
namespace drover::sys {

// How long a start takes at most.
inline constexpr Duration kStartTimeout = std::chrono::seconds(20);

struct SupervisorSpec {
  std::string title;      // Shown by ps: "drover-supervise <title>", e.g. "1a2b3c4d/web".
  std::string task_name;  // Base of all file names; one path component.
  std::string executable;
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"; nothing is inherited. Never visible in ps.
  std::string cwd;
  std::optional<User> user;
  std::string log_dir;  // Gets <task>.stdout.N and <task>.stderr.N.
  // Gets <task>.pid and <task>.exit, and <task>.lock, which is locked while the task is being started, so that an agent
  // that follows one that died meanwhile does not start it twice. Not writable by the task.
  std::string state_dir;
  uint32_t max_files = 10;
  uint64_t max_file_bytes = 10 << 20;
  std::vector<std::string> cgroup_procs;  // CgroupManager::procs_files; only the task joins them.
  std::string oom_file;                   // CgroupManager::oom_file.
  std::string netns;                      // A file of the network namespace that both join; "": the caller's own.
  std::vector<ResourceLimit> limits;
  std::optional<int> oom_score_adj;
  bool no_new_privileges = false;
  // Not empty: the program is a launcher, such as an OCI runtime: it starts the task as its own child, writes the
  // task's number into this file of the state directory, and exits with 0. The task has the same standard streams and
  // is, from then on, the supervisor's.
  std::string launched_pid_file;
};

// Everything that is needed to find a task again, also after a restart of the agent or of the machine. Plain data: keep
// it wherever the agent keeps its state.
struct TaskHandle {
  ProcessId supervisor;
  ProcessId task;
  std::string boot_id;
  std::string state_dir;
  std::string task_name;
};

struct TaskExit {
  ExitStatus status;
  bool oom_killed = false;
  WallTime finished_at;
  uint64_t dropped_log_bytes = 0;  // Output that could not be written, e.g. on a full disk.
};

struct SupervisedTask {
  enum class State : uint8_t {
    Running,  // `supervisor` is open; its pidfd becomes readable when the task has ended: then call finish().
    Exited,   // `exit` is set.
    Lost,     // The machine rebooted, or somebody killed the supervisor: the exit status is unknown.
  };

  TaskHandle handle;
  State state = State::Running;
  Process supervisor;
  std::optional<TaskExit> exit;
};

// Starts a task; when it returns the task's program has been executed, or the error says why not: Unavailable while
// somebody else is starting it. Takes some hundred microseconds; no thread and one descriptor (the pidfd) for each
// task.
Result<SupervisedTask> start_supervised(const SupervisorSpec& spec);

// Finds a task again from its handle. A lost task's leftover process may still run: kill_task() first.
Result<SupervisedTask> recover_task(const TaskHandle& handle);

// The handle that the supervisor itself wrote to <state_dir>/<task>.pid before it executed the task: for an agent that
// died before it could keep the handle. NotFound if there is none; Unavailable while the task is being started.
Result<TaskHandle> read_task_handle(const std::string& state_dir, const std::string& task_name);
// The same, once the start is over. Blocks for at most `patience`.
Result<TaskHandle> settle_task_handle(const std::string& state_dir, const std::string& task_name,
                                      Duration patience = kStartTimeout);

// After the supervisor's pidfd became readable: reaps it and reads the exit status; state is then Exited or Lost.
// Unavailable if it still runs.
Status finish_task(SupervisedTask& task);

// From <state_dir>/<task>.exit, if it is about this very task. NotFound if there is none.
Result<TaskExit> read_exit_status(const TaskHandle& handle);

// Removes the records of this very run, so that nobody finds it again. Idempotent.
void forget_task(const TaskHandle& handle);

// To the task's main process, or NotFound if it is gone (never to another one that has its number by now).
Status signal_task(const TaskHandle& handle, int signal);

// SIGKILL to the task and all its descendants that the supervisor knows of. For a task in a cgroup use
// CgroupManager::kill_all as well, which also gets the ones that outlive the supervisor.
Status kill_task(const TaskHandle& handle);

// SIGKILL to a process and all its descendants, also to those that are born meanwhile.
void kill_tree(ProcessId root);

}  // namespace drover::sys
