#include "server/assignments.h"

#include "codec/describe.h"
#include "codec/storage.h"
#include "model/job.h"

#include <algorithm>
#include <utility>

namespace drover::server {
namespace {

constexpr size_t kMaxRecordBytes = 64 << 20;

// Beyond so many, all are sent again when they are needed again.
constexpr size_t kMaxSentJobs = 4096;

// Where the data is that an allocation is to begin with; "" if nowhere else.
std::string previous_http(const state::Snapshot& snapshot, const model::Job& job, const model::Allocation& alloc) {
  if (alloc.previous_allocation.empty() || alloc.client_status != model::ClientStatus::Pending) return "";
  const model::TaskGroup* group = job.find_group(alloc.task_group);
  if (!group || !group->ephemeral_disk.migrate) return "";
  const auto previous = snapshot.alloc(alloc.previous_allocation);
  if (!previous || previous->node_id == alloc.node_id) return "";
  const auto node = snapshot.node(previous->node_id);
  return node && node->status != model::NodeStatus::Down ? node->http_addr : "";
}

}  // namespace

rpc::JobRecord JobRecords::of(const state::Row<model::Job>& job) {
  auto found = records_.find(job.get());
  if (found == records_.end()) {
    if (bytes_ > kMaxRecordBytes) {
      records_.clear();
      bytes_ = 0;
    }
    found = records_.emplace(job.get(), Entry{.job = job, .record = codec::encode_record(*job)}).first;
    bytes_ += found->second.record.size();
  }
  return {
      .job = job->key(), .version = job->version, .create_index = job->create_index, .record = found->second.record};
}

NodeAssignments::NodeAssignments(const state::Snapshot& snapshot, const model::NodeId& node)
    : begun_at_(snapshot.index()) {
  const auto& allocs = snapshot.allocs_of_node(node);
  waiting_.reserve(allocs.size());
  for (const auto& entry : allocs) waiting_.push_back(entry.key);
}

void NodeAssignments::note(const RowChange<model::Allocation>& change) {
  if (!change.after) return waiting_.push_back(change.before->id);
  const uint64_t index = change.after->alloc_modify_index;
  const bool same = change.before && change.before->alloc_modify_index == index;
  if (!same && index > begun_at_) waiting_.push_back(change.after->id);
}

// Each is named once, however often it has changed.
std::vector<model::AllocId> NodeAssignments::take() {
  std::ranges::sort(waiting_);
  waiting_.erase(std::ranges::unique(waiting_).begin(), waiting_.end());
  const size_t count = std::min(waiting_.size(), kMostInMessage);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<model::AllocId> taken(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return taken;
}

void NodeAssignments::add(const state::Snapshot& snapshot, const model::AllocId& id, JobRecords& records,
                          rpc::Assignments& out) {
  const auto alloc = snapshot.alloc(id);
  if (!alloc) return out.removed.push_back(id);
  const auto job = snapshot.job_of(*alloc);
  if (job && sent_jobs_.insert(job->job_modify_index).second) out.jobs.push_back(records.of(job));
  if (!complete_) named_.push_back(id);
  rpc::Assignment assignment{.alloc = *alloc, .job = alloc->job_key(), .job_version = alloc->job_version};
  assignment.alloc.metrics.reset();  // how it was placed is no concern of the node's
  assignment.alloc.scores.clear();
  if (job) assignment.previous_http = previous_http(snapshot, *job, *alloc);
  out.changed.push_back(std::move(assignment));
}

std::optional<rpc::Assignments> NodeAssignments::next(const state::Snapshot& snapshot, JobRecords& records) {
  if (!waiting()) return std::nullopt;
  if (sent_jobs_.size() > kMaxSentJobs) sent_jobs_.clear();
  rpc::Assignments out{.index = snapshot.index()};
  for (const model::AllocId& id : take()) add(snapshot, id, records, out);
  if (!complete_ && waiting_.empty()) {
    complete_ = out.complete = true;
    out.known = std::exchange(named_, {});
    std::erase_if(out.known, [&](const model::AllocId& id) { return !snapshot.alloc(id); });
  }
  return out;
}

}  // namespace drover::server
