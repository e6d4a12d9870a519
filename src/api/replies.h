#pragma once

#include "api/routes.h"
#include "model/ids.h"

#include <functional>
#include <string>

namespace drover::api {

// What a change of a job answers: EvalID, EvalCreateIndex, JobModifyIndex, Warnings, Index, …
std::function<std::string(const state::Reply&)> job_reply(model::EvalId eval_id, std::string warnings = {});

}  // namespace drover::api
