#pragma once

#include "codec/value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::cli {

// A forgiving view of a server's answer: what is absent or of another type reads as empty, so that one layout serves
// servers of several versions. The value outlives the view.
class Json {
 public:
  Json() = default;
  Json(const codec::Value& value) : value_(&value) {}  // NOLINT(google-explicit-constructor)

  Json operator[](std::string_view key) const;
  bool present() const { return value_ != nullptr && !value_->is_null(); }

  // A scalar as one line that is safe for a terminal.
  std::string text() const;
  // A string as it was sent: for requests, never for the terminal.
  std::string raw() const;
  int64_t integer() const;
  double number() const;
  bool truth() const;

  std::vector<Json> items() const;
  // Keys are safe for a terminal.
  std::vector<std::pair<std::string, Json>> members() const;
  size_t size() const;

  const codec::Value& value() const;

 private:
  const codec::Value* value_ = nullptr;
};

}  // namespace drover::cli
