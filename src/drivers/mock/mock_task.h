#pragma once

#include "codec/fwd.h"
#include "drivers/driver.h"
#include "drivers/schemas/process_config.h"

#include <memory>
#include <string>

namespace drover::drivers {

struct MockState {
  static constexpr uint32_t kVersion = 1;

  MockConfig config;
  WallTime started_at;
  std::string task;
  std::string logs_dir;
  LogLimits logs;
};
void describe(codec::StructBuilder& d, MockState& r);

enum class MockOutput : uint8_t { Print, AlreadyPrinted };

std::unique_ptr<RunningTask> make_mock_task(DriverContext context, MockState state, MockOutput output);

}  // namespace drover::drivers
