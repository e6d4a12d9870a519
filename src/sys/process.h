#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sys/fd.h"
#include "sys/users.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace drover::sys {

// Names one process for ever: its number and when it started (clock ticks since boot, field 22 of /proc/pid/stat). A
// number alone may belong to another program by now. Across a reboot it has to be compared with the boot id, too.
struct ProcessId {
  pid_t pid = 0;
  uint64_t start_time = 0;

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

// A process and a descriptor of it: readable once it is gone, and safe to signal.
struct Process {
  ProcessId id;
  Fd pidfd;
};

struct ExitStatus {
  int code = 0;    // Of exit(); 0 if it died of a signal.
  int signal = 0;  // 0 if it exited.

  bool ok() const { return code == 0 && signal == 0; }
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

Result<uint64_t> process_start_time(pid_t pid);
// Runs (or is a zombie) and is the same process, not another one that got its number.
bool is_same_process(ProcessId id);
// NotFound if the process is gone or its number belongs to another one.
Result<Process> open_process(ProcessId id);
// Through the pidfd: never reaches another process. NotFound if it is gone.
Status send_signal(const Process& process, int signal);

// All descendants of `root` at this moment (not `root` itself), parents first.
std::vector<ProcessId> list_descendants(pid_t root);

// The limits a process starts with: {RLIMIT_NOFILE, soft, hard}.
struct ResourceLimit {
  int resource = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

struct SpawnSpec {
  std::string executable;  // A path; see find_executable for a name.
  int executable_fd = -1;  // Runs this file instead; `executable` is its name in errors.
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"; nothing is inherited.
  std::string cwd;               // The caller's own if empty.
  // Descriptors of the caller; -1 is /dev/null. Nothing else is inherited but `extra_fds`, which become 3, 4, ….
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  std::vector<int> extra_fds;
  std::optional<User> user;
  std::vector<std::string> cgroup_procs;  // cgroup.procs files that the process joins before it runs anything.
  std::string netns;                      // A file of the network namespace that it joins; "": the caller's own.
  std::vector<ResourceLimit> limits;
  bool new_session = true;
  bool controlling_terminal = false;  // stdin becomes the terminal of the new session.
};

// Starts a child of this process; when it returns the program has been executed, or the error says why not ("exec
// /bin/x: no such file or directory"). Signal mask and handlers are reset. The caller reaps it with try_wait or wait.
Result<Process> spawn(const SpawnSpec& spec);

// Reaps a child: nothing while it runs. REQUIRES a Process from spawn that has not been reaped.
Result<std::optional<ExitStatus>> try_wait(const Process& process);
// Nothing if it still runs after `timeout` (negative: waits for ever).
Result<std::optional<ExitStatus>> wait(const Process& process, Duration timeout);

// The file that a shell would run: `name` itself if it has a slash, else the first executable of it in `search_path`
// ("/usr/bin:/bin"). Relative names with a slash start at `cwd`.
Result<std::string> find_executable(const std::string& name, const std::string& search_path, const std::string& cwd);

}  // namespace drover::sys
