#pragma once

#include "base/result.h"
#include "codec/fwd.h"
#include "state/commands.h"
#include "state/draft.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace drover::state {

// What a command that was applied has to say.
struct Reply {
  uint64_t index = 0;  // the state's, after the command
  std::string job_id;  // that the command has registered, or found to be registered already
  uint64_t job_modify_index = 0;
  uint64_t job_version = 0;
  uint64_t eval_create_index = 0;  // of the evaluations created with the command, 0: none
  PlanResult plan;
};

// One kind of command: a line of the table in registry.cc.
struct CommandInfo {
  std::string_view name;
  uint16_t tag = 0;  // stable for ever
  const codec::TypeInfo& (*type)() = nullptr;
  Result<Reply> (*apply)(Draft& draft, const void* body) = nullptr;
};

std::span<const CommandInfo> command_registry();

// Any command. Immutable, cheap to copy and to move.
class Command {
 public:
  Command(const CommandInfo& info, std::shared_ptr<const void> body) : info_(&info), body_(std::move(body)) {}

  const CommandInfo& info() const { return *info_; }
  std::string_view name() const { return info_->name; }
  const void* body() const { return body_.get(); }

 private:
  const CommandInfo* info_;
  std::shared_ptr<const void> body_;
};

// The registry's line for a struct of commands.h; any other type does not link.
template <class Body>
const CommandInfo& info_of();

template <class Body>
Command make_command(Body body) {
  return Command(info_of<Body>(), std::make_shared<const Body>(std::move(body)));
}

// Applies a command to a draft. After an error the draft is as it was before.
Result<Reply> apply(Draft& draft, const Command& command);

// A command as bytes, for another server, and back. Any bytes are safe input.
std::string encode_command(const Command& command);
Result<Command> decode_command(std::string_view bytes);

template <>
const CommandInfo& info_of<RegisterJob>();
template <>
const CommandInfo& info_of<DeregisterJob>();
template <>
const CommandInfo& info_of<SetJobStability>();
template <>
const CommandInfo& info_of<RegisterNode>();
template <>
const CommandInfo& info_of<UpdateNodeStatus>();
template <>
const CommandInfo& info_of<UpdateNodeEligibility>();
template <>
const CommandInfo& info_of<DeregisterNode>();
template <>
const CommandInfo& info_of<UpdateAllocs>();
template <>
const CommandInfo& info_of<UpsertEvals>();
template <>
const CommandInfo& info_of<ApplyPlan>();
template <>
const CommandInfo& info_of<SetServices>();
template <>
const CommandInfo& info_of<Collect>();
template <>
const CommandInfo& info_of<UpdateDeployment>();
template <>
const CommandInfo& info_of<PromoteDeployment>();
template <>
const CommandInfo& info_of<SetAllocHealth>();
template <>
const CommandInfo& info_of<UpdateTransitions>();
template <>
const CommandInfo& info_of<UpdateNodeDrain>();
template <>
const CommandInfo& info_of<LaunchPeriodic>();
template <>
const CommandInfo& info_of<ScaleJob>();
template <>
const CommandInfo& info_of<SetSchedulerConfig>();
template <>
const CommandInfo& info_of<ApplyWork>();
template <>
const CommandInfo& info_of<ExtendJob>();
template <>
const CommandInfo& info_of<PutMarket>();
template <>
const CommandInfo& info_of<DeleteMarket>();
template <>
const CommandInfo& info_of<SettleLogistics>();

}  // namespace drover::state
