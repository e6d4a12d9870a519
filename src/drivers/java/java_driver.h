#pragma once

#include "drivers/exec/exec_driver.h"

#include <memory>
#include <string_view>

namespace drover::drivers {

// Programs of the host's Java virtual machine, in containers as exec's.
class JavaDriver final : public ContainerDriver {
 public:
  JavaDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users);

 protected:
  ExecConfig exec_config(const codec::Value& config) const override;
  Result<Attributes> more_attributes() const override;
};

// From what `java -version` prints: driver.java.version, .runtime and .vm.
Result<Attributes> parse_java_version(std::string_view text);

}  // namespace drover::drivers
