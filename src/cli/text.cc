#include "cli/text.h"

#include "base/duration.h"
#include "base/strings.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace drover::cli {

std::string time_ago(WallTime now, int64_t unix_nanos) {
  if (unix_nanos <= 0) return {};
  return format_duration_short(now - WallTime{unix_nanos}) + " ago";
}

std::string time_stamp(int64_t unix_nanos) {
  return unix_nanos <= 0 ? "N/A" : format_time(WallTime{unix_nanos});
}

std::string time_stamp(const Json& time) {
  const std::string text = time.text();
  if (text.empty() || text.starts_with("0001-")) return "N/A";
  const size_t point = text.find('.');
  if (point == std::string::npos) return text;
  return text.substr(0, point) + text.substr(std::min(text.find_first_not_of("0123456789", point + 1), text.size()));
}

std::string byte_size(int64_t bytes) {
  constexpr std::array<const char*, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f} {}", value, value < 10 ? 1 : 0, kUnits[unit]);
}

std::string comma_list(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& item : list.items()) parts.push_back(item.text());
  return join(parts, ", ");
}

std::string or_none(std::string text) {
  return text.empty() ? "<none>" : text;
}

std::string event_message(const Json& event) {
  std::string text = event["DisplayMessage"].text();
  if (text.empty()) text = event["Message"].text();
  if (text.empty()) text = event["DriverError"].text();
  if (text.empty()) text = event["DriverMessage"].text();
  return text;
}

}  // namespace drover::cli
