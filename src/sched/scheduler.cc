#include "sched/scheduler.h"

#include "sched/planners.h"

namespace drover::sched {

Decision schedule(const Input& input) {
  const model::JobType type = input.job ? input.job->type : input.eval.type;
  const bool everywhere = type == model::JobType::System || type == model::JobType::Sysbatch;
  return everywhere ? plan_system(input) : plan_generic(input);
}

int32_t max_attempts(model::JobType type) {
  return type == model::JobType::Batch || type == model::JobType::Sysbatch ? 2 : 5;
}

}  // namespace drover::sched
