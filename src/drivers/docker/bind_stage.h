#pragma once

#include "base/result.h"
#include "sys/directory.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace drover::drivers {

// Names for an allocation's files that its tasks cannot change. The daemon takes paths as text, so a task could put a
// symbolic link in the place of a directory after it was checked (cases.md 58). Here the kernel finds each source
// beneath the allocation's directory, and the daemon gets the path of a mount of just that, in a directory of the
// agent's. Needed until the container runs, which then has mounts of its own. All of this blocks.
class BindStage {
 public:
  // Whether mounts can be made and the daemon at `endpoint` sees them: it may run in another mount namespace.
  static bool is_possible(const std::string& endpoint);

  // `directory` is made, and what an earlier one left in it is removed.
  static Result<std::unique_ptr<BindStage>> create(const std::string& alloc_root, std::string directory);
  ~BindStage();
  BindStage(const BindStage&) = delete;
  BindStage& operator=(const BindStage&) = delete;

  // `path` is relative to the allocation's directory, and refused if a link is in it. A directory is made if there is
  // nothing, as the daemon would.
  Result<std::string> add(std::string_view path);

 private:
  BindStage(sys::Directory root, sys::Directory stage) : root_(std::move(root)), stage_(std::move(stage)) {}

  std::string path_of(uint32_t number) const;

  const sys::Directory root_;
  const sys::Directory stage_;
  uint32_t count_ = 0;
};

}  // namespace drover::drivers
