#include "client/state/state_store.h"

#include "base/log.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/files.h"
#include "sys/mounts.h"

#include <utility>

namespace drover::client {
namespace {

// <root>/identity
// <root>/allocs/<alloc id>/alloc
// <root>/allocs/<alloc id>/tasks/<task>/record, beside what the driver keeps there
constexpr const char* kIdentity = "identity";
constexpr const char* kAllocs = "allocs";

std::string alloc_path(model::AllocId id) {
  return std::string(kAllocs) + "/" + id.str();
}

std::string task_path(model::AllocId id, const std::string& task) {
  return alloc_path(id) + "/tasks/" + task;
}

std::optional<TaskRecord> load_task(const sys::Directory& root, model::AllocId id, const std::string& task) {
  const auto bytes = root.read(task_path(id, task) + "/record");
  if (!bytes && bytes.error().code() == ErrorCode::NotFound) return TaskRecord();
  auto record = bytes ? codec::decode_record<TaskRecord>(*bytes) : Result<TaskRecord>(err(bytes.error()));
  // An empty file is the record of nothing, never one that was written: every record has a state.
  if (record && !bytes->empty()) return std::move(*record);
  log::warn("the kept state of a task cannot be read",
            {{"alloc", id.str()}, {"task", task}, {"error", record ? "it is empty" : record.error().message()}});
  return std::nullopt;
}

Result<RestoredAlloc> load_alloc(const sys::Directory& root, model::AllocId id) {
  TRY_LET(const std::string bytes, root.read(alloc_path(id) + "/alloc", 64 << 20));
  TRY_LET(auto record, codec::decode_record<AllocRecord>(bytes));
  const auto* group = record.job.find_group(record.alloc.task_group);
  if (record.alloc.id != id || group == nullptr) return err(ErrorCode::Internal, "the record is damaged");
  RestoredAlloc out;
  for (const auto& task : group->tasks) out.tasks.emplace(task.name, load_task(root, id, task.name));
  out.record = std::move(record);
  return out;
}

}  // namespace

Result<StateStore> StateStore::open(const std::string& data_dir) {
  TRY_LET(auto root, sys::Directory::create(data_dir + "/client", 0700, "the agent's state directory"));
  TRY(root.make_directories(kAllocs, 0700));
  return StateStore(std::move(root));
}

Result<IdentityRecord> StateStore::identity(Random& random) const {
  const auto bytes = root_->read(kIdentity);
  if (bytes) {
    auto record = codec::decode_record<IdentityRecord>(*bytes);
    if (record && !record->node_id.empty() && !record->secret_id.empty()) return record;
    return err(ErrorCode::Internal, "the node's identity in {}/{} cannot be read; remove the file to become a new node",
               root_->path(), kIdentity);
  }
  if (bytes.error().code() != ErrorCode::NotFound) return err(bytes.error());
  const IdentityRecord record{.node_id = model::NodeId(random.uuid()), .secret_id = random.uuid()};
  TRY(root_->write_atomic(kIdentity, codec::encode_record(record), 0600));
  return record;
}

Status StateStore::write(const std::string& path, const std::string& bytes) const {
  const std::string temporary = path + ".new";
  TRY_LET(const auto file, root_->create_file(temporary, {.mode = 0600}));
  TRY(sys::write_all(file, bytes));
  return root_->rename(temporary, path);
}

Status StateStore::write_alloc(const AllocRecord& record) const {
  const auto path = alloc_path(record.alloc.id);
  TRY(root_->make_directories(path, 0700));
  return write(path + "/alloc", codec::encode_record(record));
}

Status StateStore::write_task(model::AllocId alloc, const std::string& task, const TaskRecord& record) const {
  const std::string path = task_path(alloc, task) + "/record";
  const std::string bytes = codec::encode_record(record);
  const auto written = write(path, bytes);
  if (written || written.error().code() != ErrorCode::NotFound) return written;
  TRY(make_task_directory(alloc, task));
  return write(path, bytes);
}

Status StateStore::remove_alloc(model::AllocId alloc) const {
  const std::string path = alloc_path(alloc);
  const auto removed = root_->remove_tree(path);
  if (removed) return removed;
  TRY(sys::unmount_beneath(root_->path() + "/" + path));  // A driver may have been killed over its work.
  return root_->remove_tree(path);
}

Result<RestoredState> StateStore::load() const {
  TRY_LET(const auto entries, root_->list(kAllocs));
  RestoredState out;
  for (const auto& entry : entries) {
    const auto id = model::AllocId::parse(entry.name);
    if (!id) continue;
    auto alloc = load_alloc(*root_, *id);
    if (alloc) {
      out.allocs.push_back(std::move(*alloc));
      continue;
    }
    log::warn("the kept state of an allocation cannot be read",
              {{"alloc", entry.name}, {"error", alloc.error().message()}});
    out.unreadable.push_back(*id);
  }
  return out;
}

std::string StateStore::task_directory(model::AllocId alloc, const std::string& task) const {
  return root_->path() + "/" + task_path(alloc, task);
}

Status StateStore::make_task_directory(model::AllocId alloc, const std::string& task) const {
  return root_->make_directories(task_path(alloc, task), 0700);
}

}  // namespace drover::client
