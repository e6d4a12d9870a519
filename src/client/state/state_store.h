#pragma once

#include "base/random.h"
#include "base/result.h"
#include "client/state/records.h"
#include "sys/directory.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::client {

struct RestoredAlloc {
  AllocRecord record;
  std::map<std::string, std::optional<TaskRecord>> tasks;  // nothing where the record cannot be read
};

struct RestoredState {
  std::vector<RestoredAlloc> allocs;
  std::vector<model::AllocId> unreadable;  // allocations whose own record cannot be read
};

// The agent's state below <data_dir>/client. A record is written to a new file that takes the old one's place, without
// waiting for the disk: it survives the death of the agent, not that of the machine, which the tasks do not survive
// either. The identity is synced. Immutable: usable from any thread, one at a time for each record. Blocks.
class StateStore {
 public:
  static Result<StateStore> open(const std::string& data_dir);

  // The node's identity, made on first use.
  Result<IdentityRecord> identity(Random& random) const;

  Status write_alloc(const AllocRecord& record) const;
  Status write_task(model::AllocId alloc, const std::string& task, const TaskRecord& record) const;
  Status remove_alloc(model::AllocId alloc) const;

  // A record that is damaged costs its own task or allocation only.
  Result<RestoredState> load() const;

  // Where the task's driver keeps its own state; exists once write_alloc or write_task was called.
  std::string task_directory(model::AllocId alloc, const std::string& task) const;
  Status make_task_directory(model::AllocId alloc, const std::string& task) const;

 private:
  explicit StateStore(sys::Directory root) : root_(std::make_shared<const sys::Directory>(std::move(root))) {}
  Status write(const std::string& path, const std::string& bytes) const;

  std::shared_ptr<const sys::Directory> root_;
};

}  // namespace drover::client
