#include "model/evaluation.h"

namespace drover::model {

Evaluation make_eval(const Job& job, EvalId id, std::string_view trigger) {
  Evaluation eval;
  eval.id = id;
  eval.ns = job.ns;
  eval.priority = job.priority;
  eval.type = job.type;
  eval.triggered_by = trigger;
  eval.job_id = job.id;
  eval.job_modify_index = job.job_modify_index;
  return eval;
}

}  // namespace drover::model
