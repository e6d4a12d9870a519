#pragma once

#include "drivers/driver.h"

namespace drover::drivers {

// Runs nothing and behaves as its config says (schemas/process_config.h): for tests and -dev mode. Time is the loop's.
class MockDriver final : public Driver {
 public:
  explicit MockDriver(DriverContext context) : context_(context) {}

  std::string_view name() const override { return "mock_driver"; }
  Capabilities capabilities() const override { return {.mounts = true}; }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  // A task goes on as if it had run meanwhile.
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 private:
  const DriverContext context_;
};

}  // namespace drover::drivers
