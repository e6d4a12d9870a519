#include "sys/netns.h"

#include "sys/fd.h"
#include "sys/mounts.h"
#include "sys/os_error.h"

#include <thread>

#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace drover::sys {

namespace {

constexpr char kDirectory[] = "/run/netns";

Status raise_loopback() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return os_err(errno, "make a socket");
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return os_err(errno, "find the loopback interface");
  request.ifr_flags |= IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return os_err(errno, "start the loopback interface");
  return Ok{};
}

// REQUIRES a thread of its own: it stays in the new namespace.
Status enter_new(const std::string& name) {
  if (::unshare(CLONE_NEWNET) != 0) return os_err(errno, "make a network namespace");
  TRY(raise_loopback());
  return name_netns("/proc/thread-self/ns/net", name);
}

}  // namespace

std::string netns_path(const std::string& name) {
  return std::string(kDirectory) + "/" + name;
}

Status create_netns(const std::string& name) {
  Status done = Ok{};
  std::thread([&] { done = enter_new(name); }).join();
  return done;
}

Status name_netns(const std::string& file, const std::string& name) {
  TRY(remove_netns(name));
  if (::mkdir(kDirectory, 0755) != 0 && errno != EEXIST) return os_err(errno, "make {}", kDirectory);
  const std::string path = netns_path(name);
  const Fd target(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (!target.valid()) return os_err(errno, "make {}", path);
  if (::mount(file.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0) return Ok{};
  const int error = errno;
  ::unlink(path.c_str());
  return os_err(error, "bind {} to {}", file, path);
}

bool netns_exists(const std::string& name) {
  struct statfs info = {};
  return ::statfs(netns_path(name).c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

Status remove_netns(const std::string& name) {
  const std::string path = netns_path(name);
  TRY(unmount(path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_err(errno, "remove {}", path);
  return Ok{};
}

}  // namespace drover::sys
