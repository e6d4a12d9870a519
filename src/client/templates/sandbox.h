#pragma once

#include "base/result.h"
#include "drivers/driver.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace drover::client {

// A file of a task: `path` is relative and to be opened beneath `root` only, since the task can change what is there.
struct SandboxPlace {
  std::string root;
  std::string path;
  friend bool operator==(const SandboxPlace&, const SandboxPlace&) = default;
};

// Where the files of one task are that templates may read and write: beneath its own directory and beneath the one
// that the allocation's tasks share. Pure.
class Sandbox {
 public:
  // `env`: the task's, which tells where the task itself sees its directories.
  Sandbox(const drivers::TaskDirs& dirs, const std::map<std::string, std::string>& env);

  // Relative paths begin in the task's directory; absolute ones are the task's or the host's names of its directories.
  // PermissionDenied for all others.
  Result<SandboxPlace> resolve(std::string_view path) const;

 private:
  struct Name {
    std::string prefix;
    SandboxPlace place;
  };

  Result<SandboxPlace> beneath(const SandboxPlace& start, std::string_view rest, std::string_view path) const;

  std::string task_;       // the task's directory
  std::string alloc_;      // the shared one
  std::string task_name_;  // the last component of task_
  std::vector<Name> names_;
};

}  // namespace drover::client
