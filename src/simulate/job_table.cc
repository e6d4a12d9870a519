#include "simulate/job_table.h"

#include "codec/describe.h"
#include "codec/storage.h"
#include "model/holdings.h"

namespace drover::simulate {
namespace {

// Beyond so many versions all are forgotten; nodes ask for those that they miss by connecting anew.
constexpr size_t kMaxVersions = 100'000;

std::shared_ptr<const GroupOutline> outline(const model::Job& job, const model::TaskGroup& group) {
  GroupOutline out{.name = group.name};
  for (const model::Task& task : group.tasks) {
    out.tasks.emplace_back(task.name);
    for (const model::Asset& asset : task.assets) out.assets.push_back(model::asset_key(asset));
  }
  out.ends = job.type == model::JobType::Batch || job.type == model::JobType::Sysbatch;
  if (group.update && group.update->health_check != "manual") {
    out.reports_health = true;
    out.min_healthy_time = group.update->min_healthy_time.value_or(Duration(0));
  }
  return std::make_shared<const GroupOutline>(std::move(out));
}

}  // namespace

Status JobTable::add(const rpc::JobRecord& record) {
  const std::pair key(record.job, record.version);
  const auto known = versions_.find(key);
  if (known != versions_.end() && known->second.create_index == record.create_index) return Ok{};
  TRY_LET(const model::Job job, codec::decode_record<model::Job>(record.record));
  if (versions_.size() >= kMaxVersions) versions_.clear();
  Version& version = versions_[key];
  version = {.create_index = record.create_index, .groups = {}};
  for (const model::TaskGroup& group : job.task_groups) version.groups.push_back(outline(job, group));
  return Ok{};
}

std::shared_ptr<const GroupOutline> JobTable::find(const model::JobKey& job, uint64_t version,
                                                   std::string_view group) const {
  const auto known = versions_.find({job, version});
  if (known == versions_.end()) return nullptr;
  for (const auto& candidate : known->second.groups) {
    if (candidate->name == group) return candidate;
  }
  return nullptr;
}

}  // namespace drover::simulate
