#pragma once

#include "drivers/exec/exec_options.h"
#include "drivers/exec/oci_spec.h"
#include "drivers/process/process_launch.h"
#include "drivers/process/process_runtime.h"
#include "drivers/schemas/process_config.h"

#include <memory>
#include <string>
#include <string_view>

namespace drover::drivers {

// An OCI runtime program: runc, or crun where there is no runc.
struct OciRuntime {
  std::string path;
  std::string name;
  std::string version;
};
// Blocks for the time of one `--version`. NotFound if there is none; PermissionDenied if this is not root.
Result<OciRuntime> find_oci_runtime();

// Tasks in containers whose root is the task's directory, with the host's programs mounted into it. The files of a
// container are in <state dir>/<task>.container: nothing of it is anywhere else. Immutable.
class ContainerRuntime : public ProcessRuntime {
 public:
  ContainerRuntime(std::string driver, OciRuntime program, ExecOptions options, const sys::CgroupManager& cgroups);

  std::string_view driver() const override { return driver_; }
  Result<TaskCommand> command(const ProcessState& state, std::vector<std::string> argv,
                              std::optional<TerminalSize> terminal) const override;
  bool has_pid_namespace(const ProcessState& state) const override;
  Error explain(Error error, const ProcessState& state) const override;
  Status clean_up(const ProcessState& state) const override;

  const OciRuntime& program() const { return program_; }

  // Writes the container's files and gives the secrets directory to the task's user.
  Result<LaunchPlan> plan(const TaskConfig& config, const ContainerRequest& request, const std::string& cgroup) const;

 private:
  const std::string driver_;
  const OciRuntime program_;
  const ExecOptions options_;
  const sys::CgroupManager& cgroups_;
};

}  // namespace drover::drivers
