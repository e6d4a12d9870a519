#include "codec/describe.h"
#include "state/summary.h"

namespace drover::state {

using codec::StructBuilder;

void describe(StructBuilder& d, GroupSummary& r) {
  auto& [queued, complete, failed, running, starting, lost, unknown] = r;
  d.name("TaskGroupSummary");
  d.field(1, queued, "Queued");
  d.field(2, complete, "Complete");
  d.field(3, failed, "Failed");
  d.field(4, running, "Running");
  d.field(5, starting, "Starting");
  d.field(6, lost, "Lost");
  d.field(7, unknown, "Unknown");
}

void describe(StructBuilder& d, ChildrenSummary& r) {
  auto& [pending, running, dead] = r;
  d.name("JobChildrenSummary");
  d.field(1, pending, "Pending");
  d.field(2, running, "Running");
  d.field(3, dead, "Dead");
}

void describe(StructBuilder& d, JobSummary& r) {
  auto& [job_id, ns, summary, children, create_index, modify_index] = r;
  d.name("JobSummary");
  d.field(1, job_id, "JobID");
  d.field(2, ns, "Namespace");
  d.field(3, summary, "Summary").flags(codec::kEmptyList);
  d.field(4, children, "Children");
  d.field(5, create_index, "CreateIndex");
  d.field(6, modify_index, "ModifyIndex");
}

}  // namespace drover::state
