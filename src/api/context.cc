#include "api/context.h"

namespace drover::api {

model::EvalId Context::new_eval_id() {
  const MutexLock lock(mutex_);
  return model::EvalId(random_.uuid());
}

Duration Context::random_below(Duration limit) {
  if (limit <= Duration::zero()) return Duration::zero();
  const MutexLock lock(mutex_);
  return Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(limit.count()) + 1)));
}

}  // namespace drover::api
