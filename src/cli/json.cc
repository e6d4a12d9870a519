#include "cli/json.h"

#include "cli/console.h"

#include <fmt/core.h>

namespace drover::cli {
Json Json::operator[](std::string_view key) const {
  Json out;
  if (value_ != nullptr) out.value_ = value_->find(key);
  return out;
}

std::string Json::text() const {
  if (value_ == nullptr) return {};
  if (const auto* s = value_->as_string()) return safe_text(*s);
  if (const auto* n = value_->as_int()) return std::to_string(*n);
  if (const auto* d = value_->as_double()) return fmt::format("{:g}", *d);
  if (const auto* b = value_->as_bool()) return *b ? "true" : "false";
  return {};
}

std::string Json::raw() const {
  const std::string* s = value_ == nullptr ? nullptr : value_->as_string();
  return s == nullptr ? std::string() : *s;
}

int64_t Json::integer() const {
  if (value_ == nullptr) return 0;
  if (const auto* n = value_->as_int()) return *n;
  if (const auto* d = value_->as_double(); d != nullptr && *d > -9e18 && *d < 9e18) return static_cast<int64_t>(*d);
  return 0;
}

double Json::number() const {
  if (value_ == nullptr) return 0;
  if (const auto* d = value_->as_double()) return *d;
  return static_cast<double>(integer());
}

bool Json::truth() const {
  const bool* b = value_ == nullptr ? nullptr : value_->as_bool();
  return b != nullptr && *b;
}

std::vector<Json> Json::items() const {
  const codec::Value::Array* array = value_ == nullptr ? nullptr : value_->as_array();
  if (array == nullptr) return {};
  return {array->begin(), array->end()};
}

std::vector<std::pair<std::string, Json>> Json::members() const {
  std::vector<std::pair<std::string, Json>> out;
  const codec::Value::Object* object = value_ == nullptr ? nullptr : value_->as_object();
  if (object == nullptr) return out;
  for (const auto& [key, value] : *object) out.emplace_back(safe_text(key), Json(value));
  return out;
}

size_t Json::size() const {
  if (value_ == nullptr) return 0;
  if (const auto* array = value_->as_array()) return array->size();
  if (const auto* object = value_->as_object()) return object->size();
  return 0;
}

const codec::Value& Json::value() const {
  static const codec::Value kNull;
  return value_ == nullptr ? kNull : *value_;
}

}  // namespace drover::cli
