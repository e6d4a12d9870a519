#include "drivers/exec/container_runtime.h"

#include "base/strings.h"
#include "codec/json.h"
#include "drivers/process/plain_runtime.h"
#include "sys/command.h"
#include "sys/directory.h"
#include "sys/files.h"
#include "sys/users.h"

#include <atomic>
#include <optional>
#include <tuple>
#include <utility>

#include <unistd.h>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr const char* kSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char* kContainerId = "task";  // Unique in its own root directory.
constexpr const char* kDefaultUser = "nobody";
constexpr mode_t kPrivate = 0600;
constexpr int kExecRounds = 5000;
constexpr useconds_t kExecPauseMicros = 200;

// Where things of a container are.
struct ContainerPaths {
  explicit ContainerPaths(const ProcessState& state) : ContainerPaths(state.state_dir, state.task_name) {}
  ContainerPaths(const std::string& state_dir, const std::string& task)
      : bundle(state_dir + "/" + task + ".container") {}

  std::string root() const { return bundle + "/runtime"; }
  std::string log() const { return bundle + "/runtime.log"; }

  std::string bundle;
};
constexpr const char* kConfig = "config.json";     // With the environment: removed as soon as the task runs.
constexpr const char* kProcess = "process.json";   // The process without environment and arguments, for commands.
constexpr const char* kPidNamespace = "own-pids";  // Exists if the container has a pid namespace.

std::string launched_file(const std::string& task) {
  return task + ".launched";
}

Status write_private(const sys::Directory& directory, const char* name, std::string_view bytes) {
  TRY_LET(const auto file, directory.create_file(name, {.mode = kPrivate}));
  return sys::write_all(file, bytes);
}

// Nomad's order: local/, the task's directory, then PATH.
std::string command_in_task(const std::string& command, const TaskDirs& dirs) {
  if (command.find('/') != std::string::npos) return command;
  for (const std::string_view prefix : {"local/", ""}) {
    const auto task = sys::Directory::open(dirs.task);
    const auto file = task ? task->stat(std::string(prefix) + command) : err(task.error());
    if (file && file->kind == sys::FileKind::Regular && (file->mode & 0111) != 0) {
      return "/" + std::string(prefix) + command;
    }
  }
  return command;
}

std::map<std::string, std::string> existing(std::map<std::string, std::string> chroot_env) {
  std::erase_if(chroot_env, [](const auto& entry) { return ::access(entry.first.c_str(), F_OK) != 0; });
  return chroot_env;
}

// Nobody but the task's user may read its secrets; the agent made the directory for the user that the job names.
Status give_secrets(const std::string& path, const sys::User& user) {
  const auto secrets = sys::Directory::open(path);
  if (!secrets) return Ok{};
  TRY(secrets->set_owner("", {.uid = user.uid, .gid = user.gid}));
  return secrets->set_mode("", 0700);
}

// The runtime returns when its last process in the container, "runc:[2:INIT]", is about to execute the program: until
// then the process has not the environment and signal handlers that we ask it for. The kernel sets the name first, the
// environment some time later.
void await_program(pid_t pid) {
  const auto has_program = [pid] {
    const auto name = sys::read_file(fmt::format("/proc/{}/comm", pid), 64);
    const auto environment = sys::read_file(fmt::format("/proc/{}/environ", pid));
    return !name || !environment || (name->find(":[") == std::string::npos && !environment->empty());
  };
  for (int round = 0; round < kExecRounds && !has_program(); round++) ::usleep(kExecPauseMicros);
}

// The last message of a log of JSON lines.
std::optional<std::string> last_message(const std::string& log) {
  std::optional<std::string> message;
  for (const auto& line : split(log, '\n')) {
    const auto entry = codec::parse_json(line);
    const Value* text = entry ? entry->find("msg") : nullptr;
    if (text && text->as_string()) message = *text->as_string();
  }
  return message;
}

}  // namespace

Result<OciRuntime> find_oci_runtime() {
  if (!sys::running_as_root()) return err(ErrorCode::PermissionDenied, "containers need an agent that runs as root");
  for (const char* name : {"runc", "crun"}) {
    const auto path = sys::find_executable(name, kSearchPath, "/");
    if (!path) continue;
    const auto output = sys::run_command({name, "--version"}, {.timeout = std::chrono::seconds(10)});
    if (!output || !output->status.ok()) continue;
    // "runc version 1.1.5+ds1"
    const auto words = split(split(output->out, '\n').front(), ' ');
    return OciRuntime{.path = *path, .name = name, .version = words.back()};
  }
  return err(ErrorCode::NotFound, "neither runc nor crun is installed");
}

ContainerRuntime::ContainerRuntime(std::string driver, OciRuntime program, ExecOptions options,
                                   const sys::CgroupManager& cgroups)
    : driver_(std::move(driver)), program_(std::move(program)), options_(std::move(options)), cgroups_(cgroups) {}

Result<LaunchPlan> ContainerRuntime::plan(const TaskConfig& config, const ContainerRequest& request,
                                          const std::string& cgroup) const {
  TRY_LET(auto user, sys::find_user(config.user.empty() ? kDefaultUser : config.user));
  TRY(give_secrets(config.dirs.secrets, user));
  const ContainerPaths paths(config.dirs.state, config.task);
  TRY_LET(const auto bundle, sys::Directory::create(paths.bundle, 0700, "container directory"));

  Value spec = oci_spec({.task = config,
                         .request = request,
                         .options = options_,
                         .user = user,
                         .command = command_in_task(request.exec.command, config.dirs),
                         .chroot_env = existing(options_.chroot_env),
                         .cgroup_path = cgroups_.path_of(cgroup),
                         .cgroups_v2 = cgroups_.version() == sys::CgroupVersion::V2});
  TRY(write_private(bundle, kConfig, codec::dump(spec)));
  Value process = std::move(*spec.find("process"));
  process.erase("env");
  TRY(write_private(bundle, kProcess, codec::dump(process)));
  if (drivers::has_pid_namespace(request.exec, options_)) TRY(write_private(bundle, kPidNamespace, ""));

  LaunchPlan plan{.spec = supervisor_spec(config), .joins_cgroup_itself = true};
  plan.limits = resource_limits(config, options_.pids_limit);
  *plan.limits.memory_max_bytes += static_cast<uint64_t>(request.extra_memory_mb) << 20;
  plan.spec.executable = program_.path;
  plan.spec.argv = {program_.name,
                    "--root",
                    paths.root(),
                    "--log",
                    paths.log(),
                    "--log-format",
                    "json",
                    "run",
                    "--detach",
                    "--bundle",
                    paths.bundle,
                    "--pid-file",
                    config.dirs.state + "/" + launched_file(config.task)};
  if (options_.no_pivot_root) plan.spec.argv.emplace_back("--no-pivot");
  plan.spec.argv.emplace_back(kContainerId);
  plan.spec.env = {std::string("PATH=") + kSearchPath};
  plan.spec.cwd = paths.bundle;
  plan.spec.launched_pid_file = launched_file(config.task);
  plan.launched = [config_file = paths.bundle + "/" + kConfig](pid_t pid) {
    ::unlink(config_file.c_str());
    await_program(pid);
  };
  return plan;
}

Result<TaskCommand> ContainerRuntime::command(const ProcessState& state, std::vector<std::string> argv,
                                              std::optional<TerminalSize> terminal) const {
  static std::atomic<uint64_t> last_number = 0;
  const ContainerPaths paths(state);
  TRY_LET(const auto text, sys::read_file(paths.bundle + "/" + kProcess));
  TRY_LET(auto process, codec::parse_json(text));
  auto env = environment_of(state.process().task.pid);
  process.set("terminal", terminal.has_value());
  if (terminal) {
    env.emplace_back("TERM=xterm");
    process.set("consoleSize", Value::Object{{"height", terminal->rows}, {"width", terminal->columns}});
  }
  process.set("args", Value::Array(argv.begin(), argv.end()));
  process.set("env", Value::Array(env.begin(), env.end()));

  TaskCommand command;
  TRY_LET(auto file, sys::make_memory_file("drover-command", codec::dump(process)));
  command.pid_file = fmt::format("{}/command-{}-{}.pid", paths.bundle, ::getpid(), ++last_number);
  command.spec.executable = program_.path;
  command.spec.argv = {program_.name,     "--root",     paths.root(),     "exec",      "--process",
                       "/proc/self/fd/3", "--pid-file", command.pid_file, kContainerId};
  command.spec.env = {std::string("PATH=") + kSearchPath};
  command.spec.cwd = "/";
  command.spec.extra_fds = {file.get()};
  command.files.push_back(std::move(file));
  return command;
}

bool ContainerRuntime::has_pid_namespace(const ProcessState& state) const {
  return ::access((ContainerPaths(state).bundle + "/" + kPidNamespace).c_str(), F_OK) == 0;
}

Error ContainerRuntime::explain(Error error, const ProcessState& state) const {
  const auto message = last_message(sys::read_file(ContainerPaths(state).log(), 1 << 20).value_or(""));
  if (!message) return error;
  const auto has = [&](std::string_view text) { return message->find(text) != std::string::npos; };
  ErrorCode code = error.code();
  if (has("executable file not found") || has("no such file or directory")) code = ErrorCode::NotFound;
  if (has("permission denied")) code = ErrorCode::PermissionDenied;
  return {code, fmt::format("{}: {}", program_.name, *message)};
}

Status ContainerRuntime::clean_up(const ProcessState& state) const {
  const auto directory = sys::Directory::open(state.state_dir);
  if (!directory)
    return directory.error().code() == ErrorCode::NotFound ? Status(Ok{}) : Status(err(directory.error()));
  TRY(directory->remove_tree(state.task_name + ".container"));
  return directory->remove_tree(launched_file(state.task_name));
}

std::map<std::string, std::string> default_chroot_env() {
  std::map<std::string, std::string> out;
  for (const char* path : {"/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/run/resolvconf",
                           "/run/systemd/resolve", "/sbin", "/usr"}) {
    out[path] = path;
  }
  return out;
}

}  // namespace drover::drivers
