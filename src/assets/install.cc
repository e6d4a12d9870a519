#include "assets/install.h"

#include "base/strings.h"
#include "sys/os_error.h"
#include "sys/users.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace drover::assets {
namespace {

constexpr int kMaxDepth = 512;

Status give_to(const sys::Directory& from, const std::string& name, sys::Owner owner) {
  if (::fchownat(from.fd().get(), name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0) return Ok{};
  return sys::os_err(errno, "set the owner of \"{}\"", printable(name));
}

Status give_tree(const sys::Directory& directory, sys::Owner owner, int depth) {
  if (depth > kMaxDepth) return err(ErrorCode::InvalidArgument, "the artifact's directories are nested too deeply");
  TRY_LET(const auto entries, directory.list("", SIZE_MAX));
  for (const auto& entry : entries) {
    TRY(give_to(directory, entry.name, owner));
    if (entry.kind != sys::FileKind::Directory) continue;
    TRY_LET(const auto below, directory.open_directory(entry.name, sys::Symlinks::Refuse));
    TRY(give_tree(below, owner, depth + 1));
  }
  return Ok{};
}

Status copy_bytes(const sys::Fd& from, const sys::Fd& to) {
  std::array<char, 1 << 16> chunk{};
  for (;;) {
    const ssize_t count = ::read(from.get(), chunk.data(), chunk.size());
    if (count == 0) return Ok{};
    if (count < 0) return sys::os_err(errno, "read what was fetched");
    for (ssize_t done = 0; done < count;) {
      const ssize_t written = ::write(to.get(), chunk.data() + done, static_cast<size_t>(count - done));
      if (written < 0) return sys::os_err(errno, "write to the destination");
      done += written;
    }
  }
}

// To another file system, such as the one in memory that secrets/ is.
Status copy(const sys::Directory& from, const sys::FileInfo& entry, const sys::Directory& to, const std::string& name) {
  if (to.exists(name)) TRY(to.remove_file(name));
  if (entry.kind == sys::FileKind::Symlink) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(from.fd().get(), entry.name.c_str(), target.data(), target.size() - 1);
    if (size < 0) return sys::os_err(errno, "read link \"{}\"", printable(entry.name));
    TRY(to.make_symlink({target.data(), static_cast<size_t>(size)}, name));
  } else {
    TRY_LET(const sys::Fd source, from.open_file(entry.name, {.symlinks = sys::Symlinks::Refuse}));
    TRY_LET(const sys::Fd target, to.create_file(name, {.mode = 0600, .exclusive = true}));
    TRY(copy_bytes(source, target));
    if (::fchmod(target.get(), entry.mode & 0777) != 0) return sys::os_err(errno, "copy \"{}\"", printable(entry.name));
  }
  return sys::running_as_root() ? give_to(to, name, {.uid = entry.uid, .gid = entry.gid}) : Status(Ok{});
}

Status move_entry(const sys::Directory& from, const sys::FileInfo& entry, const sys::Directory& to,
                  const std::string& name) {
  if (::renameat(from.fd().get(), entry.name.c_str(), to.fd().get(), name.c_str()) == 0) return Ok{};
  if (errno != EXDEV || entry.kind == sys::FileKind::Directory)
    return sys::os_err(errno, "write \"{}\"", printable(name));
  return copy(from, entry, to, name);
}

Status merge(const sys::Directory& from, const sys::Directory& to, std::optional<sys::Owner> owner, int depth);

Status merge_directory(const sys::Directory& from, const sys::FileInfo& entry, const sys::Directory& to,
                       std::optional<sys::Owner> owner, int depth) {
  const auto existing = to.stat(entry.name);
  if (existing && existing->kind != sys::FileKind::Directory) TRY(to.remove_file(entry.name));
  if (!existing || existing->kind != sys::FileKind::Directory) {
    if (::renameat(from.fd().get(), entry.name.c_str(), to.fd().get(), entry.name.c_str()) == 0) return Ok{};
    if (errno != EXDEV) return sys::os_err(errno, "write \"{}\"", printable(entry.name));
    TRY(to.make_directories(entry.name));
    if (owner) TRY(give_to(to, entry.name, *owner));
  }
  TRY_LET(const auto source, from.open_directory(entry.name, sys::Symlinks::Refuse));
  TRY_LET(const auto target, to.open_directory(entry.name, sys::Symlinks::Refuse));
  return merge(source, target, owner, depth + 1);
}

Status merge(const sys::Directory& from, const sys::Directory& to, std::optional<sys::Owner> owner, int depth) {
  if (depth > kMaxDepth) return err(ErrorCode::InvalidArgument, "the artifact's directories are nested too deeply");
  TRY_LET(const auto entries, from.list("", SIZE_MAX));
  for (const auto& entry : entries) {
    if (entry.kind == sys::FileKind::Directory) {
      TRY(merge_directory(from, entry, to, owner, depth));
    } else {
      TRY(move_entry(from, entry, to, entry.name));
    }
  }
  return Ok{};
}

struct Target {
  std::string directory;
  std::string name;  // of a file
};

Result<Target> target_of(const Fetched& fetched, Mode mode, const std::string& destination) {
  if (fetched.directory) return Target{.directory = destination};
  if (mode != Mode::File) return Target{.directory = destination, .name = fetched.name};
  const std::string path = destination.substr(0, destination.find_last_not_of('/') + 1);
  const size_t slash = path.rfind('/');
  Target target{.directory = slash == std::string::npos ? "" : path.substr(0, slash),
                .name = slash == std::string::npos ? path : path.substr(slash + 1)};
  if (target.name.empty() || target.name == "." || target.name == "..") {
    return err(ErrorCode::InvalidArgument, "destination \"{}\" is no file name, as mode \"file\" needs",
               printable(destination));
  }
  return target;
}

}  // namespace

Status install(const sys::Directory& work, const Fetched& fetched, Mode mode, const sys::Directory& root,
               const std::string& destination, std::optional<sys::Owner> owner) {
  if (sys::running_as_root() && !owner) owner = sys::Owner{};
  const std::string out(kOutputName);
  TRY_LET(const Target target, target_of(fetched, mode, destination));
  if (owner) TRY(give_to(work, out, *owner));
  TRY(root.make_directories(target.directory));
  TRY_LET(const auto directory, root.open_directory(target.directory, sys::Symlinks::Refuse));
  if (fetched.directory) {
    TRY_LET(const auto tree, work.open_directory(out, sys::Symlinks::Refuse));
    if (owner) TRY(give_tree(tree, *owner, 0));
    return merge(tree, directory, owner, 0);
  }
  TRY_LET(sys::FileInfo entry, work.stat(out));
  if (entry.kind != sys::FileKind::Regular) return err(ErrorCode::Internal, "what was fetched is no file");
  return move_entry(work, entry, directory, target.name);
}

}  // namespace drover::assets
