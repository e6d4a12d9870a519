#include "codec/describe.h"
#include "drivers/mock/mock_task.h"

namespace drover::drivers {

void describe(codec::StructBuilder& d, MockState& r) {
  auto& [config, started_at, task, logs_dir, logs] = r;
  d.name("MockState");
  d.field(1, config, "Config");
  d.field(2, started_at, "StartedAt");
  d.field(3, task, "Task");
  d.field(4, logs_dir, "LogsDir");
  d.field(5, logs, "Logs");
}

}  // namespace drover::drivers
