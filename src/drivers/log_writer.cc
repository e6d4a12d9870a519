#include "drivers/log_writer.h"

#include "base/strings.h"
#include "sys/files.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr sys::WriteOptions kAppend = {.truncate = false, .append = true};
constexpr sys::WriteOptions kCreate = {.exclusive = true, .truncate = false, .append = true};

// Its size, if it is a plain file with one name.
std::optional<uint64_t> plain_size(const sys::Fd& file) {
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1) return std::nullopt;
  return static_cast<uint64_t>(info.st_size);
}

// How much of `bytes` to put into a file with room for `room`: whole lines if there is one.
size_t fitting(std::string_view bytes, size_t room) {
  if (bytes.size() <= room) return bytes.size();
  const size_t newline = bytes.substr(0, room).rfind('\n');
  return newline == std::string_view::npos ? room : newline + 1;
}

}  // namespace

LogWriter::LogWriter(sys::Directory directory, std::string prefix, LogLimits limits)
    : directory_(std::move(directory)), prefix_(std::move(prefix)), limits_(limits) {
  limits_.max_files = std::max<uint32_t>(limits_.max_files, 1);
  limits_.max_file_bytes = std::max<uint64_t>(limits_.max_file_bytes, 1);
}

Result<LogWriter> LogWriter::open(const std::string& directory, std::string prefix, LogLimits limits) {
  TRY_LET(auto opened, sys::Directory::open(directory, "log directory"));
  LogWriter writer(std::move(opened), std::move(prefix), limits);
  writer.scan();
  writer.open_current();
  return writer;
}

std::optional<uint64_t> LogWriter::index_of(std::string_view file) const {
  if (!file.starts_with(prefix_)) return std::nullopt;
  return parse_uint(file.substr(prefix_.size()));
}

// Finds the highest index and removes files that are too old.
void LogWriter::scan() {
  index_.reset();
  const auto files = directory_.list("");
  if (!files) return;
  for (const auto& file : *files) {
    if (const auto index = index_of(file.name)) index_ = std::max(index_.value_or(0), *index);
  }
  for (const auto& file : *files) {
    const auto index = index_of(file.name);
    if (index && *index + limits_.max_files <= *index_) remove(*index);
  }
}

void LogWriter::remove(uint64_t index) {
  std::ignore = directory_.remove_file(name(index));
  std::ignore = directory_.remove_file(times_name(index));
}

void LogWriter::open_current() {
  file_.reset();
  times_.reset();
  last_mark_ = 0;
  if (!index_) return;
  auto opened = directory_.create_file(name(*index_), kAppend);
  const auto size = opened ? plain_size(*opened) : std::nullopt;
  if (!size) return;
  file_ = std::move(*opened);
  size_ = *size;
}

bool LogWriter::open_next() {
  const uint64_t next = index_ ? *index_ + 1 : 0;
  if (next >= limits_.max_files) remove(next - limits_.max_files);
  auto opened = directory_.create_file(name(next), kCreate);
  if (!opened) {
    // Something has the name although no such file was ours: the task put it there.
    std::ignore = directory_.remove_file(name(next));
    opened = directory_.create_file(name(next), kCreate);
  }
  if (!opened) {
    if (opened.error().code() == ErrorCode::AlreadyExists) index_ = next;  // A directory: go past it.
    return false;
  }
  std::ignore = directory_.remove_file(times_name(next));
  file_ = std::move(*opened);
  times_.reset();
  last_mark_ = 0;
  index_ = next;
  size_ = 0;
  return true;
}

void LogWriter::rewind(Position position) {
  if (!index_ || *index_ < position.index) return;
  while (*index_ > position.index) {
    remove(*index_);
    --*index_;
  }
  open_current();
  if (file_.valid() && size_ > position.size && ::ftruncate(file_.get(), static_cast<off_t>(position.size)) == 0) {
    size_ = position.size;
  }
}

// Those of the next `size` of the bytes, of which `begin` have been written already.
void LogWriter::write_marks(std::span<const LogMark>& marks, uint64_t begin, uint64_t size) {
  std::string text;
  for (; !marks.empty() && marks.front().offset < begin + size; marks = marks.subspan(1)) {
    const LogMark& mark = marks.front();
    if (last_mark_ != 0 && mark.unix_nanos < last_mark_ + kMarkInterval) continue;
    last_mark_ = mark.unix_nanos;
    text += fmt::format("{} {}\n", size_ + mark.offset - begin, mark.unix_nanos / 1'000'000);
  }
  if (text.empty()) return;
  if (!times_.valid()) {
    auto opened = directory_.create_file(times_name(*index_), kAppend);
    const auto size = opened ? plain_size(*opened) : std::nullopt;
    if (!size) return;
    times_ = std::move(*opened);
    times_size_ = *size;
  }
  if (times_size_ + text.size() > kMaxTimesBytes) return;
  if (sys::write_all(times_, text)) times_size_ += text.size();
}

void LogWriter::write(std::string_view bytes, std::span<const LogMark> marks) {
  uint64_t begin = 0;
  while (!bytes.empty()) {
    if ((!file_.valid() || size_ >= limits_.max_file_bytes) && !open_next()) break;
    const auto part = bytes.substr(0, fitting(bytes, limits_.max_file_bytes - size_));
    write_marks(marks, begin, part.size());
    if (!sys::write_all(file_, part)) break;
    begin += part.size();
    bytes.remove_prefix(part.size());
    size_ += part.size();
    // A file that was cut at a line is full, even if it has room for part of the next one.
    if (!bytes.empty()) size_ = limits_.max_file_bytes;
  }
  dropped_ += bytes.size();
}

std::optional<LogWriter::Position> LogWriter::position() const {
  if (!file_.valid()) return std::nullopt;
  const auto size = plain_size(file_);
  return Position{.index = *index_, .size = size.value_or(size_)};
}

}  // namespace drover::drivers
