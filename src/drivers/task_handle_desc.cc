#include "codec/describe.h"
#include "drivers/task_handle.h"

namespace drover::drivers {

void describe(codec::StructBuilder& d, LogLimits& r) {
  auto& [max_files, max_file_bytes] = r;
  d.name("LogLimits");
  d.field(1, max_files, "MaxFiles");
  d.field(2, max_file_bytes, "MaxFileBytes");
}

void describe(codec::StructBuilder& d, TaskHandle& r) {
  auto& [driver, version, state] = r;
  d.name("TaskHandle");
  d.field(1, driver, "Driver");
  d.field(2, version, "Version");
  d.field(3, state, "State");
}

}  // namespace drover::drivers
