#include "assets/sandbox.h"

#include "sys/os_error.h"
#include "sys/users.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

namespace drover::assets {
namespace {

// A path that every user reaches, whatever the modes of the directories above the real one are.
constexpr const char* kScratch = "/tmp";
constexpr const char* kWork = "/tmp/artifact";
constexpr rlim_t kMaxFiles = 512;
constexpr rlim_t kMaxMemory = 8ULL << 30;

// Not in Debian 12's headers: linux/landlock.h of 6.2 to 6.12.
constexpr uint64_t kFsTruncate = 1ULL << 14;
constexpr uint64_t kNetBindTcp = 1ULL << 0;
constexpr uint64_t kScopeAll = (1ULL << 0) | (1ULL << 1);  // abstract unix sockets, signals

struct RulesetAttributes {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;
  uint64_t scoped = 0;
};

bool set_mount_flags(const char* path, uint64_t set, uint64_t clear, unsigned flags) {
  mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = 0, .userns_fd = 0};
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes) == 0;
}

// The working directory must be this process's current one: descriptors from before unshare cannot be mounted.
Status isolate_mounts() {
  if (::unshare(CLONE_NEWNS | CLONE_NEWIPC) != 0) {
    if (errno == EPERM || errno == ENOSPC) return Ok{};  // an agent in a container: Landlock has to do
    return sys::os_err(errno, "make a mount namespace");
  }
  const bool mounted = ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       ::mount("tmpfs", kScratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") == 0 &&
                       ::mkdir(kWork, 0755) == 0 && ::mount(".", kWork, nullptr, MS_BIND, nullptr) == 0;
  if (!mounted) return sys::os_err(errno, "mount the working directory");
  constexpr uint64_t kHarmless = MOUNT_ATTR_NOSUID;
  if (!set_mount_flags("/", kHarmless | MOUNT_ATTR_RDONLY, 0, AT_RECURSIVE) ||
      !set_mount_flags(kWork, kHarmless | MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY, 0)) {
    return sys::os_err(errno, "make the file system read-only");
  }
  if (::chdir(kWork) != 0) return sys::os_err(errno, "enter the working directory");
  return Ok{};
}

Status set_limit(__rlimit_resource resource, rlim_t value) {
  rlimit now = {};
  ::getrlimit(resource, &now);
  const rlim_t hard = std::min(value, now.rlim_max);
  const rlimit limit = {.rlim_cur = hard, .rlim_max = hard};
  if (::setrlimit(resource, &limit) == 0) return Ok{};
  return sys::os_err(errno, "set resource limits");
}

Status become_nobody() {
  const Unprivileged user = unprivileged_user();
  if (::setgroups(0, nullptr) == 0 && ::setresgid(user.gid, user.gid, user.gid) == 0 &&
      ::setresuid(user.uid, user.uid, user.uid) == 0) {
    return Ok{};
  }
  return sys::os_err(errno, "give up privileges");
}

Status allow_beneath(int ruleset, const char* path, uint64_t access) {
  const int fd = ::open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return Ok{};  // what is not there needs no rule
  const landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
  const long added = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  const int error = errno;
  ::close(fd);
  return added == 0 ? Status(Ok{}) : sys::os_err(error, "restrict access to {}", path);
}

Status enter_landlock() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return Ok{};  // a kernel without it
  constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  constexpr uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                              LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                              LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM;
  // Devices, pipes and sockets are made nowhere.
  constexpr uint64_t kNever = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                              LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
  const uint64_t refer = abi >= 2 ? 1ULL << 13 : 0;  // renames between directories
  const uint64_t truncate = abi >= 3 ? kFsTruncate : 0;
  const RulesetAttributes attributes = {.handled_access_fs = kRead | kWrite | kNever | refer | truncate,
                                        .handled_access_net = abi >= 4 ? kNetBindTcp : 0,
                                        .scoped = abi >= 6 ? kScopeAll : 0};
  const size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return sys::os_err(errno, "make a Landlock ruleset");
  TRY(allow_beneath(ruleset, "/", kRead));
  TRY(allow_beneath(ruleset, ".", kRead | kWrite | refer | truncate));
  TRY(allow_beneath(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate));
  const long restricted = ::syscall(SYS_landlock_restrict_self, ruleset, 0);
  const int error = errno;
  ::close(ruleset);
  return restricted == 0 ? Status(Ok{}) : sys::os_err(error, "enter the Landlock sandbox");
}

Result<std::string> current_directory() {
  std::array<char, PATH_MAX> path{};
  if (::getcwd(path.data(), path.size()) == nullptr) return sys::os_err(errno, "find the working directory");
  return std::string(path.data());
}

}  // namespace

Unprivileged unprivileged_user() {
  const auto user = sys::find_user("nobody");
  return user ? Unprivileged{.uid = user->uid, .gid = user->gid} : Unprivileged{};
}

Result<std::string> enter_sandbox(int work, const SandboxOptions& options) {
  if (::fchdir(work) != 0) return sys::os_err(errno, "enter the working directory");
  const bool root = sys::running_as_root();
  if (root && options.isolate) TRY(isolate_mounts());
  ::umask(022);
  TRY(set_limit(RLIMIT_CORE, 0));
  TRY(set_limit(RLIMIT_NOFILE, kMaxFiles));
  TRY(set_limit(RLIMIT_AS, kMaxMemory));
  if (options.file_bytes != 0) TRY(set_limit(RLIMIT_FSIZE, options.file_bytes));
  ::signal(SIGXFSZ, SIG_IGN);  // writes fail instead
  if (root) TRY(become_nobody());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sys::os_err(errno, "give up privileges");
  // After the change of user, which clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return sys::os_err(errno, "follow the agent");
  if (options.isolate) TRY(enter_landlock());
  return current_directory();
}

}  // namespace drover::assets
