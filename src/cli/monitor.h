#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <map>
#include <string>

namespace drover::cli {

enum class AfterPlacement {
  Return,
  // Until the allocations run, have ended, or make no progress for a while; where there is a deployment until that has
  // ended.
  WaitForStart,
};

// Follows one evaluation (and those that follow from it) and prints what happens as it happens.
class Monitor {
 public:
  Monitor(const Session& session, ApiClient& api) : session_(session), api_(api) {}

  // kSuccess; kFailure if a deployment was not successful; kIncomplete if the evaluation failed, could not place
  // everything, or none of its allocations survived their start.
  Result<int> follow(std::string eval_id, AfterPlacement after);

 private:
  struct SeenAlloc {
    std::string status;
    std::map<std::string, int64_t> newest_event;  // by task
  };

  Result<Answer> wait_for_evaluation(const std::string& eval_id);
  void show_trigger(const Json& eval);
  Status show_allocs(const std::string& eval_id, const Json& eval);
  void show_alloc(const Json& alloc, const Json& eval);
  void show_troubles(const Json& alloc, SeenAlloc& seen);
  int show_end(const Json& eval);
  Result<int> wait_for_start(const std::string& eval_id, const Json& eval);
  Result<int> follow_start(const std::string& eval_id, const Json& eval, bool all_placed);
  void say(std::string_view text);

  const Session& session_;
  ApiClient& api_;
  std::map<std::string, SeenAlloc> seen_;
  bool progress_ = false;  // something was printed since it was last reset
};

// What `job run`, `job stop` and `eval status -monitor` do with an evaluation: follows it, and tells how to look at it
// again if the user has had enough.
Result<int> monitor_evaluation(const Session& session, ApiClient& api, const std::string& eval_id,
                               AfterPlacement after);

}  // namespace drover::cli
