#include "drivers/mock/mock_driver.h"

#include "drivers/handle_state.h"
#include "drivers/mock/mock_task.h"
#include "codec/describe.h"
#include "drivers/schemas/config_codec.h"

namespace drover::drivers {

net::Task<model::DriverInfo> MockDriver::fingerprint() {
  model::DriverInfo info{.attributes = {{"driver.mock_driver", "1"}}, .detected = true, .healthy = true};
  info.health_description = "Healthy";
  info.update_time = context_.clock.now();
  co_return info;
}

Diagnostics MockDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  drivers::validate_config(name(), config, ConfigStage::Interpolated, problems, {.config = "config"});
  return problems;
}

net::Task<Result<std::unique_ptr<RunningTask>>> MockDriver::start(TaskConfig config, EventSink) {
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  Diagnostics none;
  MockState state{.config = read_config<MockConfig>(config.config, ConfigStage::Interpolated, none),
                  .task = config.task,
                  .logs_dir = config.dirs.logs,
                  .logs = config.logs};
  if (state.config.start_block_for > Duration(0)) co_await net::sleep_for(state.config.start_block_for);
  if (!state.config.start_error.empty()) {
    const auto code = state.config.start_error_recoverable ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
    co_return err(code, "{}", state.config.start_error);
  }
  state.started_at = context_.clock.now();
  co_return make_mock_task(context_, std::move(state), MockOutput::Print);
}

net::Task<Result<std::unique_ptr<RunningTask>>> MockDriver::recover(TaskHandle handle) {
  CO_TRY_LET(auto state, read_handle<MockState>(name(), handle));
  co_return make_mock_task(context_, std::move(state), MockOutput::AlreadyPrinted);
}

}  // namespace drover::drivers
