#pragma once

#include "base/clock.h"
#include "codec/value.h"
#include "model/allocation.h"
#include "model/job.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What became of a job, as Nosana's tools know it: FlowState JSON (facts/nosana.md 2.11). Pure.
namespace drover::jobspec {

inline constexpr size_t kMaxFlowLines = 24'999;  // of one operation; the oldest are dropped

// flow_status() of a confidential job that has ended, while its result is to go out.
inline constexpr const char* kAwaitedResult = "waiting-for-result";

// One line of an operation's output.
struct FlowLine {
  std::string stream;  // "stdout", "stderr", or "nodeerr": what the node says
  std::string text;    // without its line end
  WallTime time;       // 0: not known
};

// An address under which a port is exposed.
struct FlowEndpoint {
  std::string id;  // "LUyn6L6a…", see nosana_endpoint.h
  std::string op;
  std::string port;
  std::string url;
  std::string status;  // "ONLINE", "OFFLINE" or "UNKNOWN"
};

// {"opID", "port", "url", "status"}
codec::Value flow_endpoint_value(const FlowEndpoint& endpoint);

struct FlowInputs {
  const model::Job& job;                              // of any origin; its operations are the first group's tasks
  const model::Allocation* alloc = nullptr;           // the newest of the job; null: it waits for a node
  std::map<std::string, std::vector<FlowLine>> logs;  // by task, oldest first
  bool for_owner = false;                             // of a confidential job: with its operations
  std::vector<FlowEndpoint> endpoints;
};

enum class FlowEnd : uint8_t { None, Stopped, Expired, HostShutDown };

// Who ended it before its time.
FlowEnd flow_end(const model::Job& job, const model::Allocation* alloc);

// "init", "running", "success", "stopped", "failed"; of confidential jobs also "waiting-for-job-definition",
// "logistics-error" and "waiting-for-result". As on Nosana's nodes, a flow is a success also where operations failed:
// ask the job or the operations (docs/nosana.md).
std::string flow_status(const model::Job& job, const model::Allocation* alloc);

// Whether a flow of that status has ended.
bool flow_ended(std::string_view status);

// Live progress of an operation: "init", "pending", "starting", "waiting", "running", "restarting", "stopping",
// "finished", "stopped" or "failed".
std::string flow_progress(const model::Job& job, const model::Allocation* alloc, const model::Task& task);

// The group whose turn it is: the first of which something is left to do, "" when all has ended.
std::string flow_current_group(const model::Job& job, const model::Allocation* alloc);

// Whether something of the group may run now. Tasks without stages are not in turn.
bool flow_group_active(const model::Job& job, const model::Allocation* alloc, const std::string& group);

// The id of the operation that a task was made of, or else its name; its group.
std::string flow_op_id(const model::Task& task);
std::string flow_op_group(const model::Task& task);

// Whether an event of a task says why its operation could not run.
bool flow_event_failed(const model::TaskEvent& event);

codec::Value nosana_flow_state(const FlowInputs& inputs);

}  // namespace drover::jobspec
