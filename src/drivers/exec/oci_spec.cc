#include "drivers/exec/oci_spec.h"

#include "drivers/exec/capabilities.h"
#include "drivers/exec/seccomp.h"
#include "drivers/process/process_launch.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr const char* kOciVersion = "1.0.2";
constexpr int64_t kForEverybody = 0666;
constexpr const char* kDevBytes = "size=65536k";

// Read by nobody but root on the host; a task that runs as root does not get to see them either.
constexpr std::string_view kMaskedPaths[] = {"/proc/acpi",
                                             "/proc/asound",
                                             "/proc/kcore",
                                             "/proc/keys",
                                             "/proc/latency_stats",
                                             "/proc/timer_list",
                                             "/proc/timer_stats",
                                             "/proc/sched_debug",
                                             "/proc/scsi",
                                             "/sys/firmware",
                                             "/sys/devices/virtual/powercap",
                                             "/etc/shadow",
                                             "/etc/shadow-",
                                             "/etc/gshadow",
                                             "/etc/gshadow-",
                                             "/etc/ssl/private",
                                             "/etc/sudoers",
                                             "/etc/sudoers.d",
                                             "/etc/docker",
                                             "/etc/drover",
                                             "/etc/drover.d",
                                             "/etc/nomad.d"};
constexpr std::string_view kReadonlyPaths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                               "/proc/sysrq-trigger"};

template <class Texts>
Value list(const Texts& texts) {
  return Value::Array(std::begin(texts), std::end(texts));
}

Value mount(const std::string& destination, const std::string& type, const std::string& source,
            std::initializer_list<const char*> options) {
  return Value::Object{{"destination", destination}, {"type", type}, {"source", source}, {"options", list(options)}};
}

bool has_ipc_namespace(const OciInputs& inputs) {
  const auto& mode = inputs.request.exec.ipc_mode;
  return (mode.empty() ? inputs.options.default_ipc_mode : mode) != "host";
}

const char* propagation_of(const TaskMount& mount) {
  if (mount.propagation == "bidirectional") return "rshared";
  return mount.propagation == "host-to-task" ? "rslave" : "rprivate";
}

Value::Array mounts(const OciInputs& inputs) {
  Value::Array out = {
      mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
      mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", kDevBytes}),
      mount("/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
      mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
  };
  if (has_ipc_namespace(inputs)) {
    out.push_back(mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", kDevBytes}));
    out.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  } else {
    out.push_back(mount("/dev/shm", "bind", "/dev/shm", {"rbind", "nosuid", "noexec", "nodev"}));
  }
  if (inputs.cgroups_v2) {
    out.push_back(mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}));
  }
  // The order of a map by destination puts directories before what is mounted in them.
  std::map<std::string, std::string> by_destination;
  for (const auto& [source, destination] : inputs.chroot_env) by_destination[destination] = source;
  for (const auto& [destination, source] : by_destination) {
    out.push_back(mount(destination, "bind", source, {"rbind", "nosuid", "nodev", "rro"}));
  }
  out.push_back(mount("/alloc", "bind", inputs.task.dirs.alloc, {"rbind", "nosuid", "nodev"}));
  if (const auto& file = inputs.task.network.resolv_conf; !file.empty()) {
    out.push_back(mount("/etc/resolv.conf", "bind", file, {"bind", "nosuid", "nodev", "noexec", "ro"}));
  }
  for (const auto& [source, destination] : inputs.request.mounts) {
    out.push_back(mount(destination, "bind", source, {"rbind", "nosuid", "nodev"}));
  }
  for (const auto& volume : inputs.task.mounts) {
    out.push_back(mount(volume.destination, "bind", volume.source,
                        {"rbind", propagation_of(volume), "nosuid", "nodev", volume.read_only ? "rro" : "rw"}));
  }
  return out;
}

// Root has the granted set; another user has no capability but those asked for by name, which have to be ambient.
Value capabilities(const OciInputs& inputs, const std::vector<std::string>& granted) {
  if (inputs.user.uid == 0) {
    const Value set = list(granted);
    return Value::Object{{"bounding", set}, {"effective", set}, {"permitted", set}};
  }
  const Value own = list(added_capabilities(inputs.request.exec, inputs.options));
  return Value::Object{
      {"bounding", list(granted)}, {"effective", own}, {"permitted", own}, {"inheritable", own}, {"ambient", own}};
}

Value process(const OciInputs& inputs, const std::vector<std::string>& granted) {
  auto env = inputs.task.env;
  env.emplace("PATH", search_path(env));
  Value::Array args = {inputs.command};
  args.insert(args.end(), inputs.request.exec.args.begin(), inputs.request.exec.args.end());
  Value::Array groups;
  for (const uint32_t group : inputs.user.groups) groups.emplace_back(static_cast<int64_t>(group));
  return Value::Object{{"terminal", false},
                       {"user", Value::Object{{"uid", static_cast<int64_t>(inputs.user.uid)},
                                              {"gid", static_cast<int64_t>(inputs.user.gid)},
                                              {"additionalGids", std::move(groups)}}},
                       {"args", std::move(args)},
                       {"env", list(env_list(env))},
                       {"cwd", inputs.request.exec.work_dir.starts_with('/') ? inputs.request.exec.work_dir
                                                                             : "/" + inputs.request.exec.work_dir},
                       {"noNewPrivileges", true},
                       {"capabilities", capabilities(inputs, granted)}};
}

Value::Array namespaces(const OciInputs& inputs) {
  Value::Array out = {Value::Object{{"type", "mount"}}};
  if (has_pid_namespace(inputs.request.exec, inputs.options)) out.push_back(Value::Object{{"type", "pid"}});
  if (has_ipc_namespace(inputs)) out.push_back(Value::Object{{"type", "ipc"}});
  if (inputs.cgroups_v2) out.push_back(Value::Object{{"type", "cgroup"}});
  const auto& network = inputs.task.network;
  if (!network.netns.empty()) out.push_back(Value::Object{{"type", "network"}, {"path", network.netns}});
  if (!network.hostname.empty()) out.push_back(Value::Object{{"type", "uts"}});
  return out;
}

}  // namespace

Result<ContainerDevice> container_device(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) {
    return err(ErrorCode::NotFound, "this machine has no device {}", path);
  }
  return ContainerDevice{.path = path, .major = major(info.st_rdev), .minor = minor(info.st_rdev)};
}

bool has_pid_namespace(const ExecConfig& exec, const ExecOptions& options) {
  return (exec.pid_mode.empty() ? options.default_pid_mode : exec.pid_mode) != "host";
}

Value oci_spec(const OciInputs& inputs) {
  const auto granted = granted_capabilities(inputs.request.exec, inputs.options);
  // The runtime sees to devices only: all other limits are ours, in the same cgroup.
  Value::Array rules = {Value::Object{{"allow", false}, {"access", "rwm"}}};
  Value::Array devices;
  for (const auto& device : inputs.request.devices) {
    rules.push_back(Value::Object{
        {"allow", true}, {"type", "c"}, {"major", device.major}, {"minor", device.minor}, {"access", "rw"}});
    devices.push_back(Value::Object{{"path", device.path},
                                    {"type", "c"},
                                    {"major", device.major},
                                    {"minor", device.minor},
                                    {"fileMode", kForEverybody}});
  }
  Value linux_part =
      Value::Object{{"cgroupsPath", inputs.cgroup_path},    {"resources", Value::Object{{"devices", std::move(rules)}}},
                    {"devices", std::move(devices)},        {"namespaces", namespaces(inputs)},
                    {"seccomp", seccomp_profile(granted)},  {"maskedPaths", list(kMaskedPaths)},
                    {"readonlyPaths", list(kReadonlyPaths)}};
  Value spec = Value::Object{{"ociVersion", kOciVersion},
                             {"process", process(inputs, granted)},
                             {"root", Value::Object{{"path", inputs.task.dirs.task}, {"readonly", false}}},
                             {"mounts", mounts(inputs)},
                             {"linux", std::move(linux_part)}};
  if (!inputs.task.network.hostname.empty()) spec.set("hostname", inputs.task.network.hostname);
  return spec;
}

}  // namespace drover::drivers
