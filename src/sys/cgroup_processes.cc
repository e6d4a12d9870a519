// The part of CgroupManager that deals with what runs in a cgroup.
#include "base/strings.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "sys/pid_descriptor.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <set>

namespace drover::sys {

namespace {

using Controller = CgroupController;

constexpr int kMaxDepth = 16;  // Of cgroups that a task with the privilege made below its own.
constexpr int kRemoveRounds = 50;
constexpr int kJoinRounds = 50;
constexpr useconds_t kPauseMicros = 1000;

std::vector<std::string> directories_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// `path` and all directories below it, children first.
void collect_tree(const std::string& path, int depth, std::vector<std::string>& out) {
  if (depth < kMaxDepth) {
    for (const std::string& name : directories_in(path)) collect_tree(path + "/" + name, depth + 1, out);
  }
  out.push_back(path);
}

void add_pids(const std::string& directory, std::set<pid_t>& pids) {
  std::vector<std::string> tree;
  collect_tree(directory, 0, tree);
  for (const std::string& path : tree) {
    const auto text = read_file(path + "/cgroup.procs");
    if (!text) continue;
    for (const std::string& line : split(*text, '\n')) {
      if (const auto pid = parse_uint(line); pid && *pid > 0) pids.insert(static_cast<pid_t>(*pid));
    }
  }
}

std::optional<uint64_t> read_number(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const auto text = read_file(path, 4096);
  return text ? parse_uint(trim(*text)) : std::nullopt;
}

// The number behind `key` in a file of lines "<key> <number>".
std::optional<uint64_t> find_counter(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      return parse_uint(trim(std::string_view(line).substr(key.size())));
    }
  }
  return std::nullopt;
}

std::string read_text(const std::string& path) {
  return path.empty() ? "" : read_file(path).value_or("");
}

std::optional<uint64_t> times(std::optional<uint64_t> value, uint64_t factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

uint64_t resident_bytes(const std::vector<pid_t>& pids) {
  uint64_t pages = 0;
  for (const pid_t pid : pids) {
    const auto fields = split(read_text(fmt::format("/proc/{}/statm", pid)), ' ');
    if (fields.size() > 1) pages += parse_uint(fields[1]).value_or(0);
  }
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::vector<pid_t> CgroupManager::pids(std::string_view name) const {
  std::set<pid_t> found;
  for (const std::string& path : procs_files(name)) add_pids(path.substr(0, path.rfind('/')), found);
  return {found.begin(), found.end()};
}

Status CgroupManager::kill_all(std::string_view name, Duration timeout) const {
  const SystemClock clock;
  const MonoTime deadline = clock.mono() + timeout;
  const std::string kill_file = file(Controller::Freezer, name, "", "cgroup.kill");
  const std::string freeze_file = file(Controller::Freezer, name, "freezer.state", "cgroup.freeze");
  const bool freeze_v2 = freeze_file.ends_with("cgroup.freeze");
  for (;;) {
    const auto members = pids(name);
    if (members.empty()) return Ok{};
    // Refused writes only make the loop longer.
    if (!kill_file.empty()) {
      (void)write_existing(kill_file, "1");
    } else if (!freeze_file.empty()) {
      (void)write_existing(freeze_file, freeze_v2 ? "1" : "FROZEN");
    }
    std::vector<std::pair<pid_t, Fd>> opened;
    for (const pid_t pid : pids(name)) opened.emplace_back(pid, open_pidfd(pid));
    // Still a member after its pidfd was opened: the descriptor is of a process in this cgroup, for good.
    const auto still = pids(name);
    for (const auto& [pid, fd] : opened) {
      if (fd.valid() && std::binary_search(still.begin(), still.end(), pid)) {
        signal_pidfd(fd, SIGKILL);
      }
    }
    if (kill_file.empty() && !freeze_file.empty()) (void)write_existing(freeze_file, freeze_v2 ? "0" : "THAWED");
    if (clock.mono() >= deadline) {
      const auto left = pids(name);
      if (left.empty()) return Ok{};
      return err(ErrorCode::DeadlineExceeded, "{} processes in cgroup {} cannot be killed, such as {}", left.size(),
                 name, left.front());
    }
    ::usleep(kPauseMicros);
  }
}

void CgroupManager::read_cpu(std::string_view name, CgroupUsage& usage) const {
  const std::string stat = read_text(file(Controller::CpuAccounting, name, "", "cpu.stat"));
  usage.cpu_nanos = times(find_counter(stat, "usage_usec"), 1000);
  usage.cpu_user_nanos = times(find_counter(stat, "user_usec"), 1000);
  usage.cpu_system_nanos = times(find_counter(stat, "system_usec"), 1000);
  if (stat.empty()) {
    usage.cpu_nanos = read_number(file(Controller::CpuAccounting, name, "cpuacct.usage", ""));
    usage.cpu_user_nanos = read_number(file(Controller::CpuAccounting, name, "cpuacct.usage_user", ""));
    usage.cpu_system_nanos = read_number(file(Controller::CpuAccounting, name, "cpuacct.usage_sys", ""));
  }
  const std::string throttling = read_text(file(Controller::Cpu, name, "cpu.stat", "cpu.stat"));
  usage.cpu_throttled_periods = find_counter(throttling, "nr_throttled");
  usage.cpu_throttled_nanos = find_counter(throttling, "throttled_time");
  if (!usage.cpu_throttled_nanos) usage.cpu_throttled_nanos = times(find_counter(throttling, "throttled_usec"), 1000);
}

void CgroupManager::read_memory(std::string_view name, CgroupUsage& usage) const {
  const auto path = [&](std::string_view v1, std::string_view v2) { return file(Controller::Memory, name, v1, v2); };
  usage.memory_bytes = read_number(path("memory.usage_in_bytes", "memory.current"));
  usage.memory_max_usage_bytes = read_number(path("memory.max_usage_in_bytes", "memory.peak"));
  usage.memory_swap_bytes = read_number(path("", "memory.swap.current"));
  usage.oom_kills = find_counter(read_text(oom_file(name)), "oom_kill");
  const std::string v1 = read_text(path("memory.stat", ""));
  const std::string v2 = read_text(path("", "memory.stat"));
  usage.memory_rss_bytes = v1.empty() ? find_counter(v2, "anon") : find_counter(v1, "total_rss");
  usage.memory_cache_bytes = v1.empty() ? find_counter(v2, "file") : find_counter(v1, "total_cache");
  if (!usage.memory_swap_bytes) usage.memory_swap_bytes = find_counter(v1, "total_swap");
}

CgroupUsage CgroupManager::usage(std::string_view name) const {
  CgroupUsage usage;
  const auto members = pids(name);
  if (!procs_files(name).empty()) usage.pids = members.size();
  read_cpu(name, usage);
  read_memory(name, usage);
  if (!usage.memory_rss_bytes && usage.pids) usage.memory_rss_bytes = resident_bytes(members);
  return usage;
}

// Moves all processes of `name` into its cgroup of this hierarchy, also those that others of them start meanwhile.
Status CgroupManager::join(const Hierarchy& hierarchy, std::string_view name) const {
  const std::string path = directory(hierarchy, name);
  for (int round = 0; round < kJoinRounds; round++) {
    std::set<pid_t> inside;
    add_pids(path, inside);
    bool all_inside = true;
    for (const pid_t pid : pids(name)) {
      if (inside.contains(pid)) continue;
      all_inside = false;
      // Refused for a process that has ended.
      (void)write_existing(path + "/cgroup.procs", std::to_string(pid));
    }
    if (!all_inside) continue;
    // Whoever removed the task's cgroups meanwhile has not seen this one.
    if (inside.empty()) ::rmdir(path.c_str());
    return Ok{};
  }
  return err(ErrorCode::DeadlineExceeded, "the processes of cgroup {} start others faster than they can be moved",
             name);
}

Status CgroupManager::confine(std::string_view name, std::string_view cpus) const {
  if (procs_files(name).empty()) return err(ErrorCode::NotFound, "there is no cgroup {}", name);
  const Hierarchy* hierarchy = find(Controller::CpuSet);
  if (hierarchy == nullptr) return Ok{};
  const std::string path = file(Controller::CpuSet, name, "cpuset.cpus", "cpuset.cpus");
  if (path.empty()) {
    if (hierarchy->v2 || cpus.empty()) return Ok{};
    TRY(make(*hierarchy, name));
    TRY(limit_cpuset(name, {.cpuset_cpus = std::string(cpus)}));
    return join(*hierarchy, name);
  }
  if (!cpus.empty()) return write_existing(path, cpus);
  // An empty list is refused while there are processes.
  const std::string parent = directory(*hierarchy, hierarchy->v2 ? "cpuset.cpus.effective" : "cpuset.cpus");
  TRY_LET(const std::string all, read_file(parent, 4096));
  return write_existing(path, trim(all));
}

Status CgroupManager::remove(std::string_view name) const {
  std::set<std::string> directories;
  for (const std::string& procs : procs_files(name)) directories.insert(procs.substr(0, procs.rfind('/')));
  // A container runtime makes them in the hierarchies that we do not use, too.
  if (version_ != CgroupVersion::V2 && valid_cgroup_name(name)) {
    for (const std::string& hierarchy : directories_in(options_.root)) {
      const std::string path = fmt::format("{}/{}/{}/{}", options_.root, hierarchy, options_.parent, name);
      if (::access(path.c_str(), F_OK) == 0) directories.insert(path);
    }
  }
  for (const std::string& directory : directories) {
    std::vector<std::string> tree;
    collect_tree(directory, 0, tree);
    for (const std::string& path : tree) {
      // Busy for a moment after the last process in it has ended.
      int round = 0;
      while (::rmdir(path.c_str()) != 0 && errno != ENOENT) {
        if (errno != EBUSY || ++round == kRemoveRounds) return os_err(errno, "remove cgroup {}", path);
        ::usleep(kPauseMicros);
      }
    }
  }
  return Ok{};
}

std::vector<std::string> CgroupManager::list() const {
  std::set<std::string> names;
  for (const Hierarchy& hierarchy : hierarchies_) {
    for (std::string& name : directories_in(fmt::format("{}/{}", hierarchy.path, options_.parent))) {
      names.insert(std::move(name));
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace drover::sys
