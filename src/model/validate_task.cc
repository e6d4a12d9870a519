#include <algorithm>
#include <array>
#include <set>

#include "base/duration.h"
#include "codec/value.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr int32_t kMinMemoryMb = 10;
constexpr int64_t kTaskDepth = 1;  // of a task's directory in its allocation's, which it shares with other tasks
constexpr std::array<std::string_view, 31> kSignals = {
    "SIGABRT", "SIGALRM",   "SIGBUS",  "SIGCHLD", "SIGCONT",   "SIGFPE",   "SIGHUP",  "SIGILL",
    "SIGINT",  "SIGIO",     "SIGIOT",  "SIGKILL", "SIGPIPE",   "SIGPROF",  "SIGPWR",  "SIGQUIT",
    "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS",  "SIGTERM",   "SIGTRAP",  "SIGTSTP", "SIGTTIN",
    "SIGTTOU", "SIGURG",    "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU"};

void validate_resources(const Resources& resources, const Problems& problems) {
  if (resources.cpu < 1) problems.at("CPU").error("cpu must be at least 1 MHz, not {}", resources.cpu);
  if (resources.memory_mb < kMinMemoryMb) {
    problems.at("MemoryMB").error("memory must be at least {} MB, not {}", kMinMemoryMb, resources.memory_mb);
  }
  if (resources.disk_mb < 0) problems.at("DiskMB").error("disk must not be negative, but is {}", resources.disk_mb);
  if (resources.iops != 0 && (resources.iops < 10 || resources.iops > 1000)) {
    problems.at("IOPS").error("iops must be between 10 and 1000, not {}", resources.iops);
  } else if (resources.iops != 0) {
    problems.at("IOPS").warning("iops is a weight and takes effect only where the kernel can weigh I/O");
  }
  validate_networks(resources.networks, problems);
}

// design.md section 7: logs that the author asked for count for both streams, those by default for one.
void validate_logs(const LogConfig& logs, const EphemeralDisk& disk, const Problems& problems) {
  if (logs.max_files < 1) problems.at("MaxFiles").error("max_files must be at least 1, not {}", logs.max_files);
  if (logs.max_file_size_mb < 1) {
    problems.at("MaxFileSizeMB").error("max_file_size must be at least 1 MB, not {}", logs.max_file_size_mb);
  }
  if (logs.max_files < 1 || logs.max_file_size_mb < 1) return;
  const LogConfig defaults;
  const bool by_default = logs.max_files == defaults.max_files && logs.max_file_size_mb == defaults.max_file_size_mb;
  const int64_t stream = int64_t{logs.max_files} * logs.max_file_size_mb;
  if (by_default && stream >= disk.size_mb) {
    problems.error(
        "{} log files of {} MB do not fit on the group's disk of {} MB; add a logs block, or enlarge "
        "ephemeral_disk",
        logs.max_files, logs.max_file_size_mb, disk.size_mb);
  } else if (!by_default && 2 * stream > disk.size_mb) {
    problems.error("{} log files of {} MB each for stdout and stderr need {} MB, but the group's disk has {} MB",
                   logs.max_files, logs.max_file_size_mb, 2 * stream, disk.size_mb);
  }
}

void validate_env(const std::map<std::string, std::string>& env, const Problems& problems) {
  for (const auto& [name, value] : env) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      problems.error("\"{}\" is no name of an environment variable", printable(name, 80));
    }
    if (value.find('\0') != std::string::npos) problems.key(name).error("the value holds a NUL");
  }
}

void validate_checksum(const std::string& checksum, const Problems& problems) {
  struct Kind {
    std::string_view name;
    size_t digits;
  };
  constexpr std::array<Kind, 4> kKinds = {{{"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}}};
  if (checksum.find("${") != std::string::npos) return;
  const size_t colon = checksum.find(':');
  const std::string_view kind = std::string_view(checksum).substr(0, colon);
  const auto known = std::ranges::find(kKinds, kind, &Kind::name);
  if (colon == std::string::npos || known == kKinds.end()) {
    return problems.error("checksum \"{}\" must be md5, sha1, sha256 or sha512, a colon and the digits",
                          printable(checksum, 80));
  }
  const std::string_view digits = std::string_view(checksum).substr(colon + 1);
  const bool hex = std::ranges::all_of(digits, [](unsigned char c) { return std::isxdigit(c) != 0; });
  if (!hex || digits.size() != known->digits) {
    problems.error("a {} checksum has {} hexadecimal digits, not \"{}\"", kind, known->digits, printable(digits, 140));
  }
}

void validate_artifacts(const Task& task, const Problems& problems) {
  for (size_t i = 0; i < task.artifacts.size(); ++i) validate_artifact(task.artifacts[i], problems.at("Artifacts", i));
}

void validate_templates(const Task& task, const Problems& problems) {
  std::set<std::string> destinations;
  for (size_t i = 0; i < task.templates.size(); ++i) {
    const Template& file = task.templates[i];
    const Problems place = problems.at("Templates", i);
    validate_template(file, place);
    if (!file.dest_path.empty() && !destinations.insert(file.dest_path).second) {
      place.at("DestPath").error("two templates are rendered to \"{}\"", printable(file.dest_path, 80));
    }
  }
}

void validate_dispatch_payload(const DispatchPayload& payload, const Job& job, const Problems& problems) {
  if (!job.parameterized) problems.error("dispatch_payload is possible in parameterized jobs only");
  if (payload.file.empty()) {
    problems.at("File").error("the name of the file is missing");
  } else if (!stays_inside(payload.file)) {
    problems.at("File").error("\"{}\" leaves the task's local directory", printable(payload.file, 80));
  }
}

bool is_permissions(const std::string& perms) {
  const bool octal = std::ranges::all_of(perms, [](char c) { return c >= '0' && c <= '7'; });
  return octal && !perms.empty() && perms.size() <= 5 && (perms.size() <= 4 || perms[0] == '0');
}

}  // namespace

bool stays_inside(std::string_view path, int64_t depth) {
  for (const std::string& part : split(path, '/')) {
    if (part == "..") --depth;
    if (part != ".." && part != "." && !part.empty()) ++depth;
    if (depth < 0) return false;
  }
  return !path.starts_with('/') && path.find('\0') == std::string_view::npos;
}

void validate_signal(const std::string& signal, const Problems& problems) {
  const auto known = std::ranges::find(kSignals, signal);
  if (known != kSignals.end() || signal == "SIGXFSZ" || signal == "SIGPOLL") return;
  problems.error("unknown signal \"{}\", such as SIGTERM or SIGUSR1 is expected", printable(signal, 80));
}

void validate_artifact(const Artifact& artifact, const Problems& problems) {
  if (artifact.source.empty()) problems.at("GetterSource").error("the source is missing");
  if (artifact.mode != "any" && artifact.mode != "file" && artifact.mode != "dir") {
    problems.at("GetterMode").error("unknown mode \"{}\", it must be any, file or dir", printable(artifact.mode, 80));
  }
  // The task directory's own names come from the client: "${NOMAD_TASK_DIR}/x" is judged there.
  if (!artifact.destination.starts_with("${") && !stays_inside(artifact.destination, kTaskDepth)) {
    problems.at("RelativeDest").error("\"{}\" leaves the allocation's directory", printable(artifact.destination, 80));
  }
  const auto checksum = artifact.options.find("checksum");
  if (checksum != artifact.options.end()) {
    validate_checksum(checksum->second, problems.at("GetterOptions").key("checksum"));
  }
}

void validate_template(const Template& file, const Problems& problems) {
  if (file.source_path.empty() && file.embedded.empty()) {
    problems.error("a template needs a source or data");
  } else if (!file.source_path.empty() && !file.embedded.empty()) {
    problems.error("a template has a source or data, not both");
  }
  if (file.dest_path.empty()) {
    problems.at("DestPath").error("the destination is missing");
  } else if (!file.dest_path.starts_with("${") && !stays_inside(file.dest_path, kTaskDepth)) {
    problems.at("DestPath").error("\"{}\" leaves the allocation's directory", printable(file.dest_path, 80));
  }
  if (file.change_mode == "signal") {
    if (file.envvars) problems.at("Envvars").error("env and change_mode = \"signal\" exclude each other");
    if (file.change_signal.empty()) {
      problems.at("ChangeSignal").error("change_mode = \"signal\" needs a change_signal");
    } else {
      validate_signal(file.change_signal, problems.at("ChangeSignal"));
    }
  } else if (file.change_mode != "noop" && file.change_mode != "restart") {
    problems.at("ChangeMode")
        .error("unknown change_mode \"{}\", it must be noop, restart or signal", printable(file.change_mode, 80));
  }
  if (file.splay < Duration::zero()) problems.at("Splay").error("splay must not be negative");
  if (!is_permissions(file.perms)) {
    problems.at("Perms").error("\"{}\" are no octal permissions, such as 0644", printable(file.perms, 80));
  }
}

void validate_task(const Task& task, const TaskGroup& group, const Job& job, const Problems& problems) {
  validate_name("task name", task.name, problems.at("Name"));
  if (task.driver.empty()) problems.at("Driver").error("the driver is missing, such as driver = \"docker\"");
  if (!task.config.as_object()) {
    problems.at("Config").error("config must be an object, not a {}", task.config.type_name());
  }
  if (!task.kill_signal.empty()) validate_signal(task.kill_signal, problems.at("KillSignal"));
  if (task.kill_timeout < Duration::zero()) {
    problems.at("KillTimeout")
        .error("kill_timeout must not be negative, but is {}", format_duration(task.kill_timeout));
  }
  if (task.shutdown_delay < Duration::zero()) {
    problems.at("ShutdownDelay")
        .error("shutdown_delay must not be negative, but is {}", format_duration(task.shutdown_delay));
  }
  validate_env(task.env, problems.at("Env"));
  validate_meta(task.meta, problems.at("Meta"));
  validate_constraints(task.constraints, ConstraintLevel::Task, problems.at("Constraints"));
  validate_resources(task.resources, problems.at("Resources"));
  validate_logs(task.logs, group.ephemeral_disk, problems.at("LogConfig"));
  if (task.restart) validate_restart(*task.restart, problems.at("RestartPolicy"));
  validate_services(task.services, group, &task, problems.at("Services"));
  validate_artifacts(task, problems);
  validate_templates(task, problems);
  if (task.dispatch_payload) validate_dispatch_payload(*task.dispatch_payload, job, problems.at("DispatchPayload"));
}

}  // namespace drover::model
