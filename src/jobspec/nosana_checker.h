#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/diagnostics.h"
#include "base/strings.h"
#include "codec/value.h"

namespace drover::jobspec {

// A value of a definition with its path, and the checks that its schema is made of. Each check reports what was
// expected and what is there, and says whether all is well.
class NosanaChecker {
 public:
  NosanaChecker(const codec::Value& value, std::string path, Diagnostics& diagnostics)
      : value_(value), path_(std::move(path)), diagnostics_(diagnostics) {}

  const codec::Value& value() const { return value_; }

  NosanaChecker at(std::string_view key) const {
    return {*value_.find(key), path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), diagnostics_};
  }
  NosanaChecker at(size_t index) const {
    return {(*value_.as_array())[index], fmt::format("{}[{}]", path_, index), diagnostics_};
  }
  // A member that is at hand already.
  NosanaChecker of(const codec::Value::Member& member) const {
    return {member.second, path_.empty() ? member.first : fmt::format("{}.{}", path_, printable(member.first, 80)),
            diagnostics_};
  }
  bool has(std::string_view key) const { return value_.find(key) != nullptr; }

  // An object with no keys but these; those whose name ends in '!' are required.
  bool object(std::initializer_list<std::string_view> keys) const;
  bool any_object() const { return value_.as_object() || expected("an object"); }
  bool array() const { return value_.as_array() || expected("a list"); }
  bool string() const { return value_.as_string() || expected("a string"); }
  bool boolean() const { return value_.as_bool() || expected("true or false"); }
  bool number() const { return is_number() || expected("a number"); }
  bool one_of(std::initializer_list<std::string_view> choices) const;
  bool string_map() const;
  bool strings() const;
  bool string_or_strings() const {
    return value_.as_array() ? strings() : value_.as_string() || expected("a string or a list of strings");
  }

  // The same for a member, where it may be absent.
  template <class Check>
  void optional(std::string_view key, Check check) const {
    if (has(key)) (void)(at(key).*check)();
  }

  bool is_number() const { return value_.as_int() || value_.as_double(); }
  bool expected(std::string_view what) const {
    error(fmt::format("expected {}, not {}", what, describe_value()));
    return false;
  }
  void error(std::string message) const { diagnostics_.error(path_, std::move(message)); }
  void warning(std::string message) const { diagnostics_.warning(path_, std::move(message)); }

 private:
  std::string describe_value() const;

  const codec::Value& value_;
  std::string path_;
  Diagnostics& diagnostics_;
};

}  // namespace drover::jobspec
