#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "hcl/limits.h"
#include "hcl/value.h"

namespace drover::hcl {

// What is left of the limits of one evaluation. Once anything ran out, every charge fails.
class Budget {
 public:
  explicit Budget(const Limits& limits);

  Status charge_steps(uint64_t count);
  Status charge_bytes(uint64_t count);

  // Charges what the value holds when written out, and refuses one nested too deep.
  Status charge_value(const Value& value);

  bool exhausted() const { return exhausted_; }

 private:
  Status run_out(Error error);

  const Limits limits_;
  uint64_t steps_left_;
  uint64_t bytes_left_;
  bool exhausted_ = false;
};

}  // namespace drover::hcl
