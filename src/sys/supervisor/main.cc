// drover-supervise: starts one task, writes its output to log files and its exit status to a record, and ends. Its
// contract is protocol.h. It outlives the agent that started it, so it depends on nobody and allocates nothing.
#include "kernel.h"
#include "log_file.h"
#include "protocol.h"
#include "records.h"
#include "task.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

namespace {

using supervisor::Stage;

constexpr int kSigKill = 9;
constexpr int kSigChild = 17;
constexpr int kSetMask = 2;
constexpr int64_t kMillisecond = 1'000'000;
// How long processes that the task left behind may still write after its end, before they are killed, and after.
constexpr int64_t kGrace = 200 * kMillisecond;
constexpr int64_t kKillTime = 2000 * kMillisecond;

// Only the pages that were ever used count as memory.
char buffer[64 << 10];

int64_t clock_nanos(int clock) {
  timespec t = {};
  kernel::call(__NR_clock_gettime, clock, kernel::ptr(&t));
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

struct Task {
  char name[supervisor::kMaxTaskName + 1] = {};
  int pid = 0;
  uint64_t start_time = 0;
  uint64_t oom_kills_before = 0;
  bool exited = false;
  int code = 0;
  int signal = 0;
};

struct Stream {
  int fd;
  LogFile log;
};

struct Pipes {
  int out[2];
  int err[2];
};

// Blocking them all makes this process deaf to SIGTERM, SIGHUP and SIGPIPE, with nothing for the task to inherit.
int block_signals() {
  const uint64_t all = ~0ULL;
  kernel::call(__NR_rt_sigprocmask, kSetMask, kernel::ptr(&all), 0, sizeof all);
  const uint64_t child = 1ULL << (kSigChild - 1);
  return static_cast<int>(
      kernel::call(__NR_signalfd4, -1, kernel::ptr(&child), sizeof child, SFD_CLOEXEC | SFD_NONBLOCK));
}

Spec map_spec() {
  struct stat info = {};
  if (kernel::call(__NR_fstat, supervisor::kSpecFd, kernel::ptr(&info)) < 0) kernel::exit(2);
  const long block =
      kernel::call(__NR_mmap, 0, info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, supervisor::kSpecFd, 0);
  if (block < 0 && block > -4096) kernel::exit(2);
  Spec spec(reinterpret_cast<char*>(block));
  if (spec.header().magic != supervisor::kMagic || spec.header().size != info.st_size) kernel::exit(2);
  return spec;
}

[[noreturn]] void give_up(const Spec& spec) {
  const auto report = spec.header().report;
  kernel::write(supervisor::kReportFd, &report, sizeof report);
  kernel::exit(1);
}

Pipes make_pipes(const Spec& spec) {
  Pipes pipes;
  long result = kernel::call(__NR_pipe2, kernel::ptr(pipes.out), O_CLOEXEC);
  if (result == 0) result = kernel::call(__NR_pipe2, kernel::ptr(pipes.err), O_CLOEXEC);
  if (result < 0) {
    spec.header().report = {.stage = Stage::Setup, .error = static_cast<int32_t>(-result)};
    give_up(spec);
  }
  kernel::call(__NR_fcntl, pipes.out[0], F_SETFL, O_NONBLOCK);
  kernel::call(__NR_fcntl, pipes.err[0], F_SETFL, O_NONBLOCK);
  return pipes;
}

Text supervisor_line() {
  Text line;
  line.add("supervisor ").add(static_cast<uint64_t>(kernel::call(__NR_getpid))).add(" ");
  line.add(start_time_of("self")).add("\n");
  return line;
}

[[noreturn]] void give_up_recorded(const Spec& spec) {
  Text record;
  record.add(spec.text(spec.header().task_name)).add(".pid");
  kernel::unlinkat(supervisor::kStateFd, record.c_str());
  give_up(spec);
}

// The supervisor is suspended until its child has executed the task or failed; they share no memory but the spec.
void start_task(const Spec& spec, const Pipes& pipes, const Text& line) {
  auto& header = spec.header();
  clone_args args = {};
  args.flags = CLONE_VFORK;
  args.exit_signal = kSigChild;
  if (header.has_cgroup2) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = supervisor::kCgroup2Fd;
  }
  const long pid = kernel::call(__NR_clone3, kernel::ptr(&args), sizeof args);
  if (pid == 0) {
    become_task(spec, {.out_write = pipes.out[1], .err_write = pipes.err[1]}, line);
    kernel::exit(127);
  }
  if (pid < 0) header.report = {.stage = Stage::Fork, .error = static_cast<int32_t>(-pid)};
  if (header.report.error == 0) {
    header.report.stage = Stage::Started;
    return;
  }
  give_up_recorded(spec);
}

// The number in the launcher's file, as text; empty if there is none.
Text launched_pid(const Spec& spec) {
  Text pid;
  char text[32] = {};
  const long fd =
      kernel::openat(supervisor::kStateFd, spec.text(spec.header().launched_pid_file), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return pid;
  const long length = kernel::read(static_cast<int>(fd), text, sizeof text - 1);
  kernel::close(static_cast<int>(fd));
  uint64_t number = 0;
  if (length > 0 && parse_number(text, number)) pid.add(number);
  return pid;
}

// Waits for the launcher and takes over what it started, which became our child at the launcher's end. Nobody else is
// reaped before its number is known: a task that has ended already is still a zombie with a start time.
void take_over_launched(const Spec& spec, const Text& line) {
  auto& report = spec.header().report;
  int status = 0;
  while (kernel::call(__NR_wait4, report.task_pid, kernel::ptr(&status), 0, 0) == -EINTR) {
  }
  const Text pid = launched_pid(spec);
  uint64_t number = 0;
  if (status != 0 || !parse_number(pid.c_str(), number)) {
    const int code = (status >> 8) & 0xff;
    report = {.stage = Stage::Launch, .error = status == 0 ? -1 : code != 0 ? code : 128 + (status & 0x7f)};
    give_up_recorded(spec);
  }
  report.task_pid = static_cast<int32_t>(number);
  report.task_start_time = start_time_of(pid.c_str());
  const long recorded = record_task(spec, line, Launching::No);
  if (recorded < 0) {
    kernel::call(__NR_kill, static_cast<long>(number), kSigKill);
    report = {.stage = Stage::Record, .error = static_cast<int32_t>(-recorded)};
    give_up_recorded(spec);
  }
}

void read_stream(Stream& stream) {
  const long length = kernel::read(stream.fd, buffer, sizeof buffer);
  if (length > 0) {
    stream.log.write(buffer, static_cast<uint64_t>(length));
  } else if (length != -EAGAIN && length != -EINTR) {
    kernel::close(stream.fd);
    stream.fd = -1;
  }
}

void note_exit(Task& task, int status) {
  task.exited = true;
  task.signal = status & 0x7f;
  task.code = task.signal ? 0 : (status >> 8) & 0xff;
}

// Reaps the task and the orphans it left to us.
enum class Children : uint8_t { Some, None };
Children reap(Task& task) {
  for (;;) {
    int status = 0;
    const long pid = kernel::call(__NR_wait4, -1, kernel::ptr(&status), WNOHANG, 0);
    if (pid == -ECHILD) return Children::None;
    if (pid <= 0) return Children::Some;
    if (pid == task.pid) note_exit(task, status);
  }
}

// Waits for output or the end of a child, at most until `deadline` (0: for ever), and takes what there is.
Children step(Task& task, Stream& out, Stream& err, int child_fd, int64_t deadline) {
  pollfd fds[] = {{out.fd, POLLIN, 0}, {err.fd, POLLIN, 0}, {child_fd, POLLIN, 0}};
  timespec timeout = {};
  if (deadline != 0) {
    const int64_t left = deadline - clock_nanos(CLOCK_MONOTONIC);
    if (left > 0) timeout = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  }
  kernel::call(__NR_ppoll, kernel::ptr(fds), 3, deadline != 0 ? kernel::ptr(&timeout) : 0, 0, 0);
  if (fds[0].revents) read_stream(out);
  if (fds[1].revents) read_stream(err);
  if (!fds[2].revents) return Children::Some;
  signalfd_siginfo info;
  kernel::read(child_fd, &info, sizeof info);
  return reap(task);
}

// As subreaper we inherit every descendant whose parent is gone, so this gets them all, generation by generation. They
// are our own children, not reaped yet: their numbers cannot belong to anybody else.
void kill_children() {
  Text path;
  const auto self = static_cast<uint64_t>(kernel::call(__NR_getpid));
  path.add("/proc/self/task/").add(self).add("/children");
  const long fd = kernel::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const long length = kernel::read(static_cast<int>(fd), buffer, sizeof buffer - 1);
  kernel::close(static_cast<int>(fd));
  if (length <= 0) return;
  buffer[length] = 0;
  for (const char* p = buffer; *p;) {
    uint64_t pid;
    if (parse_number(p, pid)) kernel::call(__NR_kill, static_cast<long>(pid), kSigKill);
    while (*p && *p != ' ') p++;
    while (*p == ' ') p++;
  }
}

// After the end of the task: the output that is under way, then the end of what the task left behind.
void wind_down(Task& task, Stream& out, Stream& err, int child_fd) {
  const auto now = [] { return clock_nanos(CLOCK_MONOTONIC); };
  for (const int64_t end = now() + kGrace; (out.fd >= 0 || err.fd >= 0) && now() < end;) {
    step(task, out, err, child_fd, end);
  }
  const int64_t end = now() + kKillTime;
  while (reap(task) == Children::Some && now() < end) {
    kill_children();
    step(task, out, err, child_fd, now() + 5 * kMillisecond);
  }
  // Nobody writes any more, unless somebody outside holds the pipe.
  while ((out.fd >= 0 || err.fd >= 0) && now() < end) {
    pollfd fds[] = {{out.fd, POLLIN, 0}, {err.fd, POLLIN, 0}};
    const timespec no_wait = {};
    if (kernel::call(__NR_ppoll, kernel::ptr(fds), 2, kernel::ptr(&no_wait), 0, 0) <= 0) break;
    if (fds[0].revents) read_stream(out);
    if (fds[1].revents) read_stream(err);
  }
}

void record_exit(const Task& task, uint64_t dropped_bytes) {
  const bool oom = read_counter(supervisor::kOomFd, "oom_kill") > task.oom_kills_before;
  Text name;
  name.add(task.name).add(".exit");
  Text bytes;
  bytes.add("task ").add(static_cast<uint64_t>(task.pid)).add(" ").add(task.start_time);
  bytes.add("\ncode ").add(static_cast<uint64_t>(task.code)).add("\nsignal ").add(static_cast<uint64_t>(task.signal));
  bytes.add("\noom ").add(uint64_t{oom}).add("\nfinished ");
  bytes.add(static_cast<uint64_t>(clock_nanos(CLOCK_REALTIME))).add("\ndropped ").add(dropped_bytes).add("\n");
  // On a full disk the record may fit a little later; without one the task counts as lost.
  for (int attempt = 0; attempt < 10; attempt++) {
    if (write_record(supervisor::kStateFd, name, bytes, Sync::Yes) == 0) return;
    const timespec pause = {.tv_sec = 1, .tv_nsec = 0};
    kernel::call(__NR_nanosleep, kernel::ptr(&pause), 0);
  }
}

// Less likely to be chosen by the OOM killer than what it supervises; not allowed without privileges, which is fine.
void avoid_oom_killer() {
  const long fd = kernel::openat(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  kernel::write(static_cast<int>(fd), "-900", 4);
  kernel::close(static_cast<int>(fd));
}

Task adopt_task(const Spec& spec) {
  const auto& header = spec.header();
  Task task;
  const char* name = spec.text(header.task_name);
  for (uint32_t i = 0; i < supervisor::kMaxTaskName && name[i]; i++) task.name[i] = name[i];
  task.pid = header.report.task_pid;
  task.start_time = header.report.task_start_time;
  return task;
}

// Tells the agent, and lets go of what only the start needed. Whoever sees the lock free sees the record.
void announce(const Spec& spec) {
  const auto& header = spec.header();
  kernel::close(supervisor::kLockFd);
  const auto report = header.report;
  const uint32_t cgroups = header.cgroup_count;
  kernel::write(supervisor::kReportFd, &report, sizeof report);
  const int no_longer[] = {supervisor::kSpecFd, supervisor::kReportFd, supervisor::kCwdFd, supervisor::kCgroup2Fd};
  for (const int fd : no_longer) kernel::close(fd);
  for (uint32_t i = 0; i < cgroups; i++) kernel::close(supervisor::kCgroupFd + static_cast<int>(i));
  kernel::call(__NR_munmap, kernel::ptr(&header), header.size);
}

LogFile open_log(const Task& task, const char* stream, LogLimits limits) {
  Text prefix;
  prefix.add(task.name).add(stream);
  return LogFile(supervisor::kLogFd, prefix, limits, buffer, sizeof buffer);
}

}  // namespace

extern "C" [[noreturn]] void supervise() {
  kernel::call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  kernel::call(__NR_prctl, PR_SET_NAME, kernel::ptr("drover-supervis"), 0, 0, 0);
  const int child_fd = block_signals();
  const Spec spec = map_spec();
  const LogLimits limits = {.max_files = spec.header().max_files, .max_file_bytes = spec.header().max_file_bytes};
  const Pipes pipes = make_pipes(spec);

  const uint64_t oom_kills_before = read_counter(supervisor::kOomFd, "oom_kill");
  const Text line = supervisor_line();
  start_task(spec, pipes, line);
  kernel::close(pipes.out[1]);
  kernel::close(pipes.err[1]);
  if (spec.header().has_launcher) take_over_launched(spec, line);
  Task task = adopt_task(spec);
  task.oom_kills_before = oom_kills_before;
  announce(spec);
  avoid_oom_killer();

  Stream out = {.fd = pipes.out[0], .log = open_log(task, ".stdout.", limits)};
  Stream err = {.fd = pipes.err[0], .log = open_log(task, ".stderr.", limits)};
  while (!task.exited) step(task, out, err, child_fd, 0);
  wind_down(task, out, err, child_fd);
  record_exit(task, out.log.dropped_bytes() + err.log.dropped_bytes());
  kernel::exit(0);
}

// The compiler calls these even in a program without a library.
extern "C" void* memcpy(void* to, const void* from, unsigned long size) {
  auto* target = static_cast<volatile char*>(to);
  for (unsigned long i = 0; i < size; i++) target[i] = static_cast<const char*>(from)[i];
  return to;
}

extern "C" void* memset(void* to, int value, unsigned long size) {
  auto* target = static_cast<volatile char*>(to);
  for (unsigned long i = 0; i < size; i++) target[i] = static_cast<char>(value);
  return to;
}

#if defined(__x86_64__)
asm(".globl _start\n_start: xor %ebp, %ebp\nand $-16, %rsp\ncall supervise\n");
#elif defined(__aarch64__)
asm(".globl _start\n_start: mov x29, #0\nbl supervise\n");
#endif
