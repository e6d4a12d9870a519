#pragma once

#include "codec/fwd.h"
#include "net/task.h"

#include <string>
#include <vector>

namespace drover::expose {

// Where an exposed port answers.
struct Target {
  std::string url;        // "http://10.0.0.1:8080"
  bool is_proxy = false;  // of another agent, which knows the way from there
};
void describe(codec::StructBuilder& d, Target& r);

// What an exposed port's id leads to.
struct Route {
  int32_t status = 404;  // 200: to the targets; 404, 410 or 503: nowhere, and why
  std::string reason;    // a stable code: reason::kUnknown, …; "" with 200
  std::string message;   // for people
  std::string job;
  std::string task;
  std::vector<Target> targets;
};
void describe(codec::StructBuilder& d, Route& r);

namespace reason {
inline constexpr const char* kUnknown = "unknown";          // 404: no job has exposed it, or nobody knows any more
inline constexpr const char* kQueued = "queued";            // 503: the job waits for a node
inline constexpr const char* kPending = "pending";          // 503: placed, or waits for other tasks
inline constexpr const char* kPulling = "pulling";          // 503: its image is being pulled
inline constexpr const char* kFetching = "fetching";        // 503: its files are being fetched
inline constexpr const char* kStarting = "starting";        // 503: runs, but was not healthy yet
inline constexpr const char* kRestarting = "restarting";    // 503: has ended and will run again
inline constexpr const char* kUnreachable = "unreachable";  // 503: its node has no proxy that others could ask
inline constexpr const char* kStopped = "stopped";          // 410
inline constexpr const char* kExpired = "expired";          // 410: its timeout has passed
inline constexpr const char* kComplete = "complete";        // 410: has ended by itself
inline constexpr const char* kFailed = "failed";            // 410
}  // namespace reason

// Knows the way. Used by tasks of one loop.
class RouteSource {
 public:
  virtual ~RouteSource() = default;
  // `id` in lower case. Never fails: what cannot be found out is a 503.
  virtual net::Task<Route> find(std::string id) = 0;
};

}  // namespace drover::expose
