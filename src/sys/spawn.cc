#include "sys/os_error.h"
#include "sys/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

namespace drover::sys {

namespace {

constexpr size_t kChildStack = 64 << 10;

// What the child needs, ready to use: it shares our memory until it executes, so it must not allocate.
struct ChildPlan {
  const SpawnSpec* spec = nullptr;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::vector<int> fds;  // Becomes 0, 1, 2, ….
  int executable_fd = -1;
  std::vector<int> cgroups;
  int netns_fd = -1;
  sigset_t signal_mask;
  const char* failed_step = nullptr;
  int error = 0;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// First out of the way of the numbers they get, so that none is overwritten before it is copied.
__attribute__((no_sanitize("address", "thread", "undefined"))) bool arrange_fds(ChildPlan& plan) {
  const int count = static_cast<int>(plan.fds.size());
  for (int& fd : plan.fds) {
    if ((fd = ::fcntl(fd, F_DUPFD_CLOEXEC, count)) < 0) return false;
  }
  if (plan.executable_fd >= 0 && (plan.executable_fd = ::fcntl(plan.executable_fd, F_DUPFD_CLOEXEC, count)) < 0) {
    return false;
  }
  for (int i = 0; i < count; i++) {
    if (::dup2(plan.fds[static_cast<size_t>(i)], i) < 0) return false;
  }
  return ::syscall(SYS_close_range, count, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

// Raw system calls: glibc's setuid would change every thread of the parent, whose memory this is.
__attribute__((no_sanitize("address", "thread", "undefined"))) bool take_user(const User& user) {
  return ::syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) bool join_cgroups(const std::vector<int>& procs) {
  for (const int fd : procs) {
    if (::write(fd, "0", 1) != 1) return false;
  }
  return true;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) bool set_limits(const SpawnSpec& spec) {
  for (const ResourceLimit& limit : spec.limits) {
    const rlimit value = {.rlim_cur = limit.soft, .rlim_max = limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0) return false;
  }
  return true;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void reset_signals(const sigset_t& mask) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; signal++) ::sigaction(signal, &action, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) const char* prepare(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (spec.new_session && ::setsid() < 0) return "start a session";
  if (!join_cgroups(plan.cgroups)) return "join the cgroup";
  if (plan.netns_fd >= 0 && ::setns(plan.netns_fd, CLONE_NEWNET) != 0) return "join the network namespace";
  if (!arrange_fds(plan)) return "arrange file descriptors";
  if (spec.controlling_terminal && ::ioctl(0, TIOCSCTTY, 0) != 0) return "take the terminal";
  if (!set_limits(spec)) return "set resource limits";
  if (!spec.cwd.empty() && ::chdir(spec.cwd.c_str()) != 0) return "enter the working directory";
  if (spec.user && !take_user(*spec.user)) return "become the user";
  reset_signals(plan.signal_mask);
  if (plan.executable_fd >= 0) {
    ::syscall(SYS_execveat, plan.executable_fd, "", plan.argv.data(), plan.env.data(), AT_EMPTY_PATH);
  } else {
    ::execve(spec.executable.c_str(), plan.argv.data(), plan.env.data());
  }
  return "exec";
}

__attribute__((no_sanitize("address", "thread", "undefined"))) int child_main(void* argument) {
  auto& plan = *static_cast<ChildPlan*>(argument);
  plan.failed_step = prepare(plan);
  plan.error = errno;
  ::_exit(127);
}

tl::unexpected<Error> spawn_error(const ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  const std::string step = plan.failed_step;
  if (step == "enter the working directory") return os_err(plan.error, "enter the working directory {}", spec.cwd);
  if (step == "become the user") return os_err(plan.error, "become user \"{}\"", spec.user->name);
  if (step == "exec") return os_err(plan.error, "exec {}", spec.executable);
  return os_err(plan.error, "start {}: {}", spec.executable, step);
}

Result<std::vector<Fd>> open_cgroups(const std::vector<std::string>& paths) {
  std::vector<Fd> fds;
  for (const std::string& path : paths) {
    fds.emplace_back(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fds.back().valid()) return os_err(errno, "open {}", path);
  }
  return fds;
}

// The child borrows our memory until it executes, as with vfork, but on a stack of its own.
Result<Process> clone_child(ChildPlan& plan) {
  void* stack = ::mmap(nullptr, kChildStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return os_err(errno, "get a stack for {}", plan.spec->executable);
  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const int pid = ::clone(child_main, static_cast<char*>(stack) + kChildStack,
                          CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int clone_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::munmap(stack, kChildStack);
  if (pid < 0) return os_err(clone_error, "make a process for {}", plan.spec->executable);

  Process process = {.id = {.pid = pid}, .pidfd = Fd(pidfd)};
  if (plan.failed_step != nullptr) {
    siginfo_t info = {};
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
    return spawn_error(plan);
  }
  TRY_LET(process.id.start_time, process_start_time(pid));
  return process;
}

}  // namespace

Result<Process> spawn(const SpawnSpec& spec) {
  if (spec.argv.empty()) return err(ErrorCode::InvalidArgument, "no arguments to run {} with", spec.executable);
  TRY_LET(const Fd null, open_null());
  TRY_LET(const std::vector<Fd> cgroups, open_cgroups(spec.cgroup_procs));
  ChildPlan plan = {
      .spec = &spec, .argv = pointers(spec.argv), .env = pointers(spec.env), .executable_fd = spec.executable_fd};
  for (const int fd : {spec.stdin_fd, spec.stdout_fd, spec.stderr_fd}) plan.fds.push_back(fd < 0 ? null.get() : fd);
  plan.fds.insert(plan.fds.end(), spec.extra_fds.begin(), spec.extra_fds.end());
  for (const Fd& fd : cgroups) plan.cgroups.push_back(fd.get());
  Fd netns;
  if (!spec.netns.empty()) {
    netns = Fd(::open(spec.netns.c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns.valid()) return os_err(errno, "open the network namespace {}", spec.netns);
    plan.netns_fd = netns.get();
  }
  ::sigemptyset(&plan.signal_mask);
  return clone_child(plan);
}

}  // namespace drover::sys
