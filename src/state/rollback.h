#pragma once

#include "state/view.h"

#include <functional>
#include <string>

namespace drover::state {

// What becomes of a job whose deployment fails (facts 1.3).
struct Rollback {
  Row<model::Job> job;  // the version to go back to; null: the job stays as it is
  std::string note;     // for the end of the deployment's description; "" if nobody asked for a rollback
};

// The job goes back to its latest stable version if a group of the deployment that `concerned` accepts has auto_revert.
// It stays if that version says the same as the current one (it may be the current one), if there is none, and if the
// job has been stopped, replaced or changed since the deployment began.
Rollback rollback_of(const Snapshot& snapshot, const model::Deployment& deployment,
                     const std::function<bool(const std::string& group)>& concerned);

}  // namespace drover::state
