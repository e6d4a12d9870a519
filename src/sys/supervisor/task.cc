#include "task.h"

#include "kernel.h"
#include "records.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>

namespace {

using supervisor::Stage;

// Raw: glibc's SIG_SETMASK needs <signal.h>, whose sigset_t is not the kernel's.
constexpr int kSetMask = 2;

long join_cgroups(const supervisor::SpecHeader& header) {
  for (uint32_t i = 0; i < header.cgroup_count; i++) {
    const long result = kernel::write(supervisor::kCgroupFd + static_cast<int>(i), "0", 1);
    if (result < 0) return result;
  }
  return 0;
}

long set_limits(const Spec& spec) {
  const auto& header = spec.header();
  if (header.has_oom_score_adj) {
    Text score;
    score.add_signed(header.oom_score_adj);
    const long fd = kernel::openat(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fd;
    const long result = kernel::write(static_cast<int>(fd), score.c_str(), score.size());
    if (result < 0) return result;
  }
  const auto* limits = spec.list<supervisor::Limit>(header.limits);
  for (uint32_t i = 0; i < header.limit_count; i++) {
    const long result = kernel::call(__NR_prlimit64, 0, limits[i].resource, kernel::ptr(&limits[i].soft), 0);
    if (result < 0) return result;
  }
  return 0;
}

long take_user(const Spec& spec) {
  const auto& header = spec.header();
  if (header.has_user) {
    long result = kernel::call(__NR_setgroups, header.group_count, kernel::ptr(spec.list<uint32_t>(header.groups)));
    if (result == 0) result = kernel::call(__NR_setresgid, header.gid, header.gid, header.gid);
    if (result == 0) result = kernel::call(__NR_setresuid, header.uid, header.uid, header.uid);
    if (result < 0) return result;
  }
  return header.no_new_privileges ? kernel::call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

long record_self(const Spec& spec, const Text& supervisor_line) {
  auto& header = spec.header();
  header.report.task_pid = static_cast<int32_t>(kernel::call(__NR_getpid));
  header.report.task_start_time = start_time_of("self");
  return record_task(spec, supervisor_line, header.has_launcher ? Launching::Yes : Launching::No);
}

// An array of pointers, ended by a null pointer, to the texts at `offsets`.
char** pointers(const Spec& spec, char** to, uint32_t offsets, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[i] = spec.text(spec.list<uint32_t>(offsets)[i]);
  to[count] = nullptr;
  return to;
}

long execute(const Spec& spec) {
  const auto& header = spec.header();
  const unsigned long bytes = (header.argv_count + header.env_count + 2UL) * sizeof(char*);
  const long memory =
      kernel::call(__NR_mmap, 0, static_cast<long>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory < 0 && memory > -4096) return memory;
  char** argv = pointers(spec, reinterpret_cast<char**>(memory), header.argv, header.argv_count);
  char** env = pointers(spec, argv + header.argv_count + 1, header.env, header.env_count);

  const uint64_t no_signals = 0;
  kernel::call(__NR_rt_sigprocmask, kSetMask, kernel::ptr(&no_signals), 0, sizeof no_signals);
  return kernel::call(__NR_execve, kernel::ptr(spec.text(header.executable)), kernel::ptr(argv), kernel::ptr(env));
}

}  // namespace

long record_task(const Spec& spec, const Text& supervisor_line, Launching launching) {
  const auto& header = spec.header();
  Text name;
  name.add(spec.text(header.task_name)).add(".pid");
  Text bytes = supervisor_line;
  bytes.add("task ").add(static_cast<uint64_t>(header.report.task_pid)).add(" ");
  bytes.add(header.report.task_start_time).add("\nboot ").add(spec.text(header.boot_id)).add("\n");
  if (launching == Launching::Yes) bytes.add("launching 1\n");
  return write_record(supervisor::kStateFd, name, bytes, Sync::No);
}

void become_task(const Spec& spec, TaskPipes pipes, const Text& supervisor_line) {
  auto& report = spec.header().report;
  const auto failed = [&](Stage stage, long result) {
    report.stage = stage;
    report.error = static_cast<int32_t>(-result);
    return result < 0;
  };
  kernel::call(__NR_setsid);
  if (failed(Stage::Setup, kernel::call(__NR_dup3, pipes.out_write, 1, 0))) return;
  if (failed(Stage::Setup, kernel::call(__NR_dup3, pipes.err_write, 2, 0))) return;
  if (failed(Stage::Cgroup, join_cgroups(spec.header()))) return;
  if (failed(Stage::Record, record_self(spec, supervisor_line))) return;
  kernel::close(supervisor::kLockFd);  // exec lets the supervisor go on before it closes anything
  if (failed(Stage::Limits, set_limits(spec))) return;
  if (failed(Stage::Cwd, kernel::call(__NR_fchdir, supervisor::kCwdFd))) return;
  if (failed(Stage::User, take_user(spec))) return;
  if (failed(Stage::Setup, kernel::call(__NR_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC))) return;
  failed(Stage::Exec, execute(spec));
}
