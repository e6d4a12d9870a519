#include "api/flow_output.h"

#include "api/node_call.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace drover::api {
namespace {

// `cut`: the text begins anywhere in a line.
void add_lines(const std::string& stream, std::string_view text, bool cut, std::vector<jobspec::FlowLine>& lines) {
  if (cut) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  std::vector<jobspec::FlowLine> all;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    all.push_back({.stream = stream, .text = std::string(line), .time = {}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::move(all, std::back_inserter(lines));
}

}  // namespace

net::Task<FlowLogs> read_flow_logs(Context& context, Flow flow) {
  FlowLogs logs;
  size_t left = kMaxFlowBytes;
  for (const model::Task& task : flow.tasks()) {
    const model::TaskState* state = flow.state_of(task.name);
    // "noop" has no output.
    if (!state || state->started_at.unix_nanos == 0 || task.driver == "noop") continue;
    auto& lines = logs[task.name];
    for (const char* stream : {"stdout", "stderr"}) {
      const size_t limit = std::min(left, kMaxStreamBytes);
      if (limit == 0) {
        lines.push_back(
            {.stream = "nodeerr", .text = fmt::format("{} is left out: the job has too much output", stream)});
        continue;
      }
      rpc::CallRequest request{.method = rpc::CallMethod::FsLogs,
                               .alloc_id = flow.alloc->id,
                               .task = task.name,
                               .log_type = stream,
                               .origin = "end",
                               .offset = static_cast<int64_t>(limit),
                               .limit = static_cast<int64_t>(limit),
                               .plain = true};
      const auto text = co_await ask_node(context, flow.alloc->node_id, std::move(request), limit);
      // Nothing was written to it.
      if (!text && text.error().code() == ErrorCode::NotFound) continue;
      if (!text) {
        const std::string why = fmt::format("{} cannot be read: {}", stream, text.error().message());
        lines.push_back({.stream = "nodeerr", .text = why});
        // A node that does not answer will not answer the other questions either.
        if (text.error().code() == ErrorCode::DeadlineExceeded || text.error().code() == ErrorCode::Unavailable) {
          co_return logs;
        }
        continue;
      }
      left -= text->size();
      add_lines(stream, *text, text->size() == limit, lines);
    }
  }
  co_return logs;
}

}  // namespace drover::api
