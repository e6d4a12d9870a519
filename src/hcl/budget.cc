#include "hcl/budget.h"

namespace drover::hcl {

Budget::Budget(const Limits& limits) : limits_(limits), steps_left_(limits.steps), bytes_left_(limits.bytes) {}

Status Budget::charge_steps(uint64_t count) {
  if (exhausted_ || count > steps_left_) {
    return run_out(Error(ErrorCode::ResourceExhausted,
                         fmt::format("the expressions of this file take more than {} steps", limits_.steps)));
  }
  steps_left_ -= count;
  return Ok{};
}

Status Budget::charge_bytes(uint64_t count) {
  if (exhausted_ || count > bytes_left_) {
    return run_out(Error(ErrorCode::ResourceExhausted,
                         fmt::format("the expressions of this file produce more than {} bytes", limits_.bytes)));
  }
  bytes_left_ -= count;
  return Ok{};
}

Status Budget::charge_value(const Value& value) {
  if (value.depth() > limits_.nesting) {
    return run_out(Error(ErrorCode::ResourceExhausted,
                         fmt::format("a value is nested more than {} levels deep", limits_.nesting)));
  }
  return charge_bytes(value.weight());
}

Status Budget::run_out(Error error) {
  exhausted_ = true;
  return err(std::move(error));
}

}  // namespace drover::hcl
