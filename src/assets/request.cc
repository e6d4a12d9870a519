#include "assets/request.h"

#include "base/strings.h"

#include <array>
#include <cmath>
#include <limits>

namespace drover::assets {

Result<Mode> parse_mode(std::string_view text) {
  if (text.empty() || text == "any") return Mode::Any;
  if (text == "file") return Mode::File;
  if (text == "dir") return Mode::Dir;
  return err(ErrorCode::InvalidArgument, "unknown mode \"{}\", it must be any, file or dir", printable(text, 80));
}

Result<uint64_t> parse_size(std::string_view text) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "k", "m", "g", "t"};
  const std::string_view trimmed = trim(text);
  const size_t unit_start = std::min(trimmed.find_first_not_of("0123456789."), trimmed.size());
  const auto number = parse_double(trimmed.substr(0, unit_start));
  std::string unit = to_lower(trim(trimmed.substr(unit_start)));
  if (unit.ends_with('b')) unit.pop_back();
  const bool binary = unit.ends_with('i');
  if (binary) unit.pop_back();
  for (size_t power = 0; number && power < kUnits.size(); power++) {
    if (unit != kUnits[power]) continue;
    const double bytes = *number * std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power));
    if (bytes < 9e18) return static_cast<uint64_t>(bytes);
  }
  return err(ErrorCode::InvalidArgument, "\"{}\" is no size: write \"100GB\", \"64MiB\" or a number of bytes",
             printable(text, 80));
}

}  // namespace drover::assets
