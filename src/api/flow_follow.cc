#include "api/flow_follow.h"

#include "api/flow_output.h"
#include "api/log_cursor.h"
#include "api/log_times.h"
#include "api/node_call.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace drover::api {
namespace {

constexpr Duration kPatience = std::chrono::minutes(1);  // between looks at a state that does not change
constexpr Duration kRetry = std::chrono::seconds(1);     // of a node that does not answer
constexpr size_t kMaxPending = 1 << 20;                  // of a line of a node's answer

// One allocation. What its tasks are at is looked up by one task, which tells those that read their streams.
class AllocFollower {
 public:
  AllocFollower(Context& context, const Flow& flow, const FlowFilter& filter, FlowSink& sink)
      : context_(context), key_(flow.job->key()), alloc_(flow.alloc->id), node_(flow.alloc->node_id), sink_(sink) {
    filter_ = filter;
    for (const model::Task& task : flow.tasks()) {
      if (!filter.takes(task)) continue;
      tasks_.push_back({.name = task.name, .op = jobspec::flow_op_id(task), .group = jobspec::flow_op_group(task)});
      const bool silent = task.driver == "noop" || !filter.takes(FlowNews::Kind::Output);
      for (const char* stream : {"stdout", "stderr"}) {
        if (!silent) streams_.push_back({.task = tasks_.size() - 1, .name = stream});
      }
    }
  }

  // Returns when there is a newer allocation or none, and all of one that has ended was taken; with Ended also when the
  // job has ended.
  net::Task<void> run(FollowUntil until) {
    if (until == FollowUntil::Gone) return net::run_either(watch(), read(0, streams_.size()));
    return net::run_either(net::run_either(watch(), wait_for_end()), read(0, streams_.size()));
  }

  bool job_over() const { return job_over_; }

 private:
  struct FollowedTask {
    std::string name;
    std::string op;
    std::string group;
    model::TaskState state = {};
    WallTime told = {};  // events up to here
  };
  struct Stream {
    size_t task = 0;
    std::string name;
    std::optional<WallTime> read_to;  // when the task had ended whose output was read to its end
    std::string file;                 // whose times are known
    LogTimes times;
  };

  net::Task<void> watch();
  net::Task<void> tell_events(size_t task);
  net::Task<void> wait_for_end();
  net::Task<void> wait_until_taken();
  net::Task<void> read(size_t begin, size_t end);
  net::Task<void> read_stream(Stream& stream);
  net::Task<Status> copy(Stream& stream, LogCursor& cursor, bool follow);
  net::Task<void> take_lines(Stream& stream, std::vector<LogLine> lines);
  net::Task<WallTime> time_of(Stream& stream, const LogLine& line);

  bool ended(const FollowedTask& task) const { return over_ || task.state.state == model::TaskStateKind::Dead; }
  // Something may have been written since it was read.
  bool has_news(const Stream& stream) const {
    const FollowedTask& task = tasks_[stream.task];
    if (task.state.started_at.unix_nanos == 0) return false;
    return !ended(task) || stream.read_to != task.state.finished_at;
  }

  Context& context_;
  const model::JobKey key_;
  const model::AllocId alloc_;
  const model::NodeId node_;
  FlowSink& sink_;
  FlowFilter filter_;
  std::vector<FollowedTask> tasks_;
  std::vector<Stream> streams_;
  bool over_ = false;      // the allocation has ended
  bool job_over_ = false;  // and nothing takes its place
  net::Notifier changed_;
};

net::Task<void> AllocFollower::watch() {
  while (true) {
    const auto snapshot = context_.frontend()->snapshot();
    const auto alloc = snapshot->alloc(alloc_);
    if (!alloc) co_return;
    for (FollowedTask& task : tasks_) {
      if (const auto at = alloc->task_states.find(task.name); at != alloc->task_states.end()) task.state = at->second;
    }
    for (size_t i = 0; i < tasks_.size(); ++i) co_await tell_events(i);
    over_ = alloc->client_terminal();
    const auto flow = find_flow(key_, *snapshot);
    const bool newest = flow && flow->alloc && flow->alloc->id == alloc_;
    job_over_ = newest && over_ && flow->job->status == model::JobStatus::Dead;
    changed_.notify();
    if (!newest && over_) co_await wait_until_taken();
    if (!newest) co_return;
    co_await context_.frontend()->wait_for_change(kFlowTables, snapshot->table_index(kFlowTables), kPatience);
  }
}

net::Task<void> AllocFollower::tell_events(size_t task) {
  FollowedTask& of = tasks_[task];
  const auto events = of.state.events;
  for (const model::TaskEvent& event : events) {
    if (event.time.unix_nanos <= of.told.unix_nanos) continue;
    of.told = event.time;
    const auto kind = jobspec::flow_event_failed(event) ? FlowNews::Kind::Failure : FlowNews::Kind::Event;
    if (!filter_.takes(kind) || event.display_message.str().empty()) continue;
    FlowNews news{.kind = kind,
                  .op = of.op,
                  .group = of.group,
                  .source = event.type.str(),
                  .text = event.display_message.str(),
                  .time = event.time};
    co_await sink_.take(std::move(news));
  }
}

net::Task<void> AllocFollower::wait_for_end() {
  while (true) {
    const uint64_t seen = changed_.version();
    if (job_over_) co_return co_await wait_until_taken();
    co_await changed_.wait(seen, net::kNoTimeout);
  }
}

net::Task<void> AllocFollower::wait_until_taken() {
  while (true) {
    const uint64_t seen = changed_.version();
    if (std::ranges::none_of(streams_, [&](const Stream& stream) { return has_news(stream); })) co_return;
    co_await changed_.wait(seen, net::kNoTimeout);
  }
}

// All streams at once; never returns.
net::Task<void> AllocFollower::read(size_t begin, size_t end) {
  if (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    co_await net::run_either(read(begin, middle), read(middle, end));
  } else if (end > begin) {
    co_await read_stream(streams_[begin]);
  } else {
    co_await net::Event().wait();
  }
}

net::Task<void> AllocFollower::read_stream(Stream& stream) {
  LogCursor cursor(alloc_, tasks_[stream.task].name, stream.name, kMaxStreamBytes);
  bool told = false;  // that it cannot be read
  while (true) {
    const uint64_t seen = changed_.version();
    if (!has_news(stream)) {
      co_await changed_.wait(seen, net::kNoTimeout);
      continue;
    }
    const FollowedTask& task = tasks_[stream.task];
    const bool last = ended(task);
    const WallTime end = task.state.finished_at;
    if (last) stream.file.clear();
    const auto done = co_await copy(stream, cursor, !last);
    const bool missing = !done && done.error().code() != ErrorCode::NotFound;
    if (missing && !std::exchange(told, true)) {
      FlowNews news{.kind = FlowNews::Kind::Failure, .op = task.op, .group = task.group, .source = stream.name};
      news.text = fmt::format("{} cannot be read: {}", stream.name, done.error().message());
      news.time = context_.now();
      co_await sink_.take(std::move(news));
    }
    if (last) {
      co_await take_lines(stream, cursor.take_rest());
      stream.read_to = end;
      changed_.notify();
    } else if (!ended(task)) {
      co_await net::sleep_for(kRetry);
    }
  }
}

// One answer of the node. Of one that has no end, until the task has ended.
net::Task<Status> AllocFollower::copy(Stream& stream, LogCursor& cursor, bool follow) {
  auto called = co_await call_node(context_, node_, cursor.request(follow));
  CO_TRY_LET(const auto answer, std::move(called));
  std::string pending;
  while (!follow || !ended(tasks_[stream.task])) {
    auto next = co_await answer->next();
    CO_TRY_LET(const auto chunk, std::move(next));
    if (!chunk) break;
    pending += *chunk;
    size_t begin = 0;
    for (size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
      CO_TRY_LET(auto lines, cursor.take(std::string_view(pending).substr(begin, end - begin)));
      co_await take_lines(stream, std::move(lines));
      begin = end + 1;
    }
    pending.erase(0, begin);
    if (pending.size() > kMaxPending) co_return err(ErrorCode::Internal, "the node's answer has no lines");
  }
  co_return Ok{};
}

net::Task<void> AllocFollower::take_lines(Stream& stream, std::vector<LogLine> lines) {
  for (LogLine& line : lines) {
    const FollowedTask& task = tasks_[stream.task];
    const WallTime time = co_await time_of(stream, line);
    FlowNews news{
        .op = task.op, .group = task.group, .source = stream.name, .text = std::move(line.text), .time = time};
    co_await sink_.take(std::move(news));
  }
}

// As its driver noted it. What was written after the times were read, or has none, was written just now, but not after
// the task's end.
net::Task<WallTime> AllocFollower::time_of(Stream& stream, const LogLine& line) {
  if (stream.file != line.file) {
    stream.file = line.file;
    stream.times = co_await read_log_times(context_, node_, alloc_, line.file);
  }
  const FollowedTask& task = tasks_[stream.task];
  const WallTime noted = stream.times.at(line.offset);
  const bool over = ended(task);
  if (noted != WallTime() && (over || stream.times.knows(line.offset))) co_return noted;
  const WallTime now = context_.now();
  co_return over&& task.state.finished_at != WallTime() ? std::min(now, task.state.finished_at) : now;
}

}  // namespace

bool FlowFilter::takes(const model::Task& task) const {
  return (group.empty() || group == jobspec::flow_op_group(task)) && (op.empty() || op == jobspec::flow_op_id(task));
}

bool FlowFilter::takes(FlowNews::Kind kind) const {
  return type.empty() || type == flow_news_type(kind);
}

const char* flow_news_type(FlowNews::Kind kind) {
  switch (kind) {
    case FlowNews::Kind::Output:
      return "container";
    case FlowNews::Kind::Event:
      return "info";
    case FlowNews::Kind::Failure:
      break;
  }
  return "error";
}

net::Task<void> follow_flow(Context& context, model::JobKey job, FlowFilter filter, FlowSink& sink, FollowUntil until) {
  while (true) {
    const auto snapshot = context.frontend()->snapshot();
    const auto flow = find_flow(job, *snapshot);
    if (!flow) co_return;
    if (flow->alloc) {
      AllocFollower follower(context, *flow, filter, sink);
      co_await follower.run(until);
      if (until == FollowUntil::Ended && follower.job_over()) co_return;
      continue;
    }
    if (until == FollowUntil::Ended && flow->job->status == model::JobStatus::Dead) co_return;
    co_await context.frontend()->wait_for_change(kFlowTables, snapshot->table_index(kFlowTables), kPatience);
  }
}

}  // namespace drover::api
