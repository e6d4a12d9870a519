#include "api/log_times.h"

#include "api/node_call.h"
#include "base/strings.h"

#include <algorithm>
#include <utility>

namespace drover::api {
namespace {

constexpr size_t kMaxTimes = 8 << 20;
constexpr int64_t kNanosPerMilli = 1'000'000;

}  // namespace

LogTimes LogTimes::parse(std::string_view text) {
  LogTimes out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const auto offset = parse_uint(line.substr(0, space));
    const auto millis = parse_int(line.substr(space + 1));
    if (!offset || !millis || *millis <= 0 || *millis > INT64_MAX / kNanosPerMilli) continue;
    while (!out.marks_.empty() && out.marks_.back().offset >= *offset) out.marks_.pop_back();
    out.marks_.push_back({.offset = *offset, .unix_nanos = *millis * kNanosPerMilli});
  }
  return out;
}

WallTime LogTimes::at(uint64_t offset) const {
  const auto next = std::ranges::upper_bound(marks_, offset, {}, &Mark::offset);
  return next == marks_.begin() ? WallTime{} : WallTime{std::prev(next)->unix_nanos};
}

net::Task<LogTimes> read_log_times(Context& context, model::NodeId node, model::AllocId alloc, std::string file) {
  const size_t name = file.rfind('/') + 1;
  rpc::CallRequest request{.method = rpc::CallMethod::FsCat, .alloc_id = alloc, .path = file.insert(name, ".times.")};
  const auto text = co_await ask_node(context, node, std::move(request), kMaxTimes);
  co_return text ? LogTimes::parse(*text) : LogTimes();
}

}  // namespace drover::api
