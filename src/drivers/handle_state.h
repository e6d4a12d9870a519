#pragma once

#include "base/result.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "drivers/task_handle.h"

#include <string>
#include <string_view>

// Between a driver's described state struct and the handle that the agent keeps. For the drivers' .cc files.
namespace drover::drivers {

template <class State>
TaskHandle make_handle(std::string_view driver, const State& state) {
  return {.driver = std::string(driver),
          .version = State::kVersion,
          .state = codec::to_value(codec::type_of<State>(), &state)};
}

template <class State>
Result<State> read_handle(std::string_view driver, const TaskHandle& handle) {
  if (handle.driver != driver || handle.version != State::kVersion) {
    return err(ErrorCode::InvalidArgument, "a task handle of driver {} version {} is not for driver {} version {}",
               handle.driver, handle.version, driver, State::kVersion);
  }
  State state;
  Diagnostics problems;
  codec::decode(handle.state, codec::type_of<State>(), &state, problems, "handle");
  if (problems.has_errors()) return err(problems.to_error());
  return state;
}

}  // namespace drover::drivers
