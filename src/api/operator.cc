#include <utility>

#include "api/handlers.h"
#include "api/json_object.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "model/scheduler_config.h"

// What operators set for the whole cluster.
namespace drover::api {
namespace {

// 071 and HEAD write the configuration itself, some clients the object that GET answers.
Result<model::SchedulerConfig> read_config(const Request& request) {
  TRY_LET(const auto body, read_json_object(request));
  const codec::Value* wrapped = body.find("SchedulerConfig");
  TRY_LET(auto config, codec::from_value<model::SchedulerConfig>(wrapped ? *wrapped : body));
  if (config.algorithm.empty()) config.algorithm = model::SchedulerConfig{}.algorithm;
  if (config.algorithm != "binpack" && config.algorithm != "spread") {
    return err(ErrorCode::InvalidArgument, "invalid scheduler algorithm \"{}\": use \"binpack\" or \"spread\"",
               printable(config.algorithm));
  }
  return config;
}

}  // namespace

Result<Answer> get_scheduler_config(const Request&, const SnapshotPtr& snapshot) {
  Answer answer;
  JsonObject object(answer.body);
  object.member("SchedulerConfig", snapshot->scheduler_config());
  object.number("Index", snapshot->scheduler_config().modify_index);
  object.number("LastContact", 0);
  object.boolean("KnownLeader", true);
  object.text("NextToken", "");
  object.end();
  return answer;
}

net::Task<Result<Answer>> set_scheduler_config(Request request, Context& context) {
  state::SetSchedulerConfig command;
  CO_TRY_LET(command.config, read_config(request));
  const std::string_view cas = request.param("cas");
  if (!cas.empty()) {
    command.check_index = parse_uint(cas);
    if (!command.check_index) co_return err(ErrorCode::InvalidArgument, "Error parsing cas value: {}", printable(cas));
  }
  const auto reply = co_await context.frontend()->submit(state::make_command(std::move(command)));
  const bool refused = !reply && reply.error().code() == ErrorCode::Conflict;
  if (!reply && !refused) co_return err(reply.error());
  Answer answer;
  JsonObject object(answer.body);
  object.boolean("Updated", !refused);
  object.number("Index", reply ? reply->index : 0);
  object.end();
  co_return answer;
}

}  // namespace drover::api
