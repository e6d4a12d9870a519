#include "api/replies.h"

#include <utility>

#include "api/stubs.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {

std::function<std::string(const state::Reply&)> job_reply(model::EvalId eval_id, std::string warnings) {
  return [eval_id, warnings = std::move(warnings)](const state::Reply& reply) {
    return codec::to_json(JobChangeResponse{.eval_id = eval_id,
                                            .eval_create_index = reply.eval_create_index,
                                            .job_modify_index = reply.job_modify_index,
                                            .warnings = warnings,
                                            .index = reply.index});
  };
}

}  // namespace drover::api
