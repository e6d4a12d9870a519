#include "api/flow_output.h"

#include "api/log_cursor.h"
#include "api/log_times.h"
#include "api/node_call.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

namespace drover::api {
namespace {

constexpr size_t kFrameRoom = 64 << 10;  // for what is around the output in frames

jobspec::FlowLine complaint(std::string text) {
  return {.stream = "nodeerr", .text = std::move(text), .time = {}};
}

size_t bytes_of(const std::vector<LogLine>& lines) {
  size_t bytes = 0;
  for (const LogLine& line : lines) bytes += line.text.size() + 1;
  return bytes;
}

// The last `limit` bytes of one stream.
net::Task<Result<std::vector<LogLine>>> read_lines(Context& context, const Flow& flow, const std::string& task,
                                                   const char* stream, size_t limit) {
  LogCursor cursor(flow.alloc->id, task, stream, limit);
  const auto frames =
      co_await ask_node(context, flow.alloc->node_id, cursor.request(false), kFrameRoom + limit * 3 / 2);
  if (!frames) co_return err(frames.error());
  std::vector<LogLine> lines;
  for (std::string_view rest = *frames; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    CO_TRY_LET(auto taken, cursor.take(rest.substr(0, end)));
    std::ranges::move(taken, std::back_inserter(lines));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::ranges::move(cursor.take_rest(), std::back_inserter(lines));
  co_return lines;
}

net::Task<std::vector<jobspec::FlowLine>> with_times(Context& context, const Flow& flow, const char* stream,
                                                     std::vector<LogLine> lines) {
  std::vector<jobspec::FlowLine> out;
  std::string file;
  LogTimes times;
  for (LogLine& line : lines) {
    if (file != line.file) {
      file = line.file;
      times = co_await read_log_times(context, flow.alloc->node_id, flow.alloc->id, file);
    }
    out.push_back({.stream = stream, .text = std::move(line.text), .time = times.at(line.offset)});
  }
  co_return out;
}

// In the order in which they were written, if that is known of all.
void merge_lines(std::vector<jobspec::FlowLine>& lines, std::vector<jobspec::FlowLine> more) {
  const auto known = [](const jobspec::FlowLine& line) { return line.time != WallTime(); };
  if (!std::ranges::all_of(lines, known) || !std::ranges::all_of(more, known)) {
    std::ranges::move(more, std::back_inserter(lines));
    return;
  }
  std::vector<jobspec::FlowLine> all;
  const auto moving = [](auto it) { return std::make_move_iterator(it); };
  std::merge(moving(lines.begin()), moving(lines.end()), moving(more.begin()), moving(more.end()),
             std::back_inserter(all), [](const auto& a, const auto& b) { return a.time < b.time; });
  lines = std::move(all);
}

// False if the node does not answer: it will not answer other questions either.
net::Task<bool> read_task(Context& context, const Flow& flow, const std::string& task, size_t& left,
                          std::vector<jobspec::FlowLine>& out) {
  for (const char* stream : {"stdout", "stderr"}) {
    const size_t limit = std::min(left, kMaxStreamBytes);
    if (limit == 0) {
      out.push_back(complaint(fmt::format("{} is left out: the job has too much output", stream)));
      continue;
    }
    auto lines = co_await read_lines(context, flow, task, stream, limit);
    if (lines) {
      left -= std::min(left, bytes_of(*lines));
      merge_lines(out, co_await with_times(context, flow, stream, std::move(*lines)));
      continue;
    }
    const ErrorCode code = lines.error().code();
    if (code == ErrorCode::NotFound) continue;  // nothing was written to it
    out.push_back(complaint(fmt::format("{} cannot be read: {}", stream, lines.error().message())));
    if (code == ErrorCode::DeadlineExceeded || code == ErrorCode::Unavailable) co_return false;
  }
  co_return true;
}

}  // namespace

net::Task<FlowLogs> read_flow_logs(Context& context, Flow flow) {
  FlowLogs logs;
  size_t left = kMaxFlowBytes;
  for (const model::Task& task : flow.tasks()) {
    const model::TaskState* state = flow.state_of(task.name);
    // "noop" has no output.
    if (!state || state->started_at.unix_nanos == 0 || task.driver == "noop") continue;
    const bool answered = co_await read_task(context, flow, task.name, left, logs[task.name]);
    if (!answered) break;
  }
  co_return logs;
}

}  // namespace drover::api
