#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/replies.h"
#include "api/stubs.h"
#include "api/submission.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/logistics.h"

// Jobs that are launched by request: dispatched or, if they are periodic, ahead of their time.
namespace drover::api {

Result<Write> dispatch_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(auto asked, codec::from_value<DispatchRequest>(body));
  TRY(check_registration_allowed(snapshot));
  TRY_LET(const auto job, find_job(request, snapshot));
  TRY_LET(auto launch,
          context.frontend()->make_dispatch(job->key(), std::move(asked.payload.value), std::move(asked.meta),
                                            std::string(request.param("idempotency_token"))));
  const DispatchResponse answer{.dispatched_job_id = launch.job_id, .eval_id = launch.eval_id};
  return Write{.command = std::move(launch.command), .reply = [answer](const state::Reply& reply) {
                 DispatchResponse filled = answer;
                 filled.dispatched_job_id = reply.job_id;
                 if (reply.eval_create_index == 0) filled.eval_id = {};
                 filled.eval_create_index = reply.eval_create_index;
                 filled.job_create_index = reply.job_modify_index;
                 filled.index = reply.index;
                 return codec::to_json(filled);
               }};
}

Result<Write> force_periodic_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto job, find_job(request, snapshot));
  TRY_LET(auto launch, context.frontend()->make_periodic_launch(job->key()));
  return Write{.command = std::move(launch.command), .reply = job_reply(launch.eval_id)};
}

Result<Answer> explain_job(const Request& request, Context& context) {
  TRY_LET(const auto job, find_job(request, *context.frontend()->snapshot()));
  if (model::awaits_definition(*job) && !job->stop) {
    const codec::Value note = codec::Value::Object{{"Logistics", model::logistics_note(*job)}};
    return Answer{.body = codec::dump(note)};
  }
  TRY_LET(const codec::Value explanation, context.frontend()->explain(*job));
  return Answer{.body = codec::dump(explanation)};
}

}  // namespace drover::api
