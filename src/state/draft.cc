#include "state/draft.h"

#include "base/check.h"
#include "state/derive.h"
#include "state/edit.h"
#include "state/rows.h"

#include <algorithm>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::Evaluation;
using model::JobKey;
using model::ServiceRegistration;

namespace {

bool same_devices(const model::AllocatedDevice& a, const model::AllocatedDevice& b) {
  return a.vendor == b.vendor && a.type == b.type && a.name == b.name && a.device_ids == b.device_ids;
}

// Whether two rows of one allocation take the same from the same node.
bool same_use(const Allocation& a, const Allocation& b) {
  if (a.terminal() != b.terminal()) return false;
  if (a.terminal()) return true;
  return a.job_version == b.job_version && a.task_group == b.task_group &&
         std::ranges::equal(a.ports, b.ports, {}, &model::AllocatedPort::value, &model::AllocatedPort::value) &&
         std::ranges::equal(a.cores, b.cores, {}, &model::AllocatedCores::cores, &model::AllocatedCores::cores) &&
         std::ranges::equal(a.devices, b.devices, same_devices);
}

// Very many allocations have the same few texts.
void share_texts(Allocation& alloc, StringPool& texts) {
  for (SharedString* text : {&alloc.ns, &alloc.job_id, &alloc.task_group, &alloc.node_name, &alloc.desired_description,
                             &alloc.client_description}) {
    texts.intern(*text);
  }
  for (auto& [task, state] : alloc.task_states) {
    texts.intern(task);
    for (model::TaskEvent& event : state.events) {
      texts.intern(event.type);
      texts.intern(event.display_message);
    }
  }
}

}  // namespace

Draft::Draft(Snapshot base) : next_(std::move(base)), columns_(next_.columns_) {
  if (!next_.texts_) next_.texts_ = std::make_shared<StringPool>();
}

void Draft::begin_command() {
  CHECK(!in_command_, "a command is begun inside another");
  in_command_ = true;
  command_start_ = changes_.size();
}

void Draft::end_command() {
  CHECK(in_command_, "a command is ended that was not begun");
  for (const auto& [key, delta] : jobs_) finish_job(key, delta);
  for (const auto& [key, change] : parents_) finish_parent(key, change);
  jobs_.clear();
  last_job_ = nullptr;
  parents_.clear();
  if (command_wrote()) ++next_.index_;
  in_command_ = false;
}

void Draft::record(Table table, std::string key, std::optional<std::string> value) {
  DCHECK(in_command_, "a row is written outside of a command");
  change_bytes_ += key.size() + (value ? value->size() : 0);
  next_.table_index_[static_cast<size_t>(table)] = index();
  changes_.push_back({.table = table, .key = std::move(key), .value = std::move(value)});
}

Draft::TouchedJob& Draft::touch(const std::string& ns, const std::string& job_id) {
  if (!last_job_ || last_job_->first.id != job_id || last_job_->first.ns != ns) {
    last_job_ = &*jobs_.try_emplace(JobKey{ns, job_id}).first;
  }
  return *last_job_;
}

void Draft::put_node(model::Node node) {
  const Row<model::Node> old = next_.node(node.id);
  node.create_index = old ? old->create_index : index();
  node.modify_index = index();
  const auto row = std::make_shared<const model::Node>(std::move(node));
  put(next_.nodes_, row->id, row);
  if (old) {
    columns_.update_node(*next_.slot_of(row->id), *old, *row);
  } else {
    put(next_.slots_, row->id, columns_.add_node(*row));
    occupy_new_node(row->id);
  }
  record(Table::Nodes, stored_key(row->id.value), encode_row(*row));
}

void Draft::erase_node(const model::NodeId& id) {
  const Row<model::Node> old = next_.node(id);
  if (!old) return;
  columns_.remove_node(*next_.slot_of(id), *old);
  erase(next_.slots_, id);
  erase(next_.nodes_, id);
  record(Table::Nodes, stored_key(id.value), std::nullopt);
}

void Draft::put_job(model::Job job) {
  const Row<model::Job> old = next_.job(job.key());
  job.create_index = old ? old->create_index : index();
  job.modify_index = index();
  JobDelta& delta = touch(job.ns, job.id).second;
  delta.written = true;
  if (!old) {
    delta.created = true;
    asks_.clear();  // The version may stand for another specification now.
    last_ask_ = nullptr;
  } else if (old->version != job.version) {
    record(Table::JobVersions, stored_key(JobVersionKey{old->key(), old->version}), encode_row(*old));
  }
  write_job_row(std::make_shared<const model::Job>(std::move(job)));
}

void Draft::write_job_row(Row<model::Job> row) {
  const JobKey key = row->key();
  if (const Row<model::Job> old = next_.job(key)) {
    count_child(*old, -1);
    forget_token(*old);
  }
  count_child(*row, 1);
  if (!row->dispatch_token.empty()) put(next_.dispatched_, dispatch_key(*row), key);
  put(next_.jobs_, key, row);
  put(next_.job_versions_, JobVersionKey{key, row->version}, row);
  record(Table::Jobs, stored_key(key), encode_row(*row));
  next_.table_index_[static_cast<size_t>(Table::JobVersions)] = index();
}

void Draft::put_old_version(model::Job version) {
  const JobVersionKey key{version.key(), version.version};
  const Row<model::Job> current = next_.job(key.job);
  CHECK(!current || current->version != version.version, "the current version is written as an old one");
  version.modify_index = index();
  const auto row = std::make_shared<const model::Job>(std::move(version));
  put(next_.job_versions_, key, row);
  record(Table::JobVersions, stored_key(key), encode_row(*row));
}

void Draft::erase_job(const JobKey& key) {
  const Row<model::Job> old = next_.job(key);
  if (!old) return;
  touch(key.ns, key.id).second.written = true;
  count_child(*old, -1);
  forget_token(*old);
  erase(next_.jobs_, key);
  record(Table::Jobs, stored_key(key), std::nullopt);
  erase_launches(key);
  // What was the current version is stored as an old one from now on, if it is still in use.
  record(Table::JobVersions, stored_key(JobVersionKey{key, old->version}), encode_row(*old));
  trim_versions(key);
}

void Draft::erase_version(const JobVersionKey& key) {
  erase(next_.job_versions_, key);
  record(Table::JobVersions, stored_key(key), std::nullopt);
  asks_.clear();
  last_ask_ = nullptr;
}

void Draft::trim_versions(const JobKey& key) {
  const Row<model::Job> current = next_.job(key);
  const auto versions = next_.versions_of_job(key);
  if (versions.empty() || (current && versions.size() <= kTrackedVersions)) return;

  std::map<uint64_t, bool> keep;
  for (size_t i = 0; i < versions.size(); ++i) keep[versions[i]->version] = current && i < kTrackedVersions;
  if (current) {
    const auto stable = std::ranges::find_if(versions, [](const auto& version) { return version->stable; });
    if (stable != versions.end()) keep[(*stable)->version] = true;
  }
  for (const auto& entry : next_.allocs_of_job(key)) keep[entry.value->job_version] = true;
  for (const auto& [version, wanted] : keep) {
    if (!wanted) erase_version({key, version});
  }
}

void Draft::put_eval(Evaluation eval) {
  TouchedJob& job = touch(eval.ns, eval.job_id);
  const Row<Evaluation> old = next_.eval(eval.id);
  eval.create_index = old ? old->create_index : index();
  eval.modify_index = index();
  const auto row = std::make_shared<const Evaluation>(std::move(eval));
  if (old) {
    CHECK(old->ns == row->ns && old->job_id == row->job_id, "an evaluation changes its job");
    count(job, *old, -1);
    job.second.recount_queued |= !old->queued_allocations.empty() && row->queued_allocations.empty();
  }
  count(job, *row, 1);
  if (!row->queued_allocations.empty() && (!job.second.queued || job.second.queued->id <= row->id)) {
    job.second.queued = row;
  }
  put(next_.evals_, row->id, row);
  index_put(next_.evals_by_job_, job.first, row->id, row);
  record(Table::Evaluations, stored_key(row->id.value), encode_row(*row));
}

void Draft::erase_eval(const model::EvalId& id) {
  const Row<Evaluation> old = next_.eval(id);
  if (!old) return;
  TouchedJob& job = touch(old->ns, old->job_id);
  count(job, *old, -1);
  job.second.recount_queued |= !old->queued_allocations.empty();
  erase(next_.evals_, id);
  index_erase(next_.evals_by_job_, job.first, id);
  record(Table::Evaluations, stored_key(id.value), std::nullopt);
}

void Draft::put_alloc(Allocation alloc) {
  TouchedJob& job = touch(alloc.ns, alloc.job_id);
  const Row<Allocation> old = next_.alloc(alloc.id);
  alloc.create_index = old ? old->create_index : index();
  alloc.modify_index = index();
  share_texts(alloc, *next_.texts_);
  const auto row = std::make_shared<const Allocation>(std::move(alloc));
  const bool same = old && same_use(*old, *row);
  if (old) {
    CHECK(old->node_id == row->node_id && old->job_id == row->job_id && old->ns == row->ns,
          "an allocation changes its node or job");
    count(job, *old, -1);
    if (!same && !old->terminal()) occupy(*old, -1);
  }
  count(job, *row, 1);
  if (!same && !row->terminal()) occupy(*row, 1);

  put(next_.allocs_, row->id, row);
  index_put(next_.allocs_by_job_, job.first, row->id, row);
  index_put(next_.allocs_by_node_, row->node_id, row->id, row);
  record(Table::Allocations, stored_key(row->id.value), encode_row(*row));
  if (row->terminal()) erase_services_of(row->id);
}

void Draft::erase_alloc(const model::AllocId& id) {
  const Row<Allocation> old = next_.alloc(id);
  if (!old) return;
  TouchedJob& job = touch(old->ns, old->job_id);
  count(job, *old, -1);
  if (!old->terminal()) occupy(*old, -1);
  erase(next_.allocs_, id);
  index_erase(next_.allocs_by_job_, job.first, id);
  index_erase(next_.allocs_by_node_, old->node_id, id);
  record(Table::Allocations, stored_key(id.value), std::nullopt);
  erase_services_of(id);
}

void Draft::put_service(ServiceRegistration service) {
  const auto* old = next_.services_.find(service.id);
  service.create_index = old ? (*old)->create_index : index();
  service.modify_index = index();
  if (old) unlink(*Row<ServiceRegistration>(*old));
  const auto row = std::make_shared<const ServiceRegistration>(std::move(service));
  put(next_.services_, row->id, row);
  index_put(next_.services_by_alloc_, row->alloc_id, row->id, row);
  index_put(next_.services_by_name_, ServiceName{row->ns, row->service_name}, row->id, row);
  record(Table::Services, row->id, encode_row(*row));
}

void Draft::erase_service(const std::string& id) {
  const auto* found = next_.services_.find(id);
  if (!found) return;
  const Row<ServiceRegistration> old = *found;
  unlink(*old);
  erase(next_.services_, old->id);
  record(Table::Services, old->id, std::nullopt);
}

void Draft::erase_services_of(const model::AllocId& id) {
  for (const auto& service : next_.services_of_alloc(id)) erase_service(service->id);
}

void Draft::unlink(const ServiceRegistration& service) {
  index_erase(next_.services_by_alloc_, service.alloc_id, service.id);
  index_erase(next_.services_by_name_, ServiceName{service.ns, service.service_name}, service.id);
}

const GroupAsk* Draft::ask_of(const JobKey& job, uint64_t version, std::string_view group) {
  const auto known = asks_.find(AskKey{job, version, std::string(group)});
  if (known != asks_.end()) {
    last_ask_ = &*known;
    return &last_ask_->second;
  }
  const Row<model::Job> row = next_.job_version(job, version);
  const model::TaskGroup* found = row ? row->find_group(group) : nullptr;
  if (!found) return nullptr;
  last_ask_ = &*asks_.emplace(AskKey{job, version, std::string(group)}, group_ask(*found)).first;
  return &last_ask_->second;
}

const GroupAsk* Draft::ask_of(const Allocation& alloc) {
  if (last_ask_) {
    const AskKey& key = last_ask_->first;
    if (key.version == alloc.job_version && key.job.id == alloc.job_id && key.job.ns == alloc.ns &&
        key.group == alloc.task_group) {
      return &last_ask_->second;
    }
  }
  return ask_of(alloc.job_key(), alloc.job_version, alloc.task_group);
}

void Draft::occupy(const Allocation& alloc, int sign) {
  const auto slot = next_.slot_of(alloc.node_id);
  if (!slot) return;  // Its node is gone; if it comes back, occupy_new_node() counts what is left.
  const GroupAsk* ask = ask_of(alloc);
  CHECK(ask, "an allocation of a job version that is not there");
  columns_.occupy(*slot, *ask, alloc, sign);
}

void Draft::occupy_new_node(const model::NodeId& id) {
  for (const auto& entry : next_.allocs_of_node(id)) {
    if (!entry.value->terminal()) occupy(*entry.value, 1);
  }
}

std::vector<RowChange> Draft::take_changes() {
  CHECK(!in_command_, "the changes of a command in progress are taken");
  if (!changes_.empty()) {
    const TableIndexes indexes{.indexes = {next_.table_index_.begin(), next_.table_index_.end()}};
    changes_.push_back({.table = Table::Meta, .key = kTableIndexesKey, .value = encode_row(indexes)});
  }
  change_bytes_ = 0;
  return std::exchange(changes_, {});
}

Snapshot Draft::freeze() {
  CHECK(!in_command_, "a draft is frozen inside a command");
  next_.columns_ = columns_.freeze();
  return next_;
}

}  // namespace drover::state
