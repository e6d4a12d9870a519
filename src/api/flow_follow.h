#pragma once

#include "api/flow.h"
#include "net/task.h"

#include <cstdint>
#include <string>

// What a job's operations say, as it happens: their output line by line, and what becomes of them.
namespace drover::api {

struct FlowNews {
  enum class Kind : uint8_t { Output, Event, Failure };
  Kind kind = Kind::Output;
  std::string op;
  std::string group;
  std::string source;  // "stdout" or "stderr"; of an event its type: "Driver Failure"
  std::string text;    // without its line end
  WallTime time;       // of output as its driver noted it; else when it was read, and not after the operation's end
};

// What is left out; empty: nothing.
struct FlowFilter {
  std::string group;
  std::string op;
  std::string type;  // "container", "info" or "error"

  bool takes(const model::Task& task) const;
  bool takes(FlowNews::Kind kind) const;
};

// "container", "info" or "error".
const char* flow_news_type(FlowNews::Kind kind);

class FlowSink {
 public:
  virtual ~FlowSink() = default;
  // Returns when there is room for more: a slow reader stops the reading of the node's files.
  virtual net::Task<void> take(FlowNews news) = 0;
};

enum class FollowUntil : uint8_t { Gone, Ended };

// The newest allocation of a job: what there is (of each stream its last kMaxStreamBytes), then what comes. Goes over
// to the next allocation when there is one. Returns when there is no such job any more; with Ended also when the job has
// ended, so that no allocation follows, and all was taken. REQUIRES a frontend; cancellable; the arguments outlive it.
net::Task<void> follow_flow(Context& context, model::JobKey job, FlowFilter filter, FlowSink& sink, FollowUntil until);

}  // namespace drover::api
