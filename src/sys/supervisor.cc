#include "sys/supervisor.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/host.h"
#include "sys/os_error.h"
#include "sys/supervisor/protocol.h"
#include "sys/supervisor_image.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <thread>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // linux/memfd.h, since 6.3
#endif

namespace drover::sys {

namespace {

namespace protocol = supervisor;

constexpr Duration kSettlePause = std::chrono::milliseconds(5);
constexpr size_t kRecordLimit = 4096;
constexpr int kKillRounds = 50;
constexpr useconds_t kPauseMicros = 1000;

// ---- the program

Result<Fd> load_program() {
  // MFD_EXEC is required where vm.memfd_noexec is set and unknown before 6.3.
  Fd writable(::memfd_create("drover-supervise", MFD_CLOEXEC | MFD_EXEC));
  if (!writable.valid()) writable = Fd(::memfd_create("drover-supervise", MFD_CLOEXEC));
  if (!writable.valid()) return os_err(errno, "make a file for the supervisor program");
  TRY(write_all(writable, supervisor_image()));
  // A file that is open for writing cannot be executed.
  const std::string path = fmt::format("/proc/self/fd/{}", writable.get());
  Fd program(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!program.valid()) return os_err(errno, "open the supervisor program");
  return program;
}

// One file for all supervisors, so that they share its pages.
const Result<Fd>& program() {
  static const Result<Fd> fd = load_program();
  return fd;
}

// ---- the specification block

class BlockBuilder {
 public:
  BlockBuilder() : bytes_(sizeof(protocol::SpecHeader), '\0') {}

  uint32_t text(const std::string& text) {
    const auto at = static_cast<uint32_t>(bytes_.size());
    bytes_.append(text).push_back('\0');
    return at;
  }

  template <class T>
  uint32_t list(const std::vector<T>& items) {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    const auto at = static_cast<uint32_t>(bytes_.size());
    bytes_.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
    return at;
  }

  uint32_t texts(const std::vector<std::string>& items) {
    std::vector<uint32_t> offsets;
    for (const std::string& item : items) offsets.push_back(text(item));
    return list(offsets);
  }

  std::string finish(protocol::SpecHeader header) {
    header.size = static_cast<uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

std::string encode(const SupervisorSpec& spec, size_t cgroup_count, bool has_cgroup2) {
  BlockBuilder block;
  const User user = spec.user.value_or(User{});
  std::vector<protocol::Limit> limits;
  for (const ResourceLimit& limit : spec.limits) {
    limits.push_back({.resource = static_cast<uint32_t>(limit.resource), .soft = limit.soft, .hard = limit.hard});
  }
  protocol::SpecHeader header;
  header.task_name = block.text(spec.task_name);
  header.launched_pid_file = block.text(spec.launched_pid_file);
  header.boot_id = block.text(boot_id());
  header.executable = block.text(spec.executable);
  header.argv = block.texts(spec.argv);
  header.argv_count = static_cast<uint32_t>(spec.argv.size());
  header.env = block.texts(spec.env);
  header.env_count = static_cast<uint32_t>(spec.env.size());
  header.groups = block.list(user.groups);
  header.group_count = static_cast<uint32_t>(user.groups.size());
  header.limits = block.list(limits);
  header.limit_count = static_cast<uint32_t>(limits.size());
  header.cgroup_count = static_cast<uint32_t>(cgroup_count);
  header.uid = user.uid;
  header.gid = user.gid;
  header.oom_score_adj = spec.oom_score_adj.value_or(0);
  header.max_files = spec.max_files;
  header.max_file_bytes = std::max<uint64_t>(spec.max_file_bytes, 1);
  header.has_user = spec.user.has_value();
  header.has_oom_score_adj = spec.oom_score_adj.has_value();
  header.has_cgroup2 = has_cgroup2;
  header.no_new_privileges = spec.no_new_privileges;
  header.has_launcher = !spec.launched_pid_file.empty();
  return block.finish(header);
}

Status check(const SupervisorSpec& spec) {
  if (spec.task_name.empty() || spec.task_name.size() > protocol::kMaxTaskName ||
      spec.task_name.find('/') != std::string::npos || spec.task_name.find('\0') != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "task name \"{}\" cannot be used in file names", printable(spec.task_name));
  }
  if (spec.argv.empty()) return err(ErrorCode::InvalidArgument, "task \"{}\" has no command", spec.task_name);
  return Ok{};
}

// ---- descriptors

struct Descriptors {
  Fd null;
  Fd log;
  Fd state;
  Fd cwd;
  Fd oom;
  Fd cgroup2;
  Fd lock;
  std::vector<Fd> cgroups;
};

Result<Fd> open_for(const std::string& path, int flags, std::string_view what) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) return os_err(errno, "open the {} {}", what, path);
  return fd;
}

Status open_cgroups(const SupervisorSpec& spec, Descriptors& fds) {
  for (const std::string& path : spec.cgroup_procs) {
    TRY_LET(Fd procs, open_for(path, O_WRONLY, "cgroup file"));
    struct statfs info = {};
    const bool v2 = ::fstatfs(procs.get(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
    if (v2 && !fds.cgroup2.valid()) {
      // Being born in a cgroup takes microseconds, moving into one waits some milliseconds for an RCU grace period.
      TRY_LET(fds.cgroup2, open_for(path.substr(0, path.rfind('/')), O_PATH | O_DIRECTORY, "cgroup"));
    } else {
      fds.cgroups.push_back(std::move(procs));
    }
  }
  return Ok{};
}

std::string lock_path(const std::string& state_dir, const std::string& task_name) {
  return fmt::format("{}/{}.lock", state_dir, task_name);
}

struct flock whole_file(int16_t type) {
  return {.l_type = type, .l_whence = SEEK_SET};
}

// The supervisor inherits the lock, so that it outlives the agent. It belongs to the open file, and who only asks for
// it does not take it.
Result<Fd> lock_start(const SupervisorSpec& spec) {
  const std::string path = lock_path(spec.state_dir, spec.task_name);
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) return os_err(errno, "open {}", path);
  struct flock whole = whole_file(F_WRLCK);
  if (::fcntl(lock.get(), F_OFD_SETLK, &whole) == 0) return lock;
  if (errno != EAGAIN && errno != EACCES) return os_err(errno, "lock {}", path);
  return err(ErrorCode::Unavailable, "task \"{}\" is being started", spec.task_name);
}

bool is_being_started(const std::string& state_dir, const std::string& task_name) {
  const Fd lock(::open(lock_path(state_dir, task_name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct flock whole = whole_file(F_WRLCK);
  return lock.valid() && ::fcntl(lock.get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

Result<Descriptors> open_descriptors(const SupervisorSpec& spec) {
  Descriptors fds;
  TRY_LET(fds.null, open_null());
  TRY_LET(fds.log, open_for(spec.log_dir, O_RDONLY | O_DIRECTORY, "log directory"));
  TRY_LET(fds.state, open_for(spec.state_dir, O_RDONLY | O_DIRECTORY, "state directory"));
  TRY_LET(fds.cwd, open_for(spec.cwd.empty() ? "/" : spec.cwd, O_PATH | O_DIRECTORY, "working directory"));
  TRY(open_cgroups(spec, fds));
  if (!spec.oom_file.empty()) {
    TRY_LET(fds.oom, open_for(spec.oom_file, O_RDONLY, "cgroup file"));
  }
  TRY_LET(fds.lock, lock_start(spec));
  return fds;
}

// ---- starting

std::string describe(const protocol::StartReport& report, const SupervisorSpec& spec) {
  using protocol::Stage;
  switch (report.stage) {
    case Stage::Started:
    case Stage::Setup:
      return "set up the task";
    case Stage::Fork:
      return "make a process";
    case Stage::Cgroup:
      return "join the cgroup";
    case Stage::Limits:
      return "set resource limits";
    case Stage::Cwd:
      return fmt::format("enter the working directory {}", spec.cwd);
    case Stage::User:
      return fmt::format("become user \"{}\"", spec.user ? spec.user->name : "");
    case Stage::Record:
      return fmt::format("write the task's record in {}", spec.state_dir);
    case Stage::Exec:
      return fmt::format("exec {}", spec.executable);
    case Stage::Launch:
      return fmt::format("{} failed", spec.executable);
  }
  return "start the task";
}

void abandon(const Process& supervisor) {
  // One that hangs takes its child along: nothing may start after the caller was told that it did not.
  for (const ProcessId& id : list_descendants(supervisor.id.pid)) {
    if (const auto process = open_process(id)) (void)send_signal(*process, SIGKILL);
  }
  (void)send_signal(supervisor, SIGKILL);
  (void)wait(supervisor, std::chrono::seconds(1));
}

Result<protocol::StartReport> read_report(const Fd& pipe) {
  TRY_LET(const bool ready, wait_readable(pipe, kStartTimeout));
  if (!ready) return err(ErrorCode::DeadlineExceeded, "the supervisor does not answer");
  protocol::StartReport report;
  const ssize_t length = ::read(pipe.get(), &report, sizeof report);
  if (length != sizeof report) return err(ErrorCode::Internal, "the supervisor ended without a report");
  return report;
}

SpawnSpec supervisor_process(const SupervisorSpec& spec, const Fd& program) {
  return {.executable = "the supervisor",
          .executable_fd = program.get(),
          .argv = {"drover-supervise", spec.title.empty() ? spec.task_name : spec.title},
          .cwd = "/",
          .netns = spec.netns};
}

}  // namespace

Result<SupervisedTask> start_supervised(const SupervisorSpec& spec) {
  TRY(check(spec));
  if (!program()) return err(program().error());
  TRY_LET(const Descriptors fds, open_descriptors(spec));
  TRY_LET(const Fd block, make_memory_file("drover-task", encode(spec, fds.cgroups.size(), fds.cgroup2.valid())));
  TRY_LET(Pipe report_pipe, make_pipe());

  const auto or_null = [&](const Fd& fd) { return fd.valid() ? fd.get() : fds.null.get(); };
  SpawnSpec process = supervisor_process(spec, *program());
  process.extra_fds = {block.get(),   report_pipe.write.get(), fds.log.get(),        fds.state.get(),
                       fds.cwd.get(), or_null(fds.oom),        or_null(fds.cgroup2), fds.lock.get()};
  for (const Fd& fd : fds.cgroups) process.extra_fds.push_back(fd.get());
  TRY_LET(Process supervisor, spawn(process));
  report_pipe.write.reset();

  const auto report = read_report(report_pipe.read);
  if (!report || report->stage != protocol::Stage::Started) {
    abandon(supervisor);
    ::unlink(lock_path(spec.state_dir, spec.task_name).c_str());  // which we still hold
    if (!report) return err(report.error().context(fmt::format("start task \"{}\"", spec.task_name)));
    if (report->stage == protocol::Stage::Launch) {
      return err(ErrorCode::Internal, "{} with status {}", describe(*report, spec), report->error);
    }
    return os_err(report->error, "{}", describe(*report, spec));
  }
  SupervisedTask task;
  task.handle = {.supervisor = supervisor.id,
                 .task = {.pid = report->task_pid, .start_time = report->task_start_time},
                 .boot_id = boot_id(),
                 .state_dir = spec.state_dir,
                 .task_name = spec.task_name};
  task.supervisor = std::move(supervisor);
  return task;
}

// ---- afterwards

namespace {

using Record = std::map<std::string, std::vector<std::string>, std::less<>>;

// Lines "<key> <value>…".
Result<Record> read_record(const std::string& path) {
  TRY_LET(const std::string text, read_file(path, kRecordLimit));
  Record record;
  for (const std::string& line : split(text, '\n')) {
    auto words = split(line, ' ');
    if (words.size() < 2) continue;
    const std::string key = words[0];
    words.erase(words.begin());
    record[key] = std::move(words);
  }
  return record;
}

uint64_t number_of(const Record& record, std::string_view key, size_t index = 0) {
  const auto found = record.find(key);
  if (found == record.end() || found->second.size() <= index) return 0;
  return parse_uint(found->second[index]).value_or(0);
}

ProcessId process_of(const Record& record, std::string_view key) {
  return {.pid = static_cast<pid_t>(number_of(record, key, 0)), .start_time = number_of(record, key, 1)};
}

// Process numbers mean nothing after a reboot, whatever their start times.
bool same_boot(const TaskHandle& handle) {
  return handle.boot_id == boot_id();
}

// Not even a zombie.
bool is_running(ProcessId id) {
  const auto process = open_process(id);
  return process && !wait_readable(process->pidfd, Duration(0)).value_or(true);
}

}  // namespace

Result<TaskHandle> read_task_handle(const std::string& state_dir, const std::string& task_name) {
  // Before the record is read: when a start is over, the record is final.
  if (is_being_started(state_dir, task_name)) {
    return err(ErrorCode::Unavailable, "task \"{}\" is being started", task_name);
  }
  TRY_LET(const Record record, read_record(fmt::format("{}/{}.pid", state_dir, task_name)));
  TaskHandle handle = {.supervisor = process_of(record, "supervisor"),
                       .task = process_of(record, "task"),
                       .state_dir = state_dir,
                       .task_name = task_name};
  if (const auto boot = record.find("boot"); boot != record.end()) handle.boot_id = boot->second[0];
  if (handle.supervisor.pid == 0 || handle.task.pid == 0) {
    return err(ErrorCode::Internal, "cannot understand {}/{}.pid", state_dir, task_name);
  }
  if (record.contains("launching")) {
    return err(ErrorCode::NotFound, "the launch of task \"{}\" came to nothing", task_name);
  }
  return handle;
}

Result<TaskHandle> settle_task_handle(const std::string& state_dir, const std::string& task_name, Duration patience) {
  for (Duration waited{0};; waited += kSettlePause) {
    auto handle = read_task_handle(state_dir, task_name);
    const bool starting = !handle && handle.error().code() == ErrorCode::Unavailable;
    if (!starting || waited >= patience) return handle;
    std::this_thread::sleep_for(kSettlePause);
  }
}

Result<TaskExit> read_exit_status(const TaskHandle& handle) {
  const std::string path = fmt::format("{}/{}.exit", handle.state_dir, handle.task_name);
  TRY_LET(const Record record, read_record(path));
  if (process_of(record, "task") != handle.task) {
    return err(ErrorCode::NotFound, "{} is about another run of task \"{}\"", path, handle.task_name);
  }
  return TaskExit{.status = {.code = static_cast<int>(number_of(record, "code")),
                             .signal = static_cast<int>(number_of(record, "signal"))},
                  .oom_killed = number_of(record, "oom") != 0,
                  .finished_at = {static_cast<int64_t>(number_of(record, "finished"))},
                  .dropped_log_bytes = number_of(record, "dropped")};
}

void forget_task(const TaskHandle& handle) {
  const auto path = [&](std::string_view kind) {
    return fmt::format("{}/{}.{}", handle.state_dir, handle.task_name, kind);
  };
  const auto is_ours = [&](const std::string& file) {
    const auto record = read_record(file);
    return record && process_of(*record, "task") == handle.task;
  };
  // Nobody holds the lock of a start that has made its record.
  if (is_ours(path("pid"))) ::unlink(lock_path(handle.state_dir, handle.task_name).c_str());
  // The exit record last: alone it means nothing.
  for (const std::string& file : {path("pid"), path("exit")}) {
    if (is_ours(file)) ::unlink(file.c_str());
  }
}

Result<SupervisedTask> recover_task(const TaskHandle& handle) {
  SupervisedTask task;
  task.handle = handle;
  if (same_boot(handle)) {
    if (auto supervisor = open_process(handle.supervisor)) {
      task.supervisor = std::move(*supervisor);
      TRY_LET(const bool ended, wait_readable(task.supervisor.pidfd, Duration(0)));
      if (!ended) return task;
    } else if (supervisor.error().code() != ErrorCode::NotFound) {
      return err(supervisor.error());
    }
  }
  TRY(finish_task(task));
  return task;
}

Status finish_task(SupervisedTask& task) {
  if (task.supervisor.pidfd.valid()) {
    TRY_LET(const bool ended, wait_readable(task.supervisor.pidfd, Duration(0)));
    if (!ended) return err(ErrorCode::Unavailable, "task \"{}\" still runs", task.handle.task_name);
    // Only a child of ours can be reaped, a recovered one belongs to init.
    (void)try_wait(task.supervisor);
    task.supervisor.pidfd.reset();
  }
  auto exit = read_exit_status(task.handle);
  if (!exit && exit.error().code() != ErrorCode::NotFound) return err(exit.error());
  task.state = exit ? SupervisedTask::State::Exited : SupervisedTask::State::Lost;
  if (exit) task.exit = *exit;
  return Ok{};
}

namespace {

// How many of them were alive.
size_t signal_all(const std::vector<ProcessId>& processes, int signal) {
  size_t alive = 0;
  for (const ProcessId& id : processes) {
    const auto process = open_process(id);
    if (!process || wait_readable(process->pidfd, Duration(0)).value_or(true)) continue;
    alive++;
    (void)send_signal(*process, signal);
  }
  return alive;
}

// Stops `root` and all its descendants, also those that are born meanwhile: if one died before its child were seen, the
// child would be init's and out of reach. REQUIRES that `root` runs.
std::vector<ProcessId> stop_tree(ProcessId root) {
  std::vector<ProcessId> tree;
  for (int round = 0; round < kKillRounds; round++) {
    auto now = list_descendants(root.pid);
    now.insert(now.begin(), root);
    if (!is_running(root) || now == tree) break;
    tree = std::move(now);
    signal_all(tree, SIGSTOP);
  }
  return tree;
}

}  // namespace

Status signal_task(const TaskHandle& handle, int signal) {
  if (!same_boot(handle)) return err(ErrorCode::NotFound, "task \"{}\" ran before a reboot", handle.task_name);
  TRY_LET(const Process process, open_process(handle.task));
  return send_signal(process, signal);
}

Status kill_task(const TaskHandle& handle) {
  if (!same_boot(handle)) return Ok{};
  for (int round = 0; round < kKillRounds; round++) {
    // The supervisor inherits every orphan of the task; without one we see what still hangs below the task itself.
    const bool supervised = is_running(handle.supervisor);
    if (!supervised && !is_running(handle.task)) return Ok{};
    const size_t alive = supervised ? signal_all(list_descendants(handle.supervisor.pid), SIGKILL)
                                    : signal_all(stop_tree(handle.task), SIGKILL);
    if (alive == 0) return Ok{};
    ::usleep(kPauseMicros);
  }
  return err(ErrorCode::DeadlineExceeded, "task \"{}\" cannot be killed", handle.task_name);
}

void kill_tree(ProcessId root) {
  signal_all(stop_tree(root), SIGKILL);
}

}  // namespace drover::sys
