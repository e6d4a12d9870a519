#pragma once

#include "codec/fwd.h"
#include "drivers/driver.h"

namespace drover::drivers {

// The driver's part of a handle.
struct NoopState {
  static constexpr uint32_t kVersion = 1;

  std::string task;
};
void describe(codec::StructBuilder& d, NoopState& r);

// Runs nothing: its tasks end with success as soon as they have started. What a task stands for that is only prepared,
// such as an operation of a Nosana definition that creates a volume.
class NoopDriver final : public Driver {
 public:
  explicit NoopDriver(DriverContext context) : context_(context) {}

  std::string_view name() const override { return "noop"; }
  Capabilities capabilities() const override { return {.send_signals = false, .exec = false, .mounts = true}; }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 private:
  const DriverContext context_;
};

}  // namespace drover::drivers
