// The part of Directory that measures trees which somebody may be changing, to hide what they hold.
#include "sys/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace drover::sys {
namespace {

constexpr uint64_t kBlock = 512;  // Unit of st_blocks.
// Empty files, links and directories use up a disk's inodes.
constexpr uint64_t kLeastBytes = 4096;

using Identity = std::pair<dev_t, ino_t>;

Fd open_below(const Fd& parent, const char* name) {
  return Fd(::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

Identity identity_of(const Fd& fd) {
  struct stat info = {};
  return fd.valid() && ::fstat(fd.get(), &info) == 0 ? Identity{info.st_dev, info.st_ino} : Identity{};
}

// Holds neither a descriptor nor stack for each level: no tree is too deep.
class TreeMeasure {
 public:
  explicit TreeMeasure(const Fd& top) : top_(top) {}

  uint64_t run() {
    Fd at = open_below(top_, ".");
    enter(at, {});
    while (!levels_.empty()) {
      auto& left = levels_.back().left;
      if (!left.empty()) {
        const std::string name = std::move(left.back());
        left.pop_back();
        Fd child = open_below(at, name.c_str());
        // One that is moved on below itself, or back and forth, is measured where it was first.
        if (!child.valid() || !seen_.insert(identity_of(child)).second) continue;
        enter(child, name);
        at = std::move(child);
        continue;
      }
      levels_.pop_back();
      if (levels_.empty()) break;
      Fd above = open_below(at, "..");
      // It was moved elsewhere meanwhile.
      if (identity_of(above) != levels_.back().identity) above = descend_again();
      at = std::move(above);
    }
    return bytes_;
  }

 private:
  struct Level {
    std::string name;
    Identity identity;
    std::vector<std::string> left;  // Directories that are still to be measured.
  };

  void enter(const Fd& directory, std::string name) {
    levels_.push_back({.name = std::move(name), .identity = identity_of(directory)});
    const int fd = ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
    while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) add(fd, entry->d_name);
    }
  }

  void add(int directory, const char* name) {
    struct stat info = {};
    if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return;
    const bool is_directory = S_ISDIR(info.st_mode);
    if (info.st_nlink > 1 && !is_directory && !seen_.emplace(info.st_dev, info.st_ino).second) return;
    bytes_ += std::max(static_cast<uint64_t>(info.st_blocks) * kBlock, kLeastBytes);
    if (is_directory) levels_.back().left.emplace_back(name);
  }

  // Along the names from the top, as far as they still lead to the same directories.
  Fd descend_again() {
    Fd at = open_below(top_, ".");
    for (size_t level = 1; level < levels_.size(); level++) {
      Fd child = open_below(at, levels_[level].name.c_str());
      if (identity_of(child) != levels_[level].identity) {
        levels_.resize(level);
        break;
      }
      at = std::move(child);
    }
    return at;
  }

  const Fd& top_;
  std::vector<Level> levels_;
  std::set<Identity> seen_;  // Directories, and files with several links.
  uint64_t bytes_ = 0;
};

}  // namespace

Result<uint64_t> Directory::disk_usage(std::string_view path) const {
  TRY_LET(const Fd fd, open_beneath(path, O_RDONLY | O_DIRECTORY, 0, Symlinks::Refuse));
  return TreeMeasure(fd).run();
}

}  // namespace drover::sys
