#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/cron_fields.h"
#include "model/time_zone.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace drover::model {

// A schedule as hashicorp/cronexpr reads it (facts 1.4): five fields (minute, hour, day of month, month, day of week),
// six (year at the end), seven (also seconds, at the front), or @yearly @annually @monthly @weekly @daily @midnight
// @hourly. Fields are lists of *, ?, values, names, ranges and steps; days of the month also L, L-3, LW and 15W, days
// of the week 5L and 5#3. When both kinds of days are restricted, either matches.
//
// Across changes of the clocks every local time counts once: one that is skipped does not come, one that comes twice
// counts the first time.
class Cron {
 public:
  // Errors name the part, where it stands (from 1) and what would be right.
  static Result<Cron> parse(std::string_view text);

  // The first time after `after`; nothing if there is none until the end of 2099. Its time is bounded: a look at every
  // month at most.
  std::optional<WallTime> next(WallTime after, const TimeZone& zone) const;

  // At most `count` of them, in order.
  std::vector<WallTime> next_n(WallTime after, size_t count, const TimeZone& zone) const;

  // Whether the calendar has a day for it at all: "0 0 30 2 *" never comes.
  bool ever_comes() const;

 private:
  explicit Cron(const CronFields& fields) : fields_(fields) {}

  CronFields fields_;
};

// The earliest of the next times of several schedules.
std::optional<WallTime> next_launch(std::span<const Cron> schedules, WallTime after, const TimeZone& zone);

}  // namespace drover::model
