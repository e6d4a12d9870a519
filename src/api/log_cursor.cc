#include "api/log_cursor.h"

#include "base/strings.h"
#include "codec/json.h"

#include <optional>
#include <utility>

namespace drover::api {
namespace {

constexpr size_t kMaxFrame = 1 << 20;

// "alloc/logs/web.stdout.3" is 3.
std::optional<uint64_t> index_of(const std::string& file) {
  return parse_uint(std::string_view(file).substr(file.rfind('.') + 1));
}

LogLine without_return(LogLine line) {
  if (line.text.ends_with('\r')) line.text.pop_back();
  return line;
}

}  // namespace

LogCursor::LogCursor(model::AllocId alloc, std::string task, std::string stream, size_t limit)
    : request_{.method = rpc::CallMethod::FsLogs,
               .alloc_id = alloc,
               .task = std::move(task),
               .log_type = std::move(stream),
               .origin = "end",
               .offset = static_cast<int64_t>(limit)} {}

rpc::CallRequest LogCursor::request(bool follow) const {
  rpc::CallRequest request = request_;
  request.follow = follow;
  return request;
}

Result<std::vector<LogLine>> LogCursor::take(std::string_view frame) {
  TRY_LET(const auto value, codec::parse_json(frame, {.max_bytes = kMaxFrame}));
  std::vector<LogLine> lines;
  const auto* file = value.find("File");
  const auto* data = value.find("Data");
  const auto* offset = value.find("Offset");
  if (!file || !data) return lines;  // a heartbeat
  const auto bytes = data->as_string() ? base64_decode(*data->as_string()) : std::nullopt;
  if (!bytes || !file->as_string() || !offset || !offset->as_int() ||
      *offset->as_int() < static_cast<int64_t>(bytes->size())) {
    return err(ErrorCode::Internal, "the node's answer is no piece of a log");
  }
  const int64_t begin = *offset->as_int() - static_cast<int64_t>(bytes->size());
  if (!continues(*file->as_string(), begin)) {
    lines = take_rest();
    skip_ = begin > 0;
  }
  request_.path = *file->as_string();
  request_.offset = *offset->as_int();
  split(*bytes, static_cast<uint64_t>(begin), lines);
  return lines;
}

bool LogCursor::continues(const std::string& file, int64_t begin) const {
  if (file == request_.path) return begin == request_.offset;
  const auto before = index_of(request_.path), after = index_of(file);
  return before && after && *after == *before + 1 && begin == 0;
}

void LogCursor::split(std::string_view bytes, uint64_t offset, std::vector<LogLine>& lines) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const bool whole = end != std::string_view::npos;
    const std::string_view part = bytes.substr(0, whole ? end : bytes.size());
    if (pending_.text.empty()) pending_ = {.text = {}, .file = request_.path, .offset = offset};
    bytes.remove_prefix(part.size() + (whole ? 1 : 0));
    offset += part.size() + (whole ? 1 : 0);
    if (!skip_) pending_.text += part;
    while (pending_.text.size() > kMaxLine) {
      lines.push_back(pending_);
      lines.back().text.resize(kMaxLine);
      pending_.text.erase(0, kMaxLine);
    }
    if (!whole) return;
    if (!std::exchange(skip_, false)) lines.push_back(without_return(std::exchange(pending_, {})));
  }
}

std::vector<LogLine> LogCursor::take_rest() {
  skip_ = false;
  if (pending_.text.empty()) return {};
  return {without_return(std::exchange(pending_, {}))};
}

}  // namespace drover::api
