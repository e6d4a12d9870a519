#include "client/migration/snapshot.h"

#include "base/strings.h"
#include "sys/read_at.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ranges>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace drover::client {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr size_t kMaxEntries = 1'000'000;  // of one directory
constexpr size_t kMaxDepth = 256;

codec::TarEntry entry_of(const std::string& path, const sys::FileInfo& info, codec::TarKind kind) {
  return {.name = path,
          .kind = kind,
          .size = kind == codec::TarKind::File ? info.size : 0,
          .mode = info.mode & 0777,
          .uid = info.uid,
          .gid = info.gid,
          .modified_seconds = info.modified_unix_nanos / 1'000'000'000};
}

Result<std::string> read_link(const sys::Directory& directory, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(directory.fd().get(), name.c_str(), target.data(), target.size());
  if (size < 0) return err(ErrorCode::Internal, "reading the link \"{}\": {}", printable(name), std::strerror(errno));
  target.resize(static_cast<size_t>(size));
  return target;
}

}  // namespace

SnapshotWriter::SnapshotWriter(sys::Directory root, std::vector<std::string> parts)
    : root_(std::move(root)), parts_(std::move(parts)) {
  std::ranges::reverse(parts_);
}

Result<std::string> SnapshotWriter::next() {
  std::string out;
  while (out.size() < kPiece && !ended_) {
    TRY_LET(const std::string piece, file_.valid() ? next_bytes() : next_entry());
    out += piece;
  }
  return out;
}

Status SnapshotWriter::enter(const std::string& path) {
  if (levels_.size() >= kMaxDepth) return err(ErrorCode::ResourceExhausted, "\"{}\" lies too deep", printable(path));
  TRY_LET(const auto directory, root_.open_directory(path, sys::Symlinks::Refuse));
  TRY_LET(auto entries, directory.list("", kMaxEntries));
  std::ranges::reverse(entries);
  levels_.push_back({.path = path, .entries = std::move(entries)});
  return Ok{};
}

Result<std::string> SnapshotWriter::next_entry() {
  while (!levels_.empty() && levels_.back().entries.empty()) levels_.pop_back();
  if (levels_.empty()) {
    if (parts_.empty()) return finish();
    const std::string part = std::move(parts_.back());
    parts_.pop_back();
    if (root_.exists(part)) TRY(enter(part));
    return std::string();
  }
  const std::string parent = levels_.back().path;
  const sys::FileInfo info = std::move(levels_.back().entries.back());
  levels_.back().entries.pop_back();
  const std::string path = parent + "/" + info.name;
  switch (info.kind) {
    case sys::FileKind::Regular:
      return begin_file(path, info);
    case sys::FileKind::Directory: {
      const codec::TarEntry entry = entry_of(path, info, codec::TarKind::Directory);
      TRY(enter(path));
      sum_.add(entry);
      return codec::tar_header(entry);
    }
    case sys::FileKind::Symlink: {
      codec::TarEntry entry = entry_of(path, info, codec::TarKind::Symlink);
      TRY_LET(const auto directory, root_.open_directory(parent, sys::Symlinks::Refuse));
      TRY_LET(entry.target, read_link(directory, info.name));
      sum_.add(entry);
      return codec::tar_header(entry);
    }
    case sys::FileKind::Other:
      break;
  }
  return std::string();
}

Result<std::string> SnapshotWriter::begin_file(const std::string& path, const sys::FileInfo& info) {
  TRY_LET(file_, root_.open_file(path, {.symlinks = sys::Symlinks::Refuse}));
  struct stat now = {};
  if (::fstat(file_.get(), &now) != 0) return err(ErrorCode::Internal, "\"{}\" cannot be read", printable(path));
  codec::TarEntry entry = entry_of(path, info, codec::TarKind::File);
  entry.size = static_cast<uint64_t>(now.st_size);
  sum_.add(entry);
  file_path_ = path;
  file_size_ = entry.size;
  at_ = 0;
  if (file_size_ == 0) file_.reset();
  return codec::tar_header(entry);
}

Result<std::string> SnapshotWriter::next_bytes() {
  const auto size = static_cast<size_t>(std::min<uint64_t>(kPiece, file_size_ - at_));
  TRY_LET(std::string bytes, sys::read_at(file_, at_, size));
  if (bytes.empty()) return err(ErrorCode::Conflict, "\"{}\" became shorter meanwhile", printable(file_path_));
  sum_.add_bytes(bytes);
  at_ += bytes.size();
  if (at_ == file_size_) {
    file_.reset();
    bytes += codec::tar_padding(file_size_);
  }
  return bytes;
}

std::string SnapshotWriter::finish() {
  ended_ = true;
  const std::string text = sum_.finish();
  const codec::TarEntry last{.name = kSnapshotSum, .size = text.size(), .mode = 0444};
  return codec::tar_header(last) + text + codec::tar_padding(text.size()) + codec::tar_end();
}

}  // namespace drover::client
