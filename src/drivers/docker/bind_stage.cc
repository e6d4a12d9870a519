#include "drivers/docker/bind_stage.h"

#include "base/log.h"
#include "net/http.h"
#include "sys/os_error.h"
#include "sys/unix_socket.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace drover::drivers {
namespace {

bool same_mounts(pid_t process) {
  struct stat own = {}, other = {};
  const std::string theirs = fmt::format("/proc/{}/ns/mnt", process);
  return ::stat("/proc/self/ns/mnt", &own) == 0 && ::stat(theirs.c_str(), &other) == 0 && own.st_ino == other.st_ino &&
         own.st_dev == other.st_dev;
}

}  // namespace

bool BindStage::is_possible(const std::string& endpoint) {
  if (::geteuid() != 0 || ::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) != 1 || !sys::can_mount_copies()) return false;
  const auto url = net::parse_http_url(endpoint);
  if (!url || url->scheme != "unix") return false;
  const std::filesystem::path path = url->path;
  const auto directory = sys::Directory::open(path.parent_path());
  if (!directory) return false;
  const auto socket = sys::connect_unix(directory->fd(), path.filename());
  ucred peer = {};
  socklen_t size = sizeof peer;
  return socket && ::getsockopt(socket->get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0 &&
         same_mounts(peer.pid);
}

Result<std::unique_ptr<BindStage>> BindStage::create(const std::string& alloc_root, std::string directory) {
  TRY_LET(auto root, sys::Directory::open(alloc_root, "allocation directory"));
  TRY_LET(auto stage, sys::Directory::create(directory, 0700));
  TRY_LET(const auto left, stage.list(""));
  for (const sys::FileInfo& mount : left) TRY(sys::unmount(directory + "/" + mount.name));
  TRY(stage.remove_tree(""));
  return std::unique_ptr<BindStage>(new BindStage(std::move(root), std::move(stage)));
}

void BindStage::close() {
  Status done = Ok{};
  for (uint32_t i = 0; i < count_; i++) {
    const auto unmounted = sys::unmount(path_of(i));
    if (!unmounted) done = unmounted;
  }
  count_ = 0;
  if (done) done = stage_.remove_tree("");
  if (!done) log::warn("mounts for a container are left", {{"reason", done.error().message()}});
  ::rmdir(stage_.path().c_str());
}

std::string BindStage::path_of(uint32_t number) const {
  return stage_.path() + "/" + std::to_string(number);
}

Result<std::string> BindStage::mount(const sys::Fd& source, sys::Access access) {
  struct stat info = {};
  if (::fstat(source.get(), &info) != 0) return sys::os_err(errno, "look at a volume");
  std::string target = path_of(count_);
  const std::string name = std::to_string(count_++);
  if (S_ISDIR(info.st_mode)) {
    TRY(stage_.make_directories(name));
  } else {
    TRY(stage_.create_file(name));
  }
  TRY(sys::mount_copy(source, target, access));
  return target;
}

Result<std::string> BindStage::add(std::string_view path, sys::Access access) {
  if (!root_.exists(path)) TRY(root_.make_directories(path));
  const auto directory = root_.open_directory(path, sys::Symlinks::Refuse);
  if (directory) return mount(directory->fd(), access);
  const auto file = root_.open_file(path, {.symlinks = sys::Symlinks::Refuse});
  if (!file) return err(directory.error());
  return mount(*file, access);
}

Result<std::string> BindStage::add_trusted(const std::string& path, sys::Access access) {
  const sys::Fd source(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!source.valid()) return sys::os_err(errno, "open {}", path);
  return mount(source, access);
}

}  // namespace drover::drivers
