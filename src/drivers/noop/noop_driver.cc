#include "drivers/noop/noop_driver.h"

#include "codec/describe.h"
#include "drivers/handle_state.h"
#include "drivers/schema.h"

#include <utility>

namespace drover::drivers {
namespace {

class NoopTask final : public RunningTask {
 public:
  NoopTask(DriverContext context, const NoopState& state) : context_(context), handle_(make_handle("noop", state)) {}

  const TaskHandle& handle() const override { return handle_; }
  net::Task<ExitResult> wait() override { co_return ExitResult{}; }
  net::Task<Status> stop(StopOptions) override { co_return Ok{}; }
  net::Task<Status> signal(std::string) override { co_return err(ErrorCode::NotFound, "the task has ended"); }
  net::Task<Result<TaskStats>> stats() override { co_return TaskStats{.at = context_.clock.now()}; }
  net::Task<Result<ExecResult>> exec(ExecRequest) override { co_return err(ErrorCode::NotFound, "the task has ended"); }
  net::Task<Status> destroy() override { co_return Ok{}; }

 private:
  const DriverContext context_;
  const TaskHandle handle_;
};

}  // namespace

void describe(codec::StructBuilder& d, NoopState& r) {
  auto& [task] = r;
  d.name("NoopState");
  d.field(1, task, "task");
}

net::Task<model::DriverInfo> NoopDriver::fingerprint() {
  model::DriverInfo info{.attributes = {{"driver.noop", "1"}}, .detected = true, .healthy = true};
  info.health_description = "Healthy";
  info.update_time = context_.clock.now();
  co_return info;
}

Diagnostics NoopDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  drivers::validate_config(name(), config, ConfigStage::Interpolated, problems, {.config = "config"});
  return problems;
}

net::Task<Result<std::unique_ptr<RunningTask>>> NoopDriver::start(TaskConfig config, EventSink) {
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  co_return std::make_unique<NoopTask>(context_, NoopState{.task = std::move(config.task)});
}

net::Task<Result<std::unique_ptr<RunningTask>>> NoopDriver::recover(TaskHandle handle) {
  CO_TRY_LET(const auto state, read_handle<NoopState>(name(), handle));
  co_return std::make_unique<NoopTask>(context_, state);
}

}  // namespace drover::drivers
