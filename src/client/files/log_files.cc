#include "client/files/log_files.h"

#include "base/strings.h"
#include "sys/read_at.h"

#include <algorithm>
#include <utility>

namespace drover::client {

LogPosition locate_log(const std::vector<LogFile>& files, std::string_view origin, uint64_t offset) {
  if (origin == "end") {
    for (auto it = files.rbegin(); it != files.rend(); ++it) {
      if (offset <= it->size) return {.index = it->index, .offset = it->size - offset};
      offset -= it->size;
    }
    return {.index = files.front().index};
  }
  for (const auto& file : files) {
    if (offset < file.size) return {.index = file.index, .offset = offset};
    offset -= file.size;
  }
  return {.index = files.back().index, .offset = files.back().size};
}

Result<std::vector<LogFile>> list_log_files(const sys::Directory& logs, const std::string& prefix) {
  TRY_LET(const auto entries, logs.list(""));
  std::vector<LogFile> out;
  for (const auto& entry : entries) {
    if (!entry.name.starts_with(prefix) || entry.kind != sys::FileKind::Regular) continue;
    const auto index = parse_uint(std::string_view(entry.name).substr(prefix.size()));
    if (index) out.push_back({.index = *index, .size = entry.size});
  }
  std::ranges::sort(out, {}, &LogFile::index);
  return out;
}

Result<std::string> LogReader::read_current(size_t limit) {
  if (!file_.valid()) {
    auto opened = logs_.open_file(file_name(), {.symlinks = sys::Symlinks::Refuse});
    if (!opened && opened.error().code() == ErrorCode::NotFound) return std::string();
    TRY_LET(file_, std::move(opened));
  }
  TRY_LET(auto bytes, sys::read_at(file_, position_.offset, limit));
  position_.offset += bytes.size();
  return bytes;
}

Result<bool> LogReader::advance() {
  const auto next = logs_.stat(prefix_ + std::to_string(position_.index + 1));
  uint64_t index = position_.index + 1;
  if (!next) {
    // Not there: still to come, or rotated away already.
    if (next.error().code() != ErrorCode::NotFound) return err(next.error());
    TRY_LET(const auto files, list_log_files(logs_, prefix_));
    const auto newer = std::ranges::find_if(files, [&](const LogFile& f) { return f.index > position_.index; });
    if (newer == files.end()) return false;
    index = newer->index;
  }
  next_ = index;
  return true;
}

Result<std::string> LogReader::read(size_t limit) {
  while (true) {
    TRY_LET(auto bytes, read_current(limit));
    if (!bytes.empty()) return bytes;
    if (next_) {
      // The writer had left this file before it was read to its end just now.
      position_ = {.index = *std::exchange(next_, std::nullopt)};
      file_.reset();
      continue;
    }
    TRY_LET(const bool newer, advance());
    if (!newer) return std::string();
  }
}

}  // namespace drover::client
