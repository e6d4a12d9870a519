#pragma once

#include "base/clock.h"

namespace drover::testing {

// A clock that stands still until it is told otherwise. Fires nothing by itself. One thread.
class FakeClock final : public Clock {
 public:
  // 2020-01-01T00:00:00Z: a start that no test has to think about.
  static constexpr int64_t kStart = 1'577'836'800'000'000'000;

  WallTime now() const override { return wall_; }
  MonoTime mono() const override { return mono_; }

  void advance(Duration by) {
    wall_ = wall_ + by;
    mono_ = mono_ + by;
  }
  // Somebody sets the machine's clock; monotonic time does not notice.
  void step_wall(Duration by) { wall_ = wall_ + by; }

 private:
  WallTime wall_{kStart};
  MonoTime mono_{1'000'000'000};
};

}  // namespace drover::testing
