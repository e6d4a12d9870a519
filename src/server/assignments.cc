#include "server/assignments.h"

namespace drover::server {

std::optional<rpc::Assignments> next_assignments(const state::Snapshot& snapshot, const model::NodeId& node,
                                                 SentAssignments& sent) {
  rpc::Assignments out{.index = snapshot.index(), .known = {}, .changed = {}, .jobs = {}};
  std::unordered_map<model::AllocId, uint64_t> known;
  for (const auto& entry : snapshot.allocs_of_node(node)) {
    const model::Allocation& alloc = *entry.value;
    out.known.push_back({alloc.id, alloc.alloc_modify_index});
    known[alloc.id] = alloc.alloc_modify_index;
    const auto before = sent.allocs.find(alloc.id);
    if (before != sent.allocs.end() && before->second == alloc.alloc_modify_index) continue;
    const auto job = snapshot.job_of(alloc);
    if (job && sent.jobs.emplace(job->key(), job->version).second) out.jobs.push_back(*job);
    out.changed.push_back({.alloc = alloc, .job = alloc.job_key(), .job_version = alloc.job_version});
  }
  const bool same = out.changed.empty() && known.size() == sent.allocs.size();
  if (same && sent.any) return std::nullopt;
  sent.any = true;
  sent.allocs = std::move(known);
  return out;
}

}  // namespace drover::server
