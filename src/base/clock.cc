#include "base/clock.h"

namespace drover {

WallTime SystemClock::now() const {
  const auto t = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Duration>(t).count()};
}

MonoTime SystemClock::mono() const {
  return {std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

}  // namespace drover
