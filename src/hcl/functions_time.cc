#include <chrono>

#include "base/duration.h"
#include "base/strings.h"
#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Context = CallContext;
using std::chrono::seconds;

// A moment, and the offset of the clock that showed it.
struct Timestamp {
  seconds local{0};  // Since 1970 on that clock.
  int64_t nanoseconds = 0;
  seconds offset{0};
};

// Reads from the front of a text; `ok` once everything was there.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int number(size_t digits) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char c = next();
      if (c < '0' || c > '9') ok_ = false;
      value = value * 10 + (c - '0');
    }
    return value;
  }
  void literal(char wanted) { ok_ = ok_ && next() == wanted; }
  char next() {
    if (text_.empty()) {
      ok_ = false;
      return '\0';
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  bool done() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

int64_t read_fraction(Reader& reader) {
  int64_t scale = 1'000'000'000;
  int64_t value = 0;
  reader.next();
  do {
    const int digit = reader.number(1);
    scale /= 10;
    value += digit * scale;
  } while (reader.peek() >= '0' && reader.peek() <= '9');
  return value;
}

// RFC 3339: 2006-01-02T15:04:05.999Z or with an offset such as -07:00.
std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  reader.literal('-');
  const int month = reader.number(2);
  reader.literal('-');
  const int day = reader.number(2);
  reader.literal('T');
  const int hour = reader.number(2);
  reader.literal(':');
  const int minute = reader.number(2);
  reader.literal(':');
  const int second = reader.number(2);
  Timestamp out;
  if (reader.peek() == '.' || reader.peek() == ',') out.nanoseconds = read_fraction(reader);
  if (const char sign = reader.next(); sign == '+' || sign == '-') {
    const int hours = reader.number(2);
    reader.literal(':');
    const int minutes = reader.number(2);
    if (hours > 24 || minutes > 60) return std::nullopt;
    out.offset = seconds((sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60));
  } else if (sign != 'Z') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.done() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  out.local = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
              seconds(second);
  return out;
}

Result<Timestamp> time_arg(const Context& context, size_t i) {
  TRY_LET(const std::string text, text_arg(context, i));
  if (const auto time = parse_timestamp(text)) return *time;
  return wrong_argument(context, i, "a time as in \"2006-01-02T15:04:05Z\" (RFC 3339)");
}

// The parts of a moment that people read.
struct Fields {
  int year, month, day, weekday, hour, minute, second;
};

Fields fields_of(const Timestamp& time) {
  const auto days = std::chrono::floor<std::chrono::days>(time.local);
  const std::chrono::sys_days date{days};
  const std::chrono::year_month_day ymd{date};
  const auto rest = static_cast<int>((time.local - days).count());
  return {.year = static_cast<int>(ymd.year()),
          .month = static_cast<int>(static_cast<unsigned>(ymd.month())),
          .day = static_cast<int>(static_cast<unsigned>(ymd.day())),
          .weekday = static_cast<int>(std::chrono::weekday(date).c_encoding()),
          .hour = rest / 3600,
          .minute = rest / 60 % 60,
          .second = rest % 60};
}

std::string offset_text(seconds offset, std::string_view separator) {
  const auto minutes = std::abs(offset.count() / 60);
  return fmt::format("{}{:02}{}{:02}", offset.count() < 0 ? '-' : '+', minutes / 60, separator, minutes % 60);
}

std::string year_text(int year) {
  return year < 0 ? fmt::format("-{:04}", -year) : fmt::format("{:04}", year);
}

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// One or two letters: the number as it is or with two digits.
std::optional<std::string> number_text(int value, size_t letters) {
  if (letters == 1) return fmt::format("{}", value);
  if (letters == 2) return fmt::format("{:02}", value);
  return std::nullopt;
}

std::optional<std::string> name_text(std::string_view name, size_t letters) {
  if (letters == 3) return std::string(name.substr(0, 3));
  if (letters == 4) return std::string(name);
  return std::nullopt;
}

std::optional<std::string> zone_text(seconds offset, size_t letters) {
  const bool utc = offset.count() == 0;
  if (letters == 1) return utc ? "Z" : offset_text(offset, ":");
  if (letters == 3) return utc ? "UTC" : offset_text(offset, "");
  if (letters == 4) return offset_text(offset, "");
  if (letters == 5) return offset_text(offset, ":");
  return std::nullopt;
}

// What `letters` times the letter stands for; nothing if it is no verb.
std::optional<std::string> verb_text(char letter, size_t letters, const Fields& f, seconds offset) {
  switch (letter) {
    case 'Y':
      if (letters == 2) return fmt::format("{:02}", f.year % 100);
      if (letters == 4) return year_text(f.year);
      return std::nullopt;
    case 'M':
      return letters <= 2 ? number_text(f.month, letters) : name_text(kMonths[f.month - 1], letters);
    case 'D':
      return number_text(f.day, letters);
    case 'E':
      return name_text(kDays[f.weekday], letters);
    case 'h':
      return number_text(f.hour, letters);
    case 'H':
      return number_text(f.hour % 12 == 0 ? 12 : f.hour % 12, letters);
    case 'A':
    case 'a':
      if (letters != 2) return std::nullopt;
      return std::string(letter == 'A' ? (f.hour < 12 ? "AM" : "PM") : (f.hour < 12 ? "am" : "pm"));
    case 'm':
      return number_text(f.minute, letters);
    case 's':
      return number_text(f.second, letters);
    case 'Z':
      return zone_text(offset, letters);
    default:
      return std::nullopt;
  }
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The text between single quotes, where two of them stand for one; `at` ends after it. A lone pair is a quote.
Result<std::string> read_quoted(std::string_view format, size_t& at) {
  if (format.substr(at).starts_with("''")) {
    at += 2;
    return std::string("'");
  }
  std::string out;
  for (++at; at < format.size(); ++at) {
    if (format[at] != '\'') {
      out += format[at];
    } else if (format.substr(at + 1).starts_with('\'')) {
      out += format[at++];
    } else {
      ++at;
      return out;
    }
  }
  return bad_call("a quote ' is not closed");
}

Result<Value> formatdate(const Context& context) {
  TRY_LET(const std::string format, text_arg(context, 0));
  TRY_LET(const Timestamp time, time_arg(context, 1));
  const Fields fields = fields_of(time);
  std::string out;
  for (size_t at = 0; at < format.size();) {
    const char c = format[at];
    if (c == '\'') {
      TRY_LET(const std::string quoted, read_quoted(format, at));
      out += quoted;
      continue;
    }
    if (!is_letter(c)) {
      out += c;
      ++at;
      continue;
    }
    const size_t end = std::min(format.find_first_not_of(c, at), format.size());
    const std::optional<std::string> text = verb_text(c, end - at, fields, time.offset);
    if (!text) {
      return bad_call(fmt::format("\"{}\" is no part of a date; text stands in single quotes",
                                  printable(format.substr(at, end - at), 20)));
    }
    out += *text;
    at = end;
  }
  return Value(std::move(out));
}

Result<Value> timeadd(const Context& context) {
  TRY_LET(Timestamp time, time_arg(context, 0));
  TRY_LET(const std::string text, text_arg(context, 1));
  const Result<Duration> duration = parse_duration(text);
  if (!duration) return wrong_argument(context, 1, "a duration such as \"1h30m\"");
  const auto total = std::chrono::nanoseconds(*duration) + std::chrono::nanoseconds(time.nanoseconds);
  time.local += std::chrono::floor<seconds>(total);
  const Fields f = fields_of(time);
  return Value(fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}{}", year_text(f.year), f.month, f.day, f.hour, f.minute,
                           f.second, *zone_text(time.offset, 1)));
}

constexpr Function kFunctions[] = {
    {"formatdate", 2, 2, formatdate},
    {"timeadd", 2, 2, timeadd},
};

}  // namespace

std::span<const Function> time_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
