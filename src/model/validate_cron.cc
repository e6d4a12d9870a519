#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/strings.h"
#include "model/validate_parts.h"

// The cron expressions of facts 1.4: minute, hour, day of month, month, day of week, then year; with seven fields the
// first one is the second.
namespace drover::model {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<std::string_view, 7> kPredefined = {"@yearly", "@annually", "@monthly", "@weekly",
                                                         "@daily",  "@midnight", "@hourly"};

struct CronField {
  std::string_view name;
  int64_t min;
  int64_t max;
  std::span<const std::string_view> names = {};  // the first one stands for `first_name`
  int64_t first_name = 0;
  bool last = false;     // "L", "5L"
  bool weekday = false;  // "15W"
  bool nth = false;      // "5#2"
};

constexpr CronField kSecond = {.name = "second", .min = 0, .max = 59};
constexpr CronField kMinute = {.name = "minute", .min = 0, .max = 59};
constexpr CronField kHour = {.name = "hour", .min = 0, .max = 23};
constexpr CronField kDayOfMonth = {.name = "day of month", .min = 1, .max = 31, .last = true, .weekday = true};
constexpr CronField kMonth = {.name = "month", .min = 1, .max = 12, .names = kMonths, .first_name = 1};
constexpr CronField kDayOfWeek = {
    .name = "day of week", .min = 0, .max = 7, .names = kDays, .first_name = 0, .last = true, .nth = true};
constexpr CronField kYear = {.name = "year", .min = 1970, .max = 2099};

std::optional<int64_t> parse_value(std::string_view text, const CronField& field) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (text.size() >= 3 && equals_ignore_case(text.substr(0, 3), field.names[i]) && text.size() <= 9) {
      return field.first_name + static_cast<int64_t>(i);
    }
  }
  const auto number = parse_uint(text);
  if (!number || static_cast<int64_t>(*number) < field.min || static_cast<int64_t>(*number) > field.max) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*number);
}

bool is_range(std::string_view text, const CronField& field) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return parse_value(text, field).has_value();
  const auto first = parse_value(text.substr(0, dash), field);
  const auto last = parse_value(text.substr(dash + 1), field);
  return first && last && *first <= *last;
}

bool is_special(std::string_view text, const CronField& field) {
  if (field.last && (text == "L" || text == "l")) return true;
  if (field.weekday && (text == "LW" || text == "lw")) return true;
  const char end = text.empty() ? '\0' : text.back();
  const bool suffixed = (field.weekday && (end == 'W' || end == 'w')) || (field.last && (end == 'L' || end == 'l'));
  if (suffixed && parse_value(text.substr(0, text.size() - 1), field)) return true;
  const size_t hash = text.find('#');
  if (!field.nth || hash == std::string_view::npos) return false;
  const auto nth = parse_uint(text.substr(hash + 1));
  return parse_value(text.substr(0, hash), field) && nth && *nth >= 1 && *nth <= 5;
}

bool is_item(std::string_view text, const CronField& field) {
  const size_t slash = text.find('/');
  std::string_view range = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto step = parse_uint(text.substr(slash + 1));
    if (!step || *step == 0 || static_cast<int64_t>(*step) > field.max) return false;
  }
  return range == "*" || range == "?" || is_range(range, field) ||
         (slash == std::string_view::npos && is_special(range, field));
}

void validate_field(std::string_view text, const CronField& field, const Problems& problems) {
  for (const std::string& item : split(text, ',')) {
    if (is_item(item, field)) continue;
    return problems.error("\"{}\" is no {} of a cron expression (from {} to {})", printable(item, 40), field.name,
                          field.min, field.max);
  }
}

// Whether some month of the list has the only day that is asked for: "0 0 30 2 *" never comes.
bool day_exists(const std::vector<std::string>& fields, size_t offset) {
  constexpr std::array<int64_t, 12> kLongest = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const std::string& weekday = fields[offset + 4];
  if (weekday != "*" && weekday != "?") return true;
  int64_t first_day = 31;
  for (const std::string& day : split(fields[offset + 2], ',')) {
    const auto value = parse_value(std::string_view(day).substr(0, day.find('-')), kDayOfMonth);
    if (!value) return true;
    first_day = std::min(first_day, *value);
  }
  return std::ranges::any_of(split(fields[offset + 3], ','), [&](const std::string& month) {
    const auto value = parse_value(month, kMonth);
    return !value || first_day <= kLongest[static_cast<size_t>(*value - 1)];
  });
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (std::string& word : split(replace_all(std::string(text), "\t", " "), ' ')) {
    if (!word.empty()) out.push_back(std::move(word));
  }
  return out;
}

}  // namespace

void validate_cron(const std::string& spec, const Problems& problems) {
  constexpr std::array kFields = {kSecond, kMinute, kHour, kDayOfMonth, kMonth, kDayOfWeek, kYear};
  if (spec.size() > 1000)
    return problems.error("the cron expression is {} bytes long, at most 1000 are allowed", spec.size());
  const std::vector<std::string> fields = words(spec);
  if (fields.size() == 1 && fields[0].starts_with('@')) {
    if (std::ranges::find(kPredefined, fields[0]) != kPredefined.end()) return;
    return problems.error("unknown schedule \"{}\", it must be @hourly, @daily, @weekly, @monthly or @yearly",
                          printable(fields[0], 40));
  }
  if (fields.size() < 5 || fields.size() > 7) {
    return problems.error("the cron expression \"{}\" has {} fields, it must have 5 to 7", printable(spec, 80),
                          fields.size());
  }
  const size_t first = fields.size() == 7 ? 0 : 1;
  for (size_t i = 0; i < fields.size(); ++i) validate_field(fields[i], kFields[first + i], problems);
  if (!day_exists(fields, 1 - first))
    problems.error("the cron expression \"{}\" names a day that never comes", printable(spec, 80));
}

}  // namespace drover::model
