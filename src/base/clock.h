#pragma once

#include <chrono>
#include <cstdint>

namespace drover {

using Duration = std::chrono::nanoseconds;

// Wall-clock time in nanoseconds since the Unix epoch: for people and records, never for measuring.
struct WallTime {
  int64_t unix_nanos = 0;

  friend auto operator<=>(WallTime, WallTime) = default;
  friend WallTime operator+(WallTime t, Duration d) { return {t.unix_nanos + d.count()}; }
  friend Duration operator-(WallTime a, WallTime b) { return Duration(a.unix_nanos - b.unix_nanos); }
};

// Monotonic time in nanoseconds since an arbitrary start: for timeouts, heartbeats and deadlines.
struct MonoTime {
  int64_t nanos = 0;

  friend auto operator<=>(MonoTime, MonoTime) = default;
  friend MonoTime operator+(MonoTime t, Duration d) { return {t.nanos + d.count()}; }
  friend Duration operator-(MonoTime a, MonoTime b) { return Duration(a.nanos - b.nanos); }
};

// The only source of time outside tests. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  MonoTime mono() const override;
};

}  // namespace drover
