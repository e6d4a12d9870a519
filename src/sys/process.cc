#include "sys/process.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "sys/pid_descriptor.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>

namespace drover::sys {

namespace {

struct ProcStat {
  pid_t parent = 0;
  uint64_t start_time = 0;
};

// proc(5): the command name, field 2, may hold anything, so fields are counted from the last ")".
std::optional<ProcStat> parse_stat(std::string_view text) {
  const size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  const auto fields = split(text.substr(name_end + 2), ' ');  // fields[0] is field 3.
  if (fields.size() < 20) return std::nullopt;
  const auto parent = parse_int(fields[1]);
  const auto start_time = parse_uint(fields[19]);
  if (!parent || !start_time) return std::nullopt;
  return ProcStat{.parent = static_cast<pid_t>(*parent), .start_time = *start_time};
}

Result<ProcStat> read_stat(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!text) return err(ErrorCode::NotFound, "no process {}", pid);
  const auto stat = parse_stat(*text);
  if (!stat) return err(ErrorCode::Internal, "cannot understand /proc/{}/stat", pid);
  return *stat;
}

ExitStatus to_exit_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {.code = info.si_status};
  return {.signal = info.si_status};
}

bool is_executable_file(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<uint64_t> process_start_time(pid_t pid) {
  TRY_LET(const ProcStat stat, read_stat(pid));
  return stat.start_time;
}

bool is_same_process(ProcessId id) {
  if (id.pid <= 0) return false;
  const auto start_time = process_start_time(id.pid);
  return start_time && *start_time == id.start_time;
}

Result<Process> open_process(ProcessId id) {
  if (id.pid <= 0) return err(ErrorCode::NotFound, "no process {}", id.pid);
  Process process = {.id = id, .pidfd = open_pidfd(id.pid)};
  if (!process.pidfd.valid()) return os_err(errno, "open process {}", id.pid);
  // Compared after opening: from here on the descriptor keeps naming the same process.
  if (!is_same_process(id)) return err(ErrorCode::NotFound, "process {} is gone", id.pid);
  return process;
}

Status send_signal(const Process& process, int signal) {
  if (!signal_pidfd(process.pidfd, signal)) {
    return os_err(errno, "send signal {} to process {}", signal, process.id.pid);
  }
  return Ok{};
}

std::vector<ProcessId> list_descendants(pid_t root) {
  std::multimap<pid_t, ProcessId> by_parent;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
    const auto pid = parse_int(entry->d_name);
    if (!pid) continue;
    const auto stat = read_stat(static_cast<pid_t>(*pid));
    if (stat) by_parent.emplace(stat->parent, ProcessId{static_cast<pid_t>(*pid), stat->start_time});
  }
  std::vector<ProcessId> found;
  std::vector<pid_t> parents = {root};
  // Breadth first; a process list read while it changes cannot make a cycle longer than the list itself.
  for (size_t i = 0; i < parents.size() && found.size() <= by_parent.size(); i++) {
    const auto [first, last] = by_parent.equal_range(parents[i]);
    for (auto it = first; it != last; ++it) {
      found.push_back(it->second);
      parents.push_back(it->second.pid);
    }
  }
  return found;
}

Result<std::optional<ExitStatus>> try_wait(const Process& process) {
  siginfo_t info = {};
  while (::waitid(P_PIDFD, static_cast<id_t>(process.pidfd.get()), &info, WEXITED | WNOHANG) != 0) {
    if (errno != EINTR) return os_err(errno, "wait for process {}", process.id.pid);
  }
  if (info.si_pid == 0) return std::optional<ExitStatus>();
  return std::optional(to_exit_status(info));
}

Result<std::optional<ExitStatus>> wait(const Process& process, Duration timeout) {
  TRY_LET(const bool gone, wait_readable(process.pidfd, timeout));
  if (!gone) return std::optional<ExitStatus>();
  return try_wait(process);
}

Result<std::string> find_executable(const std::string& name, const std::string& search_path, const std::string& cwd) {
  if (name.empty()) return err(ErrorCode::InvalidArgument, "no command given");
  if (name.find('/') != std::string::npos) {
    std::string path = name.starts_with('/') || cwd.empty() ? name : cwd + "/" + name;
    if (is_executable_file(path)) return path;
    if (::access(path.c_str(), F_OK) != 0) return os_err(errno, "command {}", path);
    return err(ErrorCode::PermissionDenied, "command {} is not an executable file", path);
  }
  for (const std::string& directory : split(search_path, ':')) {
    std::string path = directory + "/" + name;
    if (!directory.empty() && is_executable_file(path)) return path;
  }
  return err(ErrorCode::NotFound, "command \"{}\" not found in {}", name, search_path);
}

}  // namespace drover::sys
