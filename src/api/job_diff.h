#pragma once

#include "api/stubs.h"
#include "model/job.h"
#include "model/plan.h"

#include <map>
#include <string>

namespace drover::api {

// What changes from one version of a job to another, in the shape of Nomad's JobDiff; null: there is none. Passwords
// are not shown. As in Nomad's, every group and task is there, an object only if it changed, and then with those of its
// fields that did not change, too.
JobDiff diff_jobs(const model::Job* before, const model::Job* after);

// Says what the changes do to allocations: "forces create", "forces in-place update", … and how many of each.
void annotate(JobDiff& diff, const std::map<std::string, model::DesiredUpdates>& updates);

}  // namespace drover::api
