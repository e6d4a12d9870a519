#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace drover::sys {

enum class CgroupVersion : uint8_t { None, V1, Hybrid, V2 };
std::string_view to_string(CgroupVersion version);

enum class CgroupController : uint8_t { Cpu, CpuAccounting, Memory, Pids, CpuSet, Io, Freezer };
std::string_view to_string(CgroupController controller);

// What is not set is not limited. On v1 a task joins only the hierarchies that it needs: the first join after a quiet
// moment waits some 10 ms for the kernel, whereas on v2 a task is born in its cgroup.
struct CgroupLimits {
  std::optional<uint64_t> cpu_shares;  // v1 scale, 2…262144; converted to a weight on v2.
  std::optional<double> cpu_quota;     // In cores.
  std::optional<uint64_t> memory_max_bytes;
  std::optional<uint64_t> memory_low_bytes;  // Soft limit.
  std::optional<uint64_t> pids_max;
  std::string cpuset_cpus;            // "0-3,7"; empty: all.
  std::optional<uint32_t> io_weight;  // 1…10000, default 100; ignored where the kernel has no I/O weights.
  bool accounting = false;            // Count memory exactly (v1) even without a limit; usage() estimates it otherwise.
};

// What cannot be told is nothing.
struct CgroupUsage {
  std::optional<uint64_t> cpu_nanos;
  std::optional<uint64_t> cpu_user_nanos;
  std::optional<uint64_t> cpu_system_nanos;
  std::optional<uint64_t> cpu_throttled_periods;
  std::optional<uint64_t> cpu_throttled_nanos;
  std::optional<uint64_t> memory_bytes;  // Everything charged, page cache included.
  std::optional<uint64_t> memory_rss_bytes;
  std::optional<uint64_t> memory_cache_bytes;
  std::optional<uint64_t> memory_swap_bytes;
  std::optional<uint64_t> memory_max_usage_bytes;
  std::optional<uint64_t> oom_kills;
  std::optional<uint64_t> pids;
};

// One path component that is not hidden.
bool valid_cgroup_name(std::string_view name);

struct CgroupOptions {
  std::string root = "/sys/fs/cgroup";
  std::string parent = "drover";  // Task groups are made as <parent>/<name> in each hierarchy.
};

// The cgroups of tasks on a v1, hybrid or v2 host, found by looking; on a host without any, create() gives an empty set
// of limits and says so in missing(). Holds no state but what it probed: a task's cgroup is named by its string and can
// be used by another instance after a restart. Immutable, so usable from any thread. Blocking is bounded.
class CgroupManager {
 public:
  explicit CgroupManager(CgroupOptions options = {});

  CgroupVersion version() const { return version_; }
  bool has(CgroupController controller) const;
  // Usable at all: processes of a task can be tracked and killed as a whole.
  bool available() const { return version_ != CgroupVersion::None; }

  // Makes (or takes over) the cgroup `name`, one path component such as "<alloc>-<task>", and sets its limits.
  Status create(std::string_view name, const CgroupLimits& limits) const;
  // Changes limits of a living cgroup; those that are not set in `limits` stay.
  Status update(std::string_view name, const CgroupLimits& limits) const;
  // Keeps what runs in it, and what it starts, on these CPUs ("0-3,7"); "": on all. On v1 a task that was on all until
  // now moves into a cpuset. NotFound if there is no such cgroup.
  Status confine(std::string_view name, std::string_view cpus) const;
  // Limits among `limits` that this host cannot enforce, by controller name: for one warning at start.
  std::vector<std::string> missing(const CgroupLimits& limits) const;

  // Where `name` is below the root of each hierarchy: "/drover/<name>".
  std::string path_of(std::string_view name) const;
  // The cgroup.procs files of `name`: for SpawnSpec and SupervisorSpec. Empty if it was not created.
  std::vector<std::string> procs_files(std::string_view name) const;
  // The file with the oom_kill counter; "" if there is none.
  std::string oom_file(std::string_view name) const;

  std::vector<pid_t> pids(std::string_view name) const;
  // SIGKILL to every process, also to those that fork meanwhile, until none is left: DeadlineExceeded if some cannot be
  // killed in time (uninterruptible sleep).
  Status kill_all(std::string_view name, Duration timeout = std::chrono::seconds(5)) const;
  CgroupUsage usage(std::string_view name) const;
  // REQUIRES no process in it (kill_all first). Nothing there is success.
  Status remove(std::string_view name) const;
  // Names of all cgroups below the parent: what an earlier run left behind.
  std::vector<std::string> list() const;

 private:
  struct Hierarchy {
    std::string path;  // <root>/<controller> on v1, <root> on v2; the parent directory is below it.
    std::vector<CgroupController> controllers;
    bool v2 = false;
  };

  void probe_v1();
  void probe_v2(const std::string& path);
  std::string directory(const Hierarchy& hierarchy, std::string_view name) const;
  const Hierarchy* find(CgroupController controller) const;
  // Where `file` of the cgroup's controller is; "" if there is no such controller or `name` is not in it.
  std::string file(CgroupController controller, std::string_view name, std::string_view v1, std::string_view v2) const;
  std::vector<const Hierarchy*> wanted(const CgroupLimits& limits) const;
  Status prepare_parent(const Hierarchy& hierarchy) const;
  Status make(const Hierarchy& hierarchy, std::string_view name) const;
  Status limit_cpu(std::string_view name, const CgroupLimits& limits) const;
  Status limit_memory(std::string_view name, const CgroupLimits& limits) const;
  Status limit_cpuset(std::string_view name, const CgroupLimits& limits) const;
  Status join(const Hierarchy& hierarchy, std::string_view name) const;
  void read_cpu(std::string_view name, CgroupUsage& usage) const;
  void read_memory(std::string_view name, CgroupUsage& usage) const;

  CgroupOptions options_;
  CgroupVersion version_ = CgroupVersion::None;
  std::vector<Hierarchy> hierarchies_;  // The first one tracks and kills.
};

}  // namespace drover::sys
