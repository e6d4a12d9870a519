#pragma once

#include "model/constraint_match.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace drover::model {

// A property of a device, or what one is compared with: "2 GiB", "1.5GHz", "350 W", "12", "true", "Tesla T4".
struct DeviceAttribute {
  std::variant<std::string, bool, int64_t, double> value;
  std::string unit;  // of a number, "" for none

  // Never fails: what is neither a number nor a boolean is text.
  static DeviceAttribute parse(std::string_view text);

  std::string to_text() const;
};

// Where the id of a device's instance has this, what comes before it is the device, and what follows tells those who
// share it apart.
inline constexpr const char* kSharedInstanceMark = "::";

// -1, 0 or 1; nothing for what cannot be compared: different kinds, or units of different quantities ("B" and "W").
std::optional<int> compare(const DeviceAttribute& a, const DeviceAttribute& b);

// As matches() for texts, but numbers are compared as numbers, with their units. What cannot be compared matches
// nothing, not even NotEqual.
bool matches_device(Operator op, const std::optional<DeviceAttribute>& left,
                    const std::optional<DeviceAttribute>& right, MatchCache& cache);

}  // namespace drover::model
