#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace drover {

// A string of one meaning: struct NodeId : StrongString<NodeId> { using StrongString::StrongString; };
// Converting from a plain string is explicit, reading is not.
template <class Tag>
struct StrongString {
  std::string value;

  StrongString() = default;
  explicit StrongString(std::string v) : value(std::move(v)) {}
  explicit StrongString(std::string_view v) : value(v) {}
  explicit StrongString(const char* v) : value(v) {}

  bool empty() const { return value.empty(); }
  const std::string& str() const { return value; }

  friend bool operator==(const StrongString& a, const StrongString& b) = default;
  friend auto operator<=>(const StrongString& a, const StrongString& b) = default;
};

}  // namespace drover
