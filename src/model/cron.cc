#include "model/cron.h"

#include <algorithm>
#include <bit>
#include <chrono>

namespace drover::model {
namespace {

constexpr uint64_t bit(int n) {
  return uint64_t{1} << n;
}

// The smallest element from `from` on, -1 if there is none.
int next_in(uint64_t set, int from) {
  const uint64_t rest = from > 63 ? 0 : set >> from << from;
  return rest == 0 ? -1 : std::countr_zero(rest);
}

// The Monday to Friday that is nearest to a day, in its month.
int nearest_workday(int day, int weekday, int last_day) {
  if (weekday == 6) return day > 1 ? day - 1 : day + 2;
  if (weekday == 0) return day < last_day ? day + 1 : day - 2;
  return day;
}

std::optional<CivilTime> next_on_day(const CronFields& fields, CivilTime from) {
  for (int hour = next_in(fields.hours, from.hour); hour >= 0; hour = next_in(fields.hours, hour + 1)) {
    if (hour > from.hour) from.minute = from.second = 0;
    from.hour = hour;
    for (int minute = next_in(fields.minutes, from.minute); minute >= 0; minute = next_in(fields.minutes, minute + 1)) {
      if (minute > from.minute) from.second = 0;
      from.minute = minute;
      const int second = next_in(fields.seconds, from.second);
      if (second < 0) continue;
      from.second = second;
      return from;
    }
  }
  return std::nullopt;
}

// The first match from `from` on. Its second may be one too large for a clock.
std::optional<CivilTime> next_match(const CronFields& fields, CivilTime from) {
  if (from.year < kFirstCronYear) from = {.year = kFirstCronYear};
  for (; from.year <= kLastCronYear; from = {.year = from.year + 1}) {
    if (!fields.years[static_cast<size_t>(from.year - kFirstCronYear)]) continue;
    for (; from.month <= 12; from = {.year = from.year, .month = from.month + 1}) {
      if ((fields.months & bit(from.month)) == 0) continue;
      const uint64_t days = days_of_month(fields, from.year, from.month);
      for (int day = next_in(days, from.day); day >= 0; day = next_in(days, day + 1)) {
        if (day > from.day) from = {.year = from.year, .month = from.month, .day = day};
        if (const auto found = next_on_day(fields, from)) return found;
      }
    }
  }
  return std::nullopt;
}

CivilTime after_second(CivilTime time) {
  ++time.second;
  return time;
}

}  // namespace

uint64_t days_of_month(const CronFields& fields, int year, int month) {
  namespace ch = std::chrono;
  const ch::year_month in = ch::year(year) / ch::month(static_cast<unsigned>(month));
  const int last = static_cast<int>(static_cast<unsigned>((in / ch::last).day()));
  const uint64_t all = bit(last + 1) - bit(1);
  if (fields.any_day && fields.any_weekday) return all;
  const int first_weekday = static_cast<int>(ch::weekday(ch::sys_days(in / 1)).c_encoding());
  uint64_t days = 0;
  for (int day = 1; day <= last; ++day) {
    const int weekday = (first_weekday + day - 1) % 7;
    const bool by_day = (fields.days & bit(day)) != 0 || (fields.before_last & bit(last - day)) != 0;
    const bool by_weekday = (fields.weekdays & bit(weekday)) != 0 ||
                            (day > last - 7 && (fields.last_weekdays & bit(weekday)) != 0) ||
                            (fields.nth_weekdays & bit((day - 1) / 7 * 7 + weekday)) != 0;
    if ((!fields.any_day && by_day) || (!fields.any_weekday && by_weekday)) days |= bit(day);
    if (fields.any_day) continue;
    if ((fields.nearest_workdays & bit(day)) != 0 || (fields.last_workday && day == last)) {
      days |= bit(nearest_workday(day, weekday, last));
    }
  }
  return days;
}

Result<Cron> Cron::parse(std::string_view text) {
  TRY_LET(const CronFields fields, parse_cron_fields(text));
  return Cron(fields);
}

std::optional<WallTime> Cron::next(WallTime after, const TimeZone& zone) const {
  CivilTime from = after_second(zone.to_civil(after));
  while (const auto match = next_match(fields_, from)) {
    const TimeZone::Local local = zone.resolve(*match);
    if (local.at && *local.at > after) return local.at;
    from = std::max(after_second(*match), local.resume);
  }
  return std::nullopt;
}

std::vector<WallTime> Cron::next_n(WallTime after, size_t count, const TimeZone& zone) const {
  std::vector<WallTime> times;
  while (times.size() < count) {
    const auto time = next(times.empty() ? after : times.back(), zone);
    if (!time) break;
    times.push_back(*time);
  }
  return times;
}

bool Cron::ever_comes() const {
  return next_match(fields_, {}).has_value();
}

std::optional<WallTime> next_launch(std::span<const Cron> schedules, WallTime after, const TimeZone& zone) {
  std::optional<WallTime> earliest;
  for (const Cron& schedule : schedules) {
    const auto time = schedule.next(after, zone);
    if (time && (!earliest || *time < *earliest)) earliest = time;
  }
  return earliest;
}

}  // namespace drover::model
