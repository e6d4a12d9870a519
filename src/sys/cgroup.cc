#include "sys/cgroup.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/os_error.h"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace drover::sys {

namespace {

using Controller = CgroupController;

constexpr uint64_t kCpuPeriodMicros = 100'000;
constexpr uint64_t kMinShares = 2;
constexpr uint64_t kMaxShares = 262'144;
constexpr uint32_t kMaxV1IoWeight = 1000;

struct ControllerName {
  Controller controller;
  std::string_view v1;  // Name of its hierarchy.
  std::string_view v2;  // As in cgroup.controllers; "" where v2 always has it.
};

constexpr ControllerName kControllers[] = {
    {Controller::Freezer, "freezer", ""},     {Controller::Pids, "pids", "pids"},
    {Controller::Cpu, "cpu", "cpu"},          {Controller::CpuAccounting, "cpuacct", ""},
    {Controller::Memory, "memory", "memory"}, {Controller::CpuSet, "cpuset", "cpuset"},
    {Controller::Io, "blkio", "io"},
};

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Status make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return os_err(errno, "make cgroup {}", path);
  return Ok{};
}

// A v1 cpuset starts out empty and accepts no process until it has CPUs and memory nodes: take its parent's.
Status inherit_cpuset(const std::string& parent, const std::string& child) {
  for (const std::string file : {"/cpuset.cpus", "/cpuset.mems"}) {
    TRY_LET(const std::string own, read_file(child + file, 4096));
    if (!trim(own).empty()) continue;
    TRY_LET(const std::string inherited, read_file(parent + file, 4096));
    TRY(write_existing(child + file, inherited));
  }
  return Ok{};
}

}  // namespace

bool valid_cgroup_name(std::string_view name) {
  return !name.empty() && name.size() < NAME_MAX && name[0] != '.' &&
         name.find_first_of(std::string_view("/\n\0", 3)) == std::string_view::npos;
}

std::string_view to_string(CgroupVersion version) {
  switch (version) {
    case CgroupVersion::None:
      return "none";
    case CgroupVersion::V1:
      return "v1";
    case CgroupVersion::Hybrid:
      return "hybrid";
    case CgroupVersion::V2:
      return "v2";
  }
  return "none";
}

std::string_view to_string(CgroupController controller) {
  switch (controller) {
    case Controller::Cpu:
      return "cpu";
    case Controller::CpuAccounting:
      return "cpuacct";
    case Controller::Memory:
      return "memory";
    case Controller::Pids:
      return "pids";
    case Controller::CpuSet:
      return "cpuset";
    case Controller::Io:
      return "io";
    case Controller::Freezer:
      return "freezer";
  }
  return "";
}

CgroupManager::CgroupManager(CgroupOptions options) : options_(std::move(options)) {
  if (exists(options_.root + "/cgroup.controllers")) {
    probe_v2(options_.root);
    if (!hierarchies_.empty()) version_ = CgroupVersion::V2;
    return;
  }
  if (exists(options_.root + "/unified/cgroup.controllers")) probe_v2(options_.root + "/unified");
  const bool unified = !hierarchies_.empty();
  probe_v1();
  if (!hierarchies_.empty()) version_ = unified ? CgroupVersion::Hybrid : CgroupVersion::V1;
}

void CgroupManager::probe_v2(const std::string& path) {
  if (::access(path.c_str(), W_OK) != 0) return;
  const auto names = split(read_file(path + "/cgroup.controllers", 4096).value_or(""), ' ');
  Hierarchy hierarchy = {.path = path, .v2 = true};
  for (const ControllerName& known : kControllers) {
    const bool present = std::any_of(names.begin(), names.end(), [&](auto& name) { return trim(name) == known.v2; });
    if (present || known.v2.empty()) hierarchy.controllers.push_back(known.controller);
  }
  hierarchies_.push_back(std::move(hierarchy));
}

void CgroupManager::probe_v1() {
  for (const ControllerName& known : kControllers) {
    const std::string path = fmt::format("{}/{}", options_.root, known.v1);
    if (!exists(path + "/cgroup.procs") || ::access(path.c_str(), W_OK) != 0) continue;
    // Controllers that are mounted together ("cpu,cpuacct") have a symbolic link for each name.
    char resolved[PATH_MAX];
    const std::string real = ::realpath(path.c_str(), resolved) != nullptr ? resolved : path;
    const auto same = std::find_if(hierarchies_.begin(), hierarchies_.end(), [&](auto& h) { return h.path == real; });
    if (same != hierarchies_.end()) {
      same->controllers.push_back(known.controller);
    } else {
      hierarchies_.push_back({.path = real, .controllers = {known.controller}});
    }
  }
}

std::string CgroupManager::directory(const Hierarchy& hierarchy, std::string_view name) const {
  return fmt::format("{}/{}/{}", hierarchy.path, options_.parent, name);
}

std::string CgroupManager::path_of(std::string_view name) const {
  return fmt::format("/{}/{}", options_.parent, name);
}

const CgroupManager::Hierarchy* CgroupManager::find(CgroupController controller) const {
  for (const Hierarchy& hierarchy : hierarchies_) {
    if (std::count(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) > 0) return &hierarchy;
  }
  return nullptr;
}

bool CgroupManager::has(CgroupController controller) const {
  return find(controller) != nullptr;
}

std::string CgroupManager::file(CgroupController controller, std::string_view name, std::string_view v1,
                                std::string_view v2) const {
  const Hierarchy* hierarchy = find(controller);
  const std::string_view file_name = hierarchy != nullptr && hierarchy->v2 ? v2 : v1;
  if (hierarchy == nullptr || file_name.empty() || !valid_cgroup_name(name)) return "";
  std::string path = fmt::format("{}/{}", directory(*hierarchy, name), file_name);
  return exists(path) ? path : "";
}

std::vector<const CgroupManager::Hierarchy*> CgroupManager::wanted(const CgroupLimits& limits) const {
  std::vector<const Hierarchy*> out;
  const auto want = [&](bool condition, Controller controller) {
    const Hierarchy* hierarchy = condition ? find(controller) : nullptr;
    if (hierarchy != nullptr && std::count(out.begin(), out.end(), hierarchy) == 0) out.push_back(hierarchy);
  };
  if (!hierarchies_.empty()) out.push_back(&hierarchies_.front());
  want(limits.cpu_shares || limits.cpu_quota, Controller::Cpu);
  want(limits.accounting, Controller::CpuAccounting);
  want(limits.accounting || limits.memory_max_bytes || limits.memory_low_bytes, Controller::Memory);
  want(limits.pids_max.has_value(), Controller::Pids);
  want(!limits.cpuset_cpus.empty(), Controller::CpuSet);
  want(limits.io_weight.has_value(), Controller::Io);
  return out;
}

std::vector<std::string> CgroupManager::missing(const CgroupLimits& limits) const {
  std::vector<std::string> out;
  const auto need = [&](bool condition, Controller controller) {
    if (condition && !has(controller)) out.emplace_back(to_string(controller));
  };
  need(limits.cpu_shares || limits.cpu_quota, Controller::Cpu);
  need(limits.memory_max_bytes || limits.memory_low_bytes, Controller::Memory);
  need(limits.pids_max.has_value(), Controller::Pids);
  need(!limits.cpuset_cpus.empty(), Controller::CpuSet);
  return out;
}

Status CgroupManager::prepare_parent(const Hierarchy& hierarchy) const {
  std::string path = hierarchy.path;
  const auto enable_controllers = [&] {
    for (const ControllerName& known : kControllers) {
      if (known.v2.empty() ||
          std::count(hierarchy.controllers.begin(), hierarchy.controllers.end(), known.controller) == 0) {
        continue;
      }
      // Refused for a controller that somebody above does not delegate: its limits are then missing files.
      (void)write_existing(path + "/cgroup.subtree_control", fmt::format("+{}", known.v2));
    }
  };
  for (const std::string& part : split(options_.parent, '/')) {
    if (part.empty()) continue;
    if (hierarchy.v2) enable_controllers();
    const std::string above = path;
    path += "/" + part;
    TRY(make_directory(path));
    if (!hierarchy.v2 && exists(path + "/cpuset.cpus")) TRY(inherit_cpuset(above, path));
  }
  if (hierarchy.v2) enable_controllers();
  return Ok{};
}

Status CgroupManager::make(const Hierarchy& hierarchy, std::string_view name) const {
  const std::string path = directory(hierarchy, name);
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    TRY(prepare_parent(hierarchy));
    TRY(make_directory(path));
  }
  if (hierarchy.v2 || !exists(path + "/cpuset.cpus")) return Ok{};
  return inherit_cpuset(path.substr(0, path.rfind('/')), path);
}

Status CgroupManager::create(std::string_view name, const CgroupLimits& limits) const {
  if (!valid_cgroup_name(name)) return err(ErrorCode::InvalidArgument, "\"{}\" cannot name a cgroup", printable(name));
  for (const Hierarchy* hierarchy : wanted(limits)) TRY(make(*hierarchy, name));
  return update(name, limits);
}

Status CgroupManager::update(std::string_view name, const CgroupLimits& limits) const {
  TRY(limit_cpu(name, limits));
  TRY(limit_memory(name, limits));
  TRY(limit_cpuset(name, limits));
  if (limits.pids_max) {
    const std::string path = file(Controller::Pids, name, "pids.max", "pids.max");
    if (!path.empty()) TRY(write_existing(path, std::to_string(*limits.pids_max)));
  }
  if (limits.io_weight) {
    const uint32_t small = std::clamp(*limits.io_weight, 10U, kMaxV1IoWeight);
    for (const std::string_view v1 : {"blkio.weight", "blkio.bfq.weight"}) {
      const std::string path = file(Controller::Io, name, v1, "io.weight");
      if (path.empty()) continue;
      const bool v2 = path.ends_with("/io.weight");
      TRY(write_existing(path, v2 ? fmt::format("default {}", *limits.io_weight) : std::to_string(small)));
      break;
    }
  }
  return Ok{};
}

Status CgroupManager::limit_cpu(std::string_view name, const CgroupLimits& limits) const {
  if (limits.cpu_shares) {
    const uint64_t shares = std::clamp(*limits.cpu_shares, kMinShares, kMaxShares);
    if (const std::string path = file(Controller::Cpu, name, "cpu.shares", ""); !path.empty()) {
      TRY(write_existing(path, std::to_string(shares)));
    }
    // The mapping that runc and systemd use.
    const uint64_t weight = 1 + (shares - kMinShares) * 9999 / (kMaxShares - kMinShares);
    if (const std::string path = file(Controller::Cpu, name, "", "cpu.weight"); !path.empty()) {
      TRY(write_existing(path, std::to_string(weight)));
    }
  }
  if (limits.cpu_quota) {
    const auto quota = std::max<uint64_t>(1000, static_cast<uint64_t>(*limits.cpu_quota * kCpuPeriodMicros));
    if (const std::string path = file(Controller::Cpu, name, "cpu.cfs_quota_us", ""); !path.empty()) {
      TRY(write_existing(file(Controller::Cpu, name, "cpu.cfs_period_us", ""), std::to_string(kCpuPeriodMicros)));
      TRY(write_existing(path, std::to_string(quota)));
    }
    if (const std::string path = file(Controller::Cpu, name, "", "cpu.max"); !path.empty()) {
      TRY(write_existing(path, fmt::format("{} {}", quota, kCpuPeriodMicros)));
    }
  }
  return Ok{};
}

Status CgroupManager::limit_memory(std::string_view name, const CgroupLimits& limits) const {
  if (limits.memory_low_bytes) {
    const std::string path = file(Controller::Memory, name, "memory.soft_limit_in_bytes", "memory.low");
    if (!path.empty()) TRY(write_existing(path, std::to_string(*limits.memory_low_bytes)));
  }
  if (!limits.memory_max_bytes) return Ok{};
  const std::string path = file(Controller::Memory, name, "memory.limit_in_bytes", "memory.max");
  if (path.empty()) return Ok{};
  const std::string value = std::to_string(*limits.memory_max_bytes);
  // Memory and swap together may never be less than memory: which one goes first depends on the direction.
  const std::string with_swap = file(Controller::Memory, name, "memory.memsw.limit_in_bytes", "");
  const auto first = write_existing(path, value);
  if (!with_swap.empty()) TRY(write_existing(with_swap, value));
  if (!first) TRY(write_existing(path, value));
  const std::string swap = file(Controller::Memory, name, "", "memory.swap.max");
  if (!swap.empty()) TRY(write_existing(swap, "0"));
  return Ok{};
}

Status CgroupManager::limit_cpuset(std::string_view name, const CgroupLimits& limits) const {
  if (limits.cpuset_cpus.empty()) return Ok{};
  const std::string path = file(Controller::CpuSet, name, "cpuset.cpus", "cpuset.cpus");
  if (path.empty()) return Ok{};
  return write_existing(path, limits.cpuset_cpus);
}

std::vector<std::string> CgroupManager::procs_files(std::string_view name) const {
  std::vector<std::string> out;
  if (!valid_cgroup_name(name)) return out;
  for (const Hierarchy& hierarchy : hierarchies_) {
    std::string path = directory(hierarchy, name) + "/cgroup.procs";
    if (exists(path)) out.push_back(std::move(path));
  }
  return out;
}

std::string CgroupManager::oom_file(std::string_view name) const {
  return file(Controller::Memory, name, "memory.oom_control", "memory.events");
}

}  // namespace drover::sys
