#include "drivers/exec/seccomp.h"

#include "base/strings.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace drover::drivers {
namespace {

using codec::Value;

// Names that an architecture does not have are passed over by the runtime.
constexpr std::string_view kAllowed =
    "accept accept4 access adjtimex alarm arch_prctl arm_fadvise64_64 arm_sync_file_range bind brk capget capset "
    "chdir chmod chown chroot clock_getres clock_gettime clock_nanosleep close close_range connect copy_file_range "
    "creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
    "execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fanotify_mark fchdir fchmod fchmodat "
    "fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync "
    "ftruncate futex futex_waitv futimesat get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents "
    "getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority "
    "getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid "
    "getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents "
    "io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr "
    "lstat madvise mbind membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 "
    "mlockall mmap modify_ldt mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink "
    "mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open "
    "openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll "
    "prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev "
    "pselect6 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg "
    "remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo "
    "sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "
    "sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler "
    "sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_mempolicy "
    "set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid "
    "setpriority setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl "
    "shmdt shmget shutdown sigaltstack signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat "
    "sync sync_file_range sync_file_range2 syncfs sysinfo tee tgkill time timer_create timer_delete "
    "timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill "
    "truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev";

// clone, clone3, personality and socket have rules of their own below. Nobody gets: keyrings and userfaultfd (kernel
// attack surface that programs do without), io_uring (escapes every filter), kcmp and pidfd_getfd.
struct ByCapability {
  std::string_view capability;
  std::string_view names;
};
constexpr ByCapability kByCapability[] = {
    {"CAP_BPF", "bpf"},
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    {"CAP_PERFMON", "perf_event_open"},
    {"CAP_SYS_ADMIN",
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount "
     "open_tree perf_event_open pivot_root quotactl quotactl_fd setdomainname sethostname setns swapoff swapon syslog "
     "umount2 unshare vhangup"},
    {"CAP_SYS_BOOT", "kexec_file_load kexec_load reboot"},
    {"CAP_SYS_MODULE", "delete_module finit_module init_module"},
    {"CAP_SYS_NICE", "migrate_pages move_pages set_mempolicy_home_node"},
    {"CAP_SYS_PACCT", "acct"},
    {"CAP_SYS_RAWIO", "ioperm iopl"},
    {"CAP_SYS_TIME", "clock_adjtime clock_settime settimeofday"},
    {"CAP_SYS_TTY_CONFIG", "vhangup"},
    {"CAP_SYSLOG", "syslog"},
};

constexpr int kErrnoNoSys = 38;
constexpr int64_t kNamespaceFlags = 0x7E020000;  // CLONE_NEW*
constexpr int64_t kVsock = 40;                   // AF_VSOCK: talks to the hypervisor, whatever the network namespace.
// PER_LINUX, PER_LINUX32, both with UNAME26, and the question which it is.
constexpr int64_t kPersonalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};

#if defined(__aarch64__)
constexpr const char* kArchitecture = "SCMP_ARCH_AARCH64";
#else
constexpr const char* kArchitecture = "SCMP_ARCH_X86_64";
#endif

Value allow(Value::Array names) {
  return Value::Object{{"names", std::move(names)}, {"action", "SCMP_ACT_ALLOW"}};
}

Value allow_if(const char* name, int64_t index, const char* op, int64_t value, int64_t value_two = 0) {
  return Value::Object{
      {"names", Value::Array{name}},
      {"action", "SCMP_ACT_ALLOW"},
      {"args", Value::Array{Value::Object{{"index", index}, {"value", value}, {"valueTwo", value_two}, {"op", op}}}}};
}

void add_names(std::string_view names, std::set<std::string>& to) {
  for (auto& name : split(names, ' ')) to.insert(std::move(name));
}

}  // namespace

Value seccomp_profile(const std::vector<std::string>& capabilities) {
  std::set<std::string> names;
  add_names(kAllowed, names);
  for (const auto& [capability, more] : kByCapability) {
    if (std::ranges::find(capabilities, capability) != capabilities.end()) add_names(more, names);
  }
  Value::Array rules = {allow(Value::Array(names.begin(), names.end()))};
  if (!names.contains("clone")) {
    rules.push_back(allow_if("clone", 0, "SCMP_CMP_MASKED_EQ", kNamespaceFlags));
    // Its flags are in memory, out of a filter's sight; the C library falls back to clone.
    rules.push_back(
        Value::Object{{"names", Value::Array{"clone3"}}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", kErrnoNoSys}});
  }
  rules.push_back(allow_if("socket", 0, "SCMP_CMP_NE", kVsock));
  for (const int64_t personality : kPersonalities) {
    rules.push_back(allow_if("personality", 0, "SCMP_CMP_EQ", personality));
  }
  return Value::Object{{"defaultAction", "SCMP_ACT_ERRNO"},
                       {"architectures", Value::Array{kArchitecture}},
                       {"syscalls", std::move(rules)}};
}

}  // namespace drover::drivers
