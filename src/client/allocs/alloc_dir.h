#pragma once

#include "base/result.h"
#include "drivers/driver.h"
#include "model/ids.h"
#include "model/job.h"

#include <string>
#include <vector>

// The directories of an allocation: <root>/<id>/{alloc/{data,logs,tmp},<task>/{local,secrets,tmp},.volumes/<name>}.
// All of it blocks.
namespace drover::client {

class AllocDir {
 public:
  AllocDir(const std::string& root, model::AllocId id);

  const std::string& path() const { return path_; }
  // `state` is left empty.
  drivers::TaskDirs task_dirs(const std::string& task) const;

  // That of a volume of type "alloc". Not in alloc/, where a task could put a link in its place.
  std::string volume(const std::string& name) const;

  // Makes what is missing; what is there stays. secrets/ is a tmpfs where that is allowed. A task with a user of its
  // own gets its directories given.
  Status build(const model::TaskGroup& group) const;

  // What tasks see as /etc/resolv.conf; "" for the host's.
  Status write_resolv_conf(const std::string& text) const;
  std::string resolv_conf() const { return path_ + "/resolv.conf"; }

  // Bytes on disk, but for the secrets/ of its tasks, which are in memory.
  Result<uint64_t> disk_usage(const model::TaskGroup& group) const;

  // Takes over alloc/data and each task's local/ from an ended allocation on this node (ephemeral_disk.sticky).
  Status take_over(const AllocDir& previous, const model::TaskGroup& group) const;

  // Where data from another machine arrives, beneath path(). Then it takes the place of alloc/data and each task's
  // local/, as far as it has them, or is removed.
  static constexpr const char* kMigrated = ".migrated";
  Status adopt_migrated(const model::TaskGroup& group) const;
  Status drop_migrated() const;

  // Unmounts and removes everything. Nothing there is success.
  Status destroy() const;

 private:
  Status build_task(const model::Task& task) const;
  Status replace_data(const std::string& from, const model::TaskGroup& group) const;

  std::string root_;
  std::string path_;
};

// Why a task of this name cannot have a directory in an allocation; nothing if it can.
Status check_task_name(const std::string& name);

}  // namespace drover::client
