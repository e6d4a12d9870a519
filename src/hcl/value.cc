#include "hcl/value.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/strings.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

// About the memory that each takes.
constexpr uint64_t kScalarWeight = 32;
constexpr uint64_t kMemberWeight = 96;
constexpr uint64_t kBigNumberWeight = 1024;  // Printing one takes a while.
constexpr size_t kMaxShownText = 40;

// What a list or object caches about all that is inside of it.
struct Summary {
  uint64_t weight = 2 * kScalarWeight;
  uint32_t depth = 1;
  bool verbatim = false;

  void include(const Value& value) {
    if (__builtin_add_overflow(weight, value.weight(), &weight)) weight = UINT64_MAX;
    depth = std::max(depth, value.depth() + 1);
    verbatim = verbatim || value.has_verbatim();
  }
};

}  // namespace

struct Value::Text {
  std::string text;
  bool verbatim = false;
};

struct Value::ListData {
  List list;
  Summary summary;
};

struct Value::ObjectData {
  hcl::Object object;
  Summary summary;
};

Value::Value(std::string value) : data_(std::make_shared<const Text>(Text{normalized(std::move(value)), false})) {}

Value::Value(List value) {
  Summary summary;
  for (const Value& item : value) summary.include(item);
  data_ = std::make_shared<const ListData>(ListData{std::move(value), summary});
}

Value::Value(hcl::Object value) {
  Summary summary;
  for (const auto& [key, member] : value.members()) {
    summary.weight += key.size() + kMemberWeight;
    summary.include(member);
  }
  data_ = std::make_shared<const ObjectData>(ObjectData{std::move(value), summary});
}

Value Value::verbatim(std::string text) {
  Value out;
  out.data_ = std::make_shared<const Text>(Text{std::move(text), true});
  return out;
}

bool Value::has_verbatim() const {
  switch (kind()) {
    case Kind::Null:
    case Kind::Bool:
    case Kind::Number:
      return false;
    case Kind::String:
      return std::get<3>(data_)->verbatim;
    case Kind::List:
      return std::get<4>(data_)->summary.verbatim;
    case Kind::Object:
      return std::get<5>(data_)->summary.verbatim;
  }
  return false;
}

const std::string& Value::as_string() const {
  return std::get<3>(data_)->text;
}
const Value::List& Value::as_list() const {
  return std::get<4>(data_)->list;
}
const hcl::Object& Value::as_object() const {
  return std::get<5>(data_)->object;
}

uint64_t Value::weight() const {
  switch (kind()) {
    case Kind::Null:
    case Kind::Bool:
      return kScalarWeight;
    case Kind::Number:
      return as_number().is_small() ? kScalarWeight : kBigNumberWeight;
    case Kind::String:
      return kScalarWeight + as_string().size();
    case Kind::List:
      return std::get<4>(data_)->summary.weight;
    case Kind::Object:
      return std::get<5>(data_)->summary.weight;
  }
  return 0;
}

uint32_t Value::depth() const {
  if (is_list()) return std::get<4>(data_)->summary.depth;
  if (is_object()) return std::get<5>(data_)->summary.depth;
  return 0;
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::Null:
      return true;
    case Value::Kind::Bool:
      return a.as_bool() == b.as_bool();
    case Value::Kind::Number:
      return a.as_number() == b.as_number();
    case Value::Kind::String:
      return a.as_string() == b.as_string();
    case Value::Kind::List:
      return &a.as_list() == &b.as_list() || a.as_list() == b.as_list();
    case Value::Kind::Object:
      return &a.as_object() == &b.as_object() || a.as_object() == b.as_object();
  }
  return false;
}

void Object::set(std::string key, Value value) {
  const auto [found, inserted] = index_.try_emplace(key, members_.size());
  if (inserted) {
    members_.emplace_back(std::move(key), std::move(value));
  } else {
    members_[found->second].second = std::move(value);
  }
}

const Value* Object::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &members_[found->second].second;
}

std::vector<const Object::Member*> Object::sorted() const {
  std::vector<const Member*> out;
  out.reserve(members_.size());
  for (const auto& [key, position] : index_) out.push_back(&members_[position]);
  return out;
}

bool operator==(const Object& a, const Object& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.members_.begin(), a.members_.end(), [&](const Object::Member& member) {
    const Value* other = b.find(member.first);
    return other != nullptr && *other == member.second;
  });
}

std::string_view type_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::Null:
      return "null";
    case Value::Kind::Bool:
      return "bool";
    case Value::Kind::Number:
      return "number";
    case Value::Kind::String:
      return "string";
    case Value::Kind::List:
      return "list";
    case Value::Kind::Object:
      return "object";
  }
  return "";
}

std::string describe(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Null:
      return "null";
    case Value::Kind::Bool:
      return value.as_bool() ? "bool true" : "bool false";
    case Value::Kind::Number:
      return "number " + value.as_number().to_string();
    case Value::Kind::String:
      return fmt::format("string \"{}\"", printable(value.as_string(), kMaxShownText));
    case Value::Kind::List:
      return fmt::format("list of {}", value.as_list().size());
    case Value::Kind::Object:
      return "object";
  }
  return "";
}

std::optional<std::string> to_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Bool:
      return value.as_bool() ? "true" : "false";
    case Value::Kind::Number:
      return value.as_number().to_string();
    case Value::Kind::String:
      return value.as_string();
    case Value::Kind::Null:
    case Value::Kind::List:
    case Value::Kind::Object:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Number> to_number(const Value& value) {
  if (value.is_number()) return value.as_number();
  if (value.is_string()) return Number::parse(value.as_string());
  return std::nullopt;
}

std::optional<bool> to_bool(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (!value.is_string()) return std::nullopt;
  if (value.as_string() == "true") return true;
  if (value.as_string() == "false") return false;
  return std::nullopt;
}

}  // namespace drover::hcl
