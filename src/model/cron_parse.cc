#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/strings.h"
#include "model/cron_fields.h"

namespace drover::model {
namespace {

constexpr size_t kMaxLength = 1000;

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};

struct Predefined {
  std::string_view name;
  std::string_view spec;
};
constexpr std::array<Predefined, 7> kPredefined = {{{"@yearly", "0 0 1 1 *"},
                                                    {"@annually", "0 0 1 1 *"},
                                                    {"@monthly", "0 0 1 * *"},
                                                    {"@weekly", "0 0 * * 0"},
                                                    {"@daily", "0 0 * * *"},
                                                    {"@midnight", "0 0 * * *"},
                                                    {"@hourly", "0 * * * *"}}};

enum class FieldKind : uint8_t { Second, Minute, Hour, DayOfMonth, Month, DayOfWeek, Year };

struct FieldType {
  FieldKind kind;
  std::string_view name;
  int min;
  int max;
  std::span<const std::string_view> names = {};  // the first one stands for `min`
  std::string_view also = "";                    // what may stand here besides numbers
};
constexpr std::array<FieldType, 7> kFields = {
    {{FieldKind::Second, "second", 0, 59},
     {FieldKind::Minute, "minute", 0, 59},
     {FieldKind::Hour, "hour", 0, 23},
     {FieldKind::DayOfMonth, "day of month", 1, 31, {}, ", L, L-3, LW or 15W"},
     {FieldKind::Month, "month", 1, 12, kMonths, " or JAN to DEC"},
     {FieldKind::DayOfWeek, "day of week", 0, 7, kDays, ", SUN to SAT, 5L (the last Friday) or 5#3 (the third one)"},
     {FieldKind::Year, "year", kFirstCronYear, kLastCronYear}}};

struct Range {
  int first = 0;
  int last = 0;
  int step = 1;
};

// A part of the expression and where it stands.
struct Part {
  std::string_view text;
  size_t offset = 0;

  Part sub(size_t from, size_t count = std::string_view::npos) const {
    return {text.substr(from, count), offset + from};
  }
};

std::vector<Part> split_parts(std::string_view text, std::string_view separators, bool keep_empty) {
  std::vector<Part> parts;
  size_t start = 0;
  while (true) {
    const size_t end = std::min(text.find_first_of(separators, start), text.size());
    if (keep_empty || end > start) parts.push_back({text.substr(start, end - start), start});
    if (end == text.size()) return parts;
    start = end + 1;
  }
}

// Reads one field into the sets.
class FieldParser {
 public:
  FieldParser(const FieldType& type, CronFields& fields) : type_(type), fields_(fields) {}

  Status parse(const Part& field) {
    for (Part item : split_parts(field.text, ",", true)) {
      item.offset += field.offset;
      TRY(parse_item(item));
    }
    return Ok{};
  }

 private:
  tl::unexpected<Error> wrong(const Part& part, std::string_view reason) const {
    return err(ErrorCode::InvalidArgument, "{} \"{}\" at character {}: {}", type_.name, printable(part.text, 40),
               part.offset + 1, reason);
  }
  tl::unexpected<Error> no_value(const Part& part) const {
    return wrong(part, fmt::format("it must be a number from {} to {}{}", type_.min, type_.max, type_.also));
  }

  Status parse_item(const Part& item);
  Result<Range> parse_range(const Part& item) const;
  Result<int> parse_value(const Part& part) const;
  Result<int> parse_step(const Part& part) const;
  Result<bool> parse_special_day(const Part& item);
  Result<bool> parse_special_weekday(const Part& item);
  void add_any();
  void add(const Range& range);

  const FieldType& type_;
  CronFields& fields_;
};

Result<int> FieldParser::parse_value(const Part& part) const {
  const std::string word = to_lower(part.text);
  for (size_t i = 0; i < type_.names.size(); ++i) {
    if (word == type_.names[i] || word == type_.names[i].substr(0, 3)) return type_.min + static_cast<int>(i);
  }
  const auto number = parse_uint(part.text);
  if (!number || *number < static_cast<uint64_t>(type_.min) || *number > static_cast<uint64_t>(type_.max)) {
    return no_value(part);
  }
  return static_cast<int>(*number);
}

Result<int> FieldParser::parse_step(const Part& part) const {
  const int most = type_.kind == FieldKind::DayOfWeek ? 6 : type_.max;
  const auto step = parse_uint(part.text);
  if (!step || *step == 0 || *step > static_cast<uint64_t>(most)) {
    return wrong(part, fmt::format("the step behind \"/\" must be a number from 1 to {}", most));
  }
  return static_cast<int>(*step);
}

// "7", "1-5", "1-5/2", "*/2", "3/2"
Result<Range> FieldParser::parse_range(const Part& item) const {
  Range range{.first = type_.min, .last = type_.kind == FieldKind::DayOfWeek ? 6 : type_.max};
  const size_t slash = item.text.find('/');
  if (slash != std::string_view::npos) {
    TRY_LET(range.step, parse_step(item.sub(slash + 1)));
  }
  const Part base = item.sub(0, slash);
  if (base.text == "*") return range;
  const size_t dash = base.text.find('-');
  TRY_LET(range.first, parse_value(base.sub(0, dash)));
  if (dash == std::string_view::npos) {
    if (slash == std::string_view::npos) range.last = range.first;
    return range;
  }
  TRY_LET(range.last, parse_value(base.sub(dash + 1)));
  if (type_.kind == FieldKind::DayOfWeek) {
    // Sunday is the first and the last day of the week.
    if (range.last == 0 && range.first > 0) range.last = 7;
    if (range.first == 7 && range.last < 7) range.first = 0;
  }
  if (range.first > range.last) {
    return wrong(item, fmt::format("the range ends before it begins; write two, \"{0}-{1},{2}-{3}\"", range.first,
                                   type_.max, type_.min, range.last));
  }
  return range;
}

// L, L-3, LW, 15W
Result<bool> FieldParser::parse_special_day(const Part& item) {
  const std::string text = to_lower(item.text);
  if (text == "lw") {
    fields_.last_workday = true;
  } else if (text == "l") {
    fields_.before_last |= 1;
  } else if (text.starts_with("l-")) {
    const auto days = parse_uint(std::string_view(text).substr(2));
    if (!days || *days == 0 || *days > 30) return wrong(item, "the number behind \"L-\" must be from 1 to 30");
    fields_.before_last |= uint64_t{1} << *days;
  } else if (text.ends_with('w')) {
    TRY_LET(const int day, parse_value(item.sub(0, text.size() - 1)));
    fields_.nearest_workdays |= uint64_t{1} << day;
  } else {
    return false;
  }
  return true;
}

// 5L, 5#3
Result<bool> FieldParser::parse_special_weekday(const Part& item) {
  const size_t hash = item.text.find('#');
  if (hash != std::string_view::npos) {
    TRY_LET(const int weekday, parse_value(item.sub(0, hash)));
    const auto nth = parse_uint(item.text.substr(hash + 1));
    if (!nth || *nth == 0 || *nth > 5) return wrong(item, "the number behind \"#\" must be from 1 to 5");
    fields_.nth_weekdays |= uint64_t{1} << ((*nth - 1) * 7 + static_cast<uint64_t>(weekday % 7));
    return true;
  }
  if (!item.text.ends_with('L') && !item.text.ends_with('l')) return false;
  TRY_LET(const int weekday, parse_value(item.sub(0, item.text.size() - 1)));
  fields_.last_weekdays |= uint64_t{1} << (weekday % 7);
  return true;
}

Status FieldParser::parse_item(const Part& item) {
  if (item.text.empty()) return wrong(item, "there is nothing between two commas, or beside one");
  if (item.text == "*" || item.text == "?") {
    add_any();
    return Ok{};
  }
  if (item.text.starts_with("?/")) return wrong(item, "\"?\" has no step; write \"*/\" and the step");
  if (type_.kind == FieldKind::DayOfMonth) {
    TRY_LET(const bool done, parse_special_day(item));
    if (done) return Ok{};
  }
  if (type_.kind == FieldKind::DayOfWeek) {
    TRY_LET(const bool done, parse_special_weekday(item));
    if (done) return Ok{};
  }
  TRY_LET(const Range range, parse_range(item));
  add(range);
  return Ok{};
}

void FieldParser::add_any() {
  if (type_.kind == FieldKind::DayOfMonth) fields_.any_day = true;
  if (type_.kind == FieldKind::DayOfWeek) fields_.any_weekday = true;
  add({.first = type_.min, .last = type_.max});
}

void FieldParser::add(const Range& range) {
  for (int value = range.first; value <= range.last; value += range.step) {
    const uint64_t bit = uint64_t{1} << (value % 64);
    switch (type_.kind) {
      case FieldKind::Second:
        fields_.seconds |= bit;
        break;
      case FieldKind::Minute:
        fields_.minutes |= bit;
        break;
      case FieldKind::Hour:
        fields_.hours |= bit;
        break;
      case FieldKind::DayOfMonth:
        fields_.days |= bit;
        break;
      case FieldKind::Month:
        fields_.months |= bit;
        break;
      case FieldKind::DayOfWeek:
        fields_.weekdays |= uint64_t{1} << (value % 7);
        break;
      case FieldKind::Year:
        fields_.years.set(static_cast<size_t>(value - kFirstCronYear));
        break;
    }
  }
}

Result<std::string_view> expand_predefined(std::string_view text) {
  for (const Predefined& schedule : kPredefined) {
    if (equals_ignore_case(text, schedule.name)) return schedule.spec;
  }
  return err(ErrorCode::InvalidArgument,
             "unknown schedule \"{}\", it must be @hourly, @daily, @weekly, @monthly or @yearly", printable(text, 40));
}

}  // namespace

Result<CronFields> parse_cron_fields(std::string_view text) {
  if (text.size() > kMaxLength) {
    return err(ErrorCode::InvalidArgument, "the cron expression is {} bytes long, at most {} are allowed", text.size(),
               kMaxLength);
  }
  if (const std::string_view word = trim(text); word.starts_with('@')) {
    TRY_LET(text, expand_predefined(word));
  }
  const std::vector<Part> parts = split_parts(text, " \t\r\n", false);
  if (parts.size() < 5 || parts.size() > 7) {
    return err(ErrorCode::InvalidArgument,
               "the cron expression \"{}\" has {} fields; it must have 5 (minute, hour, day of month, month, day of "
               "week), 6 (then year) or 7 (seconds first)",
               printable(text, 80), parts.size());
  }
  CronFields fields;
  if (parts.size() == 7) fields.seconds = 0;
  if (parts.size() == 5) fields.years.set();
  const size_t first = parts.size() == 7 ? 0 : 1;
  for (size_t i = 0; i < parts.size(); ++i) TRY(FieldParser(kFields[first + i], fields).parse(parts[i]));
  return fields;
}

}  // namespace drover::model
