#pragma once

#include "base/result.h"
#include "sys/directory.h"
#include "sys/mounts.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace drover::drivers {

// Mounts that the daemon binds into a container in the place of their sources. It takes paths as text, so a task could
// put a symbolic link in the place of a directory after it was checked (cases.md 58); here the kernel finds each source
// beneath the allocation's directory. And engines before 25 make only the first mount of a source read-only, not what is
// mounted in it. Needed until the container runs, which then has mounts of its own. All of this blocks.
class BindStage {
 public:
  // Whether mounts can be made and the daemon at `endpoint` sees them: it may run in another mount namespace.
  static bool is_possible(const std::string& endpoint);

  // `directory` is made, and what an earlier one left in it is removed. Where nobody calls close(), that is the next
  // one's work, or of who removes the directory.
  static Result<std::unique_ptr<BindStage>> create(const std::string& alloc_root, std::string directory);
  BindStage(const BindStage&) = delete;
  BindStage& operator=(const BindStage&) = delete;

  // `path` is relative to the allocation's directory, and refused if a link is in it. A directory is made if there is
  // nothing, as the daemon would.
  Result<std::string> add(std::string_view path, sys::Access access);
  // Any path, which nobody but the operator can change.
  Result<std::string> add_trusted(const std::string& path, sys::Access access);

  void close();

 private:
  BindStage(sys::Directory root, sys::Directory stage) : root_(std::move(root)), stage_(std::move(stage)) {}

  std::string path_of(uint32_t number) const;
  Result<std::string> mount(const sys::Fd& source, sys::Access access);

  const sys::Directory root_;
  const sys::Directory stage_;
  uint32_t count_ = 0;
};

}  // namespace drover::drivers
