#pragma once

#include "client/agent_context.h"
#include "client/stats/alloc_stats.h"
#include "client/stats/host_stats.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace drover::client {

// Takes samples and makes statistics of two of them: the sample of the call before, if that is recent, else one taken
// a moment ago. Owner: the loop's thread.
class StatsReader {
 public:
  using Tasks = std::map<std::string, std::shared_ptr<drivers::RunningTask>>;

  net::Task<Result<HostStats>> host(std::shared_ptr<AgentContext> agent);
  net::Task<Result<AllocResourceUsage>> alloc(std::shared_ptr<AgentContext> agent, model::AllocId id, Tasks tasks);
  void forget(model::AllocId id);

 private:
  struct HostPoint {
    sys::HostSample sample;
    MonoTime at;
  };
  std::optional<HostPoint> last_host_;
  std::map<std::pair<model::AllocId, std::string>, drivers::TaskStats> last_tasks_;
};

}  // namespace drover::client
