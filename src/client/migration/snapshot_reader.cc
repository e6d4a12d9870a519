#include "base/strings.h"
#include "client/migration/snapshot.h"
#include "sys/users.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <sys/stat.h>

namespace drover::client {
namespace {

constexpr uint64_t kMaxSum = 4096;
constexpr size_t kMaxPath = 4096;

bool is_beneath(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() + 1 && path.starts_with(directory) && path[directory.size()] == '/';
}

bool is_plain(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string_view::npos) return false;
  return std::ranges::none_of(split(path, '/'), [](const auto& c) { return c.empty() || c == "." || c == ".."; });
}

// Whether a link at `path` leads out of the allocation's directory. Tasks in containers see parts of it at the root.
bool leads_out(std::string_view path, std::string_view target) {
  if (target.empty() || target.size() > kMaxPath) return true;
  const auto parts = split(target, '/');
  if (target.starts_with('/')) {
    const bool own = is_beneath(target, "/alloc") || is_beneath(target, "/local") || is_beneath(target, "/secrets");
    return !own || std::ranges::find(parts, "..") != parts.end();
  }
  size_t depth = static_cast<size_t>(std::ranges::count(path, '/'));
  for (const auto& part : parts) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      depth++;
    } else if (depth-- == 0) {
      return true;
    }
  }
  return false;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

SnapshotReader::SnapshotReader(sys::Directory into, std::vector<std::string> parts, SnapshotLimits limits)
    : into_(std::move(into)),
      parts_(std::move(parts)),
      limits_(limits),
      tar_({.on_entry = [this](codec::TarEntry entry) { return on_entry(std::move(entry)); },
            .on_bytes = [this](std::string_view bytes) { return on_bytes(bytes); },
            .on_entry_end = [this] { return on_entry_end(); }}) {}

Status SnapshotReader::add(std::string_view bytes) {
  return tar_.add(bytes);
}

Status SnapshotReader::on_entry(codec::TarEntry entry) {
  entry_ = std::move(entry);
  if (complete_) return err(ErrorCode::InvalidArgument, "the archive goes on after its end");
  if (entry_.name == kSnapshotSum) {
    if (entry_.size > kMaxSum) return err(ErrorCode::InvalidArgument, "the archive is damaged: its sum");
    return Ok{};
  }
  sum_.add(entry_);
  if (sum_.bytes() > limits_.bytes) {
    return err(ErrorCode::ResourceExhausted, "the data is larger than the ephemeral disk ({} MB)", limits_.bytes >> 20);
  }
  if (sum_.entries() > limits_.entries) {
    return err(ErrorCode::ResourceExhausted, "there are more than {} files", limits_.entries);
  }
  if (!is_plain(entry_.name)) {
    return err(ErrorCode::PermissionDenied, "the archive has the path \"{}\"", printable(entry_.name));
  }
  const bool wanted = std::ranges::any_of(parts_, [&](const auto& part) { return is_beneath(entry_.name, part); });
  return wanted ? make(entry_) : Status(Ok{});
}

Status SnapshotReader::make(const codec::TarEntry& entry) {
  switch (entry.kind) {
    case codec::TarKind::Directory:
      TRY(into_.make_directories(entry.name, 0700));
      directories_.push_back(entry);
      return Ok{};
    case codec::TarKind::Symlink:
      if (leads_out(entry.name, entry.target)) {
        links_left_out_++;
        return Ok{};
      }
      TRY(into_.make_directories(parent_of(entry.name), 0700));
      return into_.make_symlink(entry.target, entry.name);
    case codec::TarKind::File:
      TRY(into_.make_directories(parent_of(entry.name), 0700));
      TRY_LET(file_, into_.create_file(entry.name, {.mode = 0600, .exclusive = true}));
      files_++;
      return Ok{};
  }
  return Ok{};
}

Status SnapshotReader::on_bytes(std::string_view bytes) {
  if (entry_.name == kSnapshotSum) {
    said_ += bytes;
    return Ok{};
  }
  sum_.add_bytes(bytes);
  return file_.valid() ? sys::write_all(file_, bytes) : Status(Ok{});
}

Status SnapshotReader::on_entry_end() {
  if (entry_.name == kSnapshotSum) {
    complete_ = true;
    if (said_ == sum_.finish()) return Ok{};
    return err(ErrorCode::Conflict, "what came is not what was sent: its digest is another");
  }
  if (!file_.valid()) return Ok{};
  const timespec modified{.tv_sec = entry_.modified_seconds, .tv_nsec = 0};
  const timespec times[] = {modified, modified};
  std::ignore = ::futimens(file_.get(), times);
  file_.reset();
  return give(entry_.name, entry_);
}

Status SnapshotReader::give(const std::string& path, const codec::TarEntry& entry) const {
  if (sys::running_as_root()) TRY(into_.set_owner(path, {.uid = entry.uid, .gid = entry.gid}));
  return into_.set_mode(path, entry.mode & 0777);
}

Status SnapshotReader::finish() {
  if (!complete_) return err(ErrorCode::Unavailable, "the data broke off after {} bytes", sum_.bytes());
  for (const codec::TarEntry& directory : std::views::reverse(directories_)) TRY(give(directory.name, directory));
  for (const std::string& part : parts_) {
    if (into_.exists(part)) TRY(into_.set_mode(part, 0777));
  }
  return Ok{};
}

}  // namespace drover::client
