#pragma once

#include "state/view.h"

// What follows from the rows, computed from scratch. The Draft keeps the same things up to date step by step.
namespace drover::state {

// What a dispatched job is found by. REQUIRES that it has a token.
inline DispatchKey dispatch_key(const model::Job& child) {
  return {{child.ns, child.parent_id}, child.dispatch_token};
}

// Adds `sign` to the count of allocations in a status.
void count_status(GroupSummary& group, model::ClientStatus status, int sign);

// Adds `sign` to the count of children in a status.
void count_status(ChildrenSummary& children, model::JobStatus status, int sign);

// Adds `sign` to the counts that an allocation or evaluation belongs to.
void count_activity(JobActivity& activity, const model::Allocation& alloc, int sign);
void count_activity(JobActivity& activity, const model::Evaluation& eval, int sign);

// The evaluation that says how many allocations are queued: the newest that counts any group; null if none does.
Row<model::Evaluation> newest_queued(const EvalTable& evals);

// Sets the queued counts to those of `eval`; all zero if it is null.
void set_queued(JobSummary& summary, const model::Evaluation* eval);

// A summary lists the groups of the job and those that still have something to count.
void list_groups(JobSummary& summary, const model::Job& job);

// Without children and modify_index.
JobSummary make_summary(const model::Job& job, const AllocTable& allocs, const EvalTable& evals);

// The children of a job (periodic or parameterized); their ids start with "<id>/".
ChildrenSummary count_children(const JobTable& jobs, const model::JobKey& parent);

// Facts 1.1. Keeps the status of a job that has neither allocations nor evaluations, unless it is stopped.
model::JobStatus job_status(const model::Job& job, const JobActivity& activity);

}  // namespace drover::state
