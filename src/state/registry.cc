#include "base/check.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "state/apply.h"
#include "state/command.h"

namespace drover::state {

namespace {

template <class Body>
Result<Reply> apply_erased(Draft& draft, const void* body) {
  return apply_command(draft, *static_cast<const Body*>(body));
}

template <class Body>
constexpr CommandInfo line(std::string_view name, uint16_t tag) {
  return {.name = name, .tag = tag, .type = &codec::type_of<Body>, .apply = &apply_erased<Body>};
}

// Tags are stable for ever; a new command takes the next one and goes to the end.
constexpr CommandInfo kRegistry[] = {
    line<RegisterJob>("register-job", 1),
    line<DeregisterJob>("deregister-job", 2),
    line<SetJobStability>("set-job-stability", 3),
    line<RegisterNode>("register-node", 4),
    line<UpdateNodeStatus>("update-node-status", 5),
    line<UpdateNodeEligibility>("update-node-eligibility", 6),
    line<DeregisterNode>("deregister-node", 7),
    line<UpdateAllocs>("update-allocs", 8),
    line<UpsertEvals>("upsert-evals", 9),
    line<ApplyPlan>("apply-plan", 10),
    line<SetServices>("set-services", 11),
    line<Collect>("collect", 12),
    line<UpdateDeployment>("update-deployment", 13),
    line<PromoteDeployment>("promote-deployment", 14),
    line<SetAllocHealth>("set-alloc-health", 15),
    line<UpdateTransitions>("update-transitions", 16),
    line<UpdateNodeDrain>("update-node-drain", 17),
    line<LaunchPeriodic>("launch-periodic", 18),
    line<ScaleJob>("scale-job", 19),
    line<SetSchedulerConfig>("set-scheduler-config", 20),
    line<ApplyWork>("apply-work", 21),
    line<ExtendJob>("extend-job", 22),
    line<PutMarket>("put-market", 23),
    line<DeleteMarket>("delete-market", 24),
    line<SettleLogistics>("settle-logistics", 25),
};

constexpr bool tags_count_up() {
  for (size_t i = 0; i < std::size(kRegistry); ++i) {
    if (kRegistry[i].tag != i + 1) return false;
  }
  return true;
}
static_assert(tags_count_up(), "the registry is indexed by tag");

}  // namespace

std::span<const CommandInfo> command_registry() {
  return kRegistry;
}

template <>
const CommandInfo& info_of<RegisterJob>() {
  return kRegistry[0];
}
template <>
const CommandInfo& info_of<DeregisterJob>() {
  return kRegistry[1];
}
template <>
const CommandInfo& info_of<SetJobStability>() {
  return kRegistry[2];
}
template <>
const CommandInfo& info_of<RegisterNode>() {
  return kRegistry[3];
}
template <>
const CommandInfo& info_of<UpdateNodeStatus>() {
  return kRegistry[4];
}
template <>
const CommandInfo& info_of<UpdateNodeEligibility>() {
  return kRegistry[5];
}
template <>
const CommandInfo& info_of<DeregisterNode>() {
  return kRegistry[6];
}
template <>
const CommandInfo& info_of<UpdateAllocs>() {
  return kRegistry[7];
}
template <>
const CommandInfo& info_of<UpsertEvals>() {
  return kRegistry[8];
}
template <>
const CommandInfo& info_of<ApplyPlan>() {
  return kRegistry[9];
}
template <>
const CommandInfo& info_of<SetServices>() {
  return kRegistry[10];
}
template <>
const CommandInfo& info_of<Collect>() {
  return kRegistry[11];
}
template <>
const CommandInfo& info_of<UpdateDeployment>() {
  return kRegistry[12];
}
template <>
const CommandInfo& info_of<PromoteDeployment>() {
  return kRegistry[13];
}
template <>
const CommandInfo& info_of<SetAllocHealth>() {
  return kRegistry[14];
}
template <>
const CommandInfo& info_of<UpdateTransitions>() {
  return kRegistry[15];
}
template <>
const CommandInfo& info_of<UpdateNodeDrain>() {
  return kRegistry[16];
}
template <>
const CommandInfo& info_of<LaunchPeriodic>() {
  return kRegistry[17];
}
template <>
const CommandInfo& info_of<ScaleJob>() {
  return kRegistry[18];
}
template <>
const CommandInfo& info_of<SetSchedulerConfig>() {
  return kRegistry[19];
}
template <>
const CommandInfo& info_of<ApplyWork>() {
  return kRegistry[20];
}
template <>
const CommandInfo& info_of<ExtendJob>() {
  return kRegistry[21];
}
template <>
const CommandInfo& info_of<PutMarket>() {
  return kRegistry[22];
}
template <>
const CommandInfo& info_of<DeleteMarket>() {
  return kRegistry[23];
}
template <>
const CommandInfo& info_of<SettleLogistics>() {
  return kRegistry[24];
}

Result<Reply> apply(Draft& draft, const Command& command) {
  draft.begin_command();
  Result<Reply> reply = command.info().apply(draft, command.body());
  CHECK(reply || !draft.command_wrote(), "a command that failed has changed the state");
  draft.end_command();
  if (reply) reply->index = draft.view().index();
  return reply;
}

std::string encode_command(const Command& command) {
  std::string bytes;
  bytes.push_back(static_cast<char>(command.info().tag & 0xff));
  bytes.push_back(static_cast<char>(command.info().tag >> 8));
  codec::encode_record(bytes, command.info().type(), command.body());
  return bytes;
}

Result<Command> decode_command(std::string_view bytes) {
  if (bytes.size() < 2) return err(ErrorCode::InvalidArgument, "a command of {} bytes", bytes.size());
  const unsigned tag =
      static_cast<unsigned char>(bytes[0]) | static_cast<unsigned>(static_cast<unsigned char>(bytes[1])) << 8;
  if (tag == 0 || tag > std::size(kRegistry)) {
    return err(ErrorCode::InvalidArgument, "unknown command {}: it comes from a newer version", tag);
  }
  const CommandInfo& info = kRegistry[tag - 1];
  const codec::StructInfo& type = info.type().fields();
  std::shared_ptr<void> body(type.create(), type.destroy);
  TRY(codec::decode_record(bytes.substr(2), info.type(), body.get()));
  return Command(info, std::move(body));
}

}  // namespace drover::state
