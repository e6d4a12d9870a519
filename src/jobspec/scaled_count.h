#pragma once

#include "codec/value.h"
#include "model/job.h"

namespace drover::jobspec {

// A group whose author gives no count begins with its scaling's min. The model cannot tell a count that was not given
// from one of 1, so this looks at the tree. REQUIRES that `job` was decoded from `tree`.
void adopt_scaled_counts(const codec::Value& tree, model::Job& job);

}  // namespace drover::jobspec
