#pragma once

#include "base/result.h"

#include <bitset>
#include <cstdint>
#include <string_view>

namespace drover::model {

inline constexpr int kFirstCronYear = 1970;
inline constexpr int kLastCronYear = 2099;

// What a cron expression allows, as sets: bit n stands for the value n.
struct CronFields {
  uint64_t seconds = 1;  // :00, unless there are seven fields
  uint64_t minutes = 0;
  uint64_t hours = 0;
  uint64_t months = 0;
  std::bitset<kLastCronYear - kFirstCronYear + 1> years;  // bit 0 is kFirstCronYear

  bool any_day = false;           // day of month is * or ?
  uint64_t days = 0;              // 1 to 31
  uint64_t nearest_workdays = 0;  // 15W
  uint64_t before_last = 0;       // L is bit 0, L-3 is bit 3
  bool last_workday = false;      // LW

  bool any_weekday = false;    // day of week is * or ?
  uint64_t weekdays = 0;       // 0 (Sunday) to 6
  uint64_t last_weekdays = 0;  // 5L
  uint64_t nth_weekdays = 0;   // 5#3 is bit (3 - 1) * 7 + 5
};

Result<CronFields> parse_cron_fields(std::string_view text);

// The days of a month that the expression allows.
uint64_t days_of_month(const CronFields& fields, int year, int month);

}  // namespace drover::model
