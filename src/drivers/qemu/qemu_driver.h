#pragma once

#include "drivers/exec/exec_driver.h"
#include "drivers/schemas/process_config.h"

#include <memory>
#include <string>
#include <vector>

namespace drover::drivers {

struct QemuOptions {
  std::vector<std::string> image_paths;  // Directories of images that any job may use, beside its own.
};

// Virtual machines. QEMU runs in a container as exec's programs do: whatever its arguments or an image's header name,
// it sees the task's directories and the host's programs.
class QemuDriver final : public ContainerDriver {
 public:
  QemuDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users, QemuOptions qemu);

  Capabilities capabilities() const override {
    return {.send_signals = false, .exec = false, .fs_isolation = FsIsolation::Chroot};
  }

 protected:
  ExecConfig exec_config(const codec::Value& config) const override;
  Result<ContainerRequest> request(const TaskConfig& task) const override;
  std::shared_ptr<const ContainerRuntime> make_runtime(OciRuntime program) const override;
  Result<Attributes> more_attributes() const override;

 private:
  const QemuOptions qemu_;
};

}  // namespace drover::drivers
