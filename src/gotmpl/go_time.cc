#include "gotmpl/go_time.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/core.h>

#include "base/strings.h"

namespace drover::gotmpl {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct Civil {
  int year = 0;
  unsigned month = 1;
  unsigned day = 1;
  unsigned weekday = 0;
  unsigned day_of_year = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned nanos = 0;
};

Civil to_civil(WallTime time) {
  using std::chrono::days;
  const std::chrono::sys_time<std::chrono::nanoseconds> point{std::chrono::nanoseconds(time.unix_nanos)};
  const auto day = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  const std::chrono::sys_days new_year = date.year() / std::chrono::January / 1;
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .weekday = std::chrono::weekday(day).c_encoding(),
          .day_of_year = static_cast<unsigned>((day - new_year).count()) + 1,
          .hour = static_cast<unsigned>(clock.hours().count()),
          .minute = static_cast<unsigned>(clock.minutes().count()),
          .second = static_cast<unsigned>(clock.seconds().count()),
          .nanos = static_cast<unsigned>(clock.subseconds().count())};
}

enum class Part : uint8_t {
  LongMonth,
  Month,
  ZeroMonth,
  NumberMonth,
  LongDay,
  Day,
  SpaceDate,
  ZeroDate,
  NumberDate,
  SpaceYearDay,
  ZeroYearDay,
  Hour24,
  ZeroHour12,
  Hour12,
  ZeroMinute,
  Minute,
  ZeroSecond,
  Second,
  LongYear,
  Year,
  UpperPm,
  LowerPm,
  Zone,
  Z,
  Offset,
};

struct Element {
  std::string_view text;
  Part part;
  std::string_view shown = {};  // Offset: what UTC looks like; LongYear: what stands before it
};

// Longer elements before those that they begin with.
constexpr std::array kElements = std::to_array<Element>({
    {"January", Part::LongMonth},
    {"Jan", Part::Month},
    {"Monday", Part::LongDay},
    {"Mon", Part::Day},
    {"MST", Part::Zone},
    {"2006", Part::LongYear},
    {"__2", Part::SpaceYearDay},
    {"_2006", Part::LongYear, "_"},
    {"_2", Part::SpaceDate},
    {"002", Part::ZeroYearDay},
    {"01", Part::ZeroMonth},
    {"02", Part::ZeroDate},
    {"03", Part::ZeroHour12},
    {"04", Part::ZeroMinute},
    {"05", Part::ZeroSecond},
    {"06", Part::Year},
    {"15", Part::Hour24},
    {"PM", Part::UpperPm},
    {"pm", Part::LowerPm},
    {"-07:00:00", Part::Offset, "+00:00:00"},
    {"-070000", Part::Offset, "+000000"},
    {"-07:00", Part::Offset, "+00:00"},
    {"-0700", Part::Offset, "+0000"},
    {"-07", Part::Offset, "+00"},
    {"Z07:00:00", Part::Z},
    {"Z070000", Part::Z},
    {"Z07:00", Part::Z},
    {"Z0700", Part::Z},
    {"Z07", Part::Z},
    {"1", Part::NumberMonth},
    {"2", Part::NumberDate},
    {"3", Part::Hour12},
    {"4", Part::Minute},
    {"5", Part::Second},
});

unsigned twelve(unsigned hour) {
  return hour % 12 == 0 ? 12 : hour % 12;
}

std::string render(const Element& element, const Civil& t) {
  switch (element.part) {
    case Part::LongMonth:
      return std::string(kMonths[t.month - 1]);
    case Part::Month:
      return std::string(kMonths[t.month - 1].substr(0, 3));
    case Part::ZeroMonth:
      return fmt::format("{:02}", t.month);
    case Part::NumberMonth:
      return fmt::format("{}", t.month);
    case Part::LongDay:
      return std::string(kDays[t.weekday]);
    case Part::Day:
      return std::string(kDays[t.weekday].substr(0, 3));
    case Part::SpaceDate:
      return fmt::format("{:2}", t.day);
    case Part::ZeroDate:
      return fmt::format("{:02}", t.day);
    case Part::NumberDate:
      return fmt::format("{}", t.day);
    case Part::SpaceYearDay:
      return fmt::format("{:3}", t.day_of_year);
    case Part::ZeroYearDay:
      return fmt::format("{:03}", t.day_of_year);
    case Part::Hour24:
      return fmt::format("{:02}", t.hour);
    case Part::ZeroHour12:
      return fmt::format("{:02}", twelve(t.hour));
    case Part::Hour12:
      return fmt::format("{}", twelve(t.hour));
    case Part::ZeroMinute:
      return fmt::format("{:02}", t.minute);
    case Part::Minute:
      return fmt::format("{}", t.minute);
    case Part::ZeroSecond:
      return fmt::format("{:02}", t.second);
    case Part::Second:
      return fmt::format("{}", t.second);
    case Part::LongYear:
      return fmt::format("{}{:04}", element.shown, t.year);
    case Part::Year:
      return fmt::format("{:02}", (t.year % 100 + 100) % 100);
    case Part::UpperPm:
      return t.hour >= 12 ? "PM" : "AM";
    case Part::LowerPm:
      return t.hour >= 12 ? "pm" : "am";
    case Part::Zone:
      return "UTC";
    case Part::Z:
      return "Z";
    case Part::Offset:
      return std::string(element.shown);
  }
  return {};
}

bool is_digit_char(char c) {
  return c >= '0' && c <= '9';
}

// ".000", ",000", ".999": a fraction of the second, that no digit follows. The number of its digits, or 0.
size_t fraction_digits(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) return 0;
  const size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
  const bool digit_follows = end < layout.size() && is_digit_char(layout[end]);
  return digit_follows || end - 1 > 9 ? 0 : end - 1;
}

std::string render_fraction(std::string_view layout, size_t digits, unsigned nanos) {
  std::string out = fmt::format("{:09}", nanos).substr(0, digits);
  if (layout[1] == '9') {
    while (out.ends_with('0')) out.pop_back();
    if (out.empty()) return out;
  }
  return layout[0] + out;
}

// "Jan" in "January" is caught by the order of the table; "Janet" is no month.
bool matches(std::string_view layout, const Element& element) {
  if (!layout.starts_with(element.text)) return false;
  if (element.part != Part::Month && element.part != Part::Day) return true;
  return layout.size() == element.text.size() || layout[element.text.size()] < 'a' || layout[element.text.size()] > 'z';
}

}  // namespace

int64_t floor_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(time.unix_nanos)).count();
}

std::string format_go_time(WallTime time, std::string_view layout) {
  const Civil civil = to_civil(time);
  std::string out;
  while (!layout.empty()) {
    if (const size_t digits = fraction_digits(layout); digits > 0) {
      out += render_fraction(layout, digits, civil.nanos);
      layout.remove_prefix(digits + 1);
      continue;
    }
    const auto found =
        std::ranges::find_if(kElements, [&](const Element& element) { return matches(layout, element); });
    if (found != kElements.end()) {
      out += render(*found, civil);
      layout.remove_prefix(found->text.size());
      continue;
    }
    out += layout[0];
    layout.remove_prefix(1);
  }
  return out;
}

}  // namespace drover::gotmpl
