#include "base/duration.h"

#include <cmath>
#include <ctime>

#include "base/strings.h"

namespace drover {
namespace {

struct Unit {
  std::string_view name;
  int64_t nanos;
};

// Longest names first, so that "ms" is not read as "m".
constexpr Unit kUnits[] = {{"ns", 1},         {"us", 1'000},        {"µs", 1'000},         {"μs", 1'000},
                           {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

const Unit* unit_at(std::string_view text) {
  const Unit* found = nullptr;
  for (const Unit& unit : kUnits) {
    if (text.starts_with(unit.name) && (!found || unit.name.size() > found->name.size())) found = &unit;
  }
  return found;
}

std::string trim_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto invalid = [&] {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not a duration: write it like 30s, 1m30s or 250ms",
               printable(text, 40));
  };
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return Duration(0);
  if (rest.empty()) return invalid();
  __int128 total = 0;
  while (!rest.empty()) {
    const size_t digits = rest.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return invalid();
    const auto number = parse_double(rest.substr(0, digits));
    const Unit* unit = unit_at(rest.substr(digits));
    if (!number || !unit) return invalid();
    const auto whole = parse_int(rest.substr(0, digits));
    total += whole ? static_cast<__int128>(*whole) * unit->nanos
                   : static_cast<__int128>(std::llround(std::min(*number * static_cast<double>(unit->nanos), 9.2e18)));
    if (total > INT64_MAX) return err(ErrorCode::InvalidArgument, "duration \"{}\" is too long", printable(text, 40));
    rest.remove_prefix(digits + unit->name.size());
  }
  return Duration(static_cast<int64_t>(negative ? -total : total));
}

std::string format_duration(Duration d) {
  if (d.count() == 0) return "0s";
  std::string out = d.count() < 0 ? "-" : "";
  const uint64_t n = d.count() < 0 ? 0 - static_cast<uint64_t>(d.count()) : static_cast<uint64_t>(d.count());
  const auto fraction = [](uint64_t value, uint64_t unit) {
    return trim_zeros(fmt::format("{}.{:0{}}", value / unit, value % unit,
                                  unit == 1000        ? 3
                                  : unit == 1'000'000 ? 6
                                                      : 9));
  };
  if (n < 1'000) return out + fmt::format("{}ns", n);
  if (n < 1'000'000) return out + fraction(n, 1'000) + "µs";
  if (n < 1'000'000'000) return out + fraction(n, 1'000'000) + "ms";
  const uint64_t minutes = n / 60'000'000'000;
  if (minutes >= 60) out += fmt::format("{}h", minutes / 60);
  if (minutes > 0) out += fmt::format("{}m", minutes % 60);
  return out + fraction(n % 60'000'000'000, 1'000'000'000) + "s";
}

std::string format_duration_short(Duration d) {
  const int64_t s = d.count() / 1'000'000'000;
  if (s <= 0) return "<1s";
  const auto two = [](int64_t a, char unit_a, int64_t b, char unit_b) {
    return b == 0 ? fmt::format("{}{}", a, unit_a) : fmt::format("{}{}{}{}", a, unit_a, b, unit_b);
  };
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return two(s / 60, 'm', s % 60, 's');
  if (s < 86400) return two(s / 3600, 'h', s % 3600 / 60, 'm');
  return two(s / 86400, 'd', s % 86400 / 3600, 'h');
}

std::string format_time(WallTime t) {
  const time_t seconds = static_cast<time_t>(t.unix_nanos / 1'000'000'000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[32];
  strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return buffer;
}

}  // namespace drover
