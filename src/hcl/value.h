#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hcl/number.h"

namespace drover::hcl {

class Object;

// What an expression evaluates to. Immutable; copies share their content. Lists, tuples and sets are all lists, maps
// and objects are all objects.
class Value {
 public:
  enum class Kind : uint8_t { Null, Bool, Number, String, List, Object };
  using List = std::vector<Value>;

  Value() = default;  // null
  explicit Value(std::same_as<bool> auto value) : data_(value) {}
  Value(Number value) : data_(value) {}  // NOLINT(google-explicit-constructor): a value of the same meaning
  Value(std::string value);              // NOLINT(google-explicit-constructor): in normalisation form C
  Value(std::string_view value) : Value(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : Value(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Value(List value);                                            // NOLINT(google-explicit-constructor)
  Value(hcl::Object value);                                     // NOLINT(google-explicit-constructor)

  // A string that holds at least one `${…}` that only the client can resolve, as it stands in the source.
  static Value verbatim(std::string text);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::Null; }
  bool is_bool() const { return kind() == Kind::Bool; }
  bool is_number() const { return kind() == Kind::Number; }
  bool is_string() const { return kind() == Kind::String; }
  bool is_list() const { return kind() == Kind::List; }
  bool is_object() const { return kind() == Kind::Object; }

  // A string with `${…}` left for the client, or a list or object with such a string somewhere inside.
  bool has_verbatim() const;

  // Each REQUIRES that kind.
  bool as_bool() const { return std::get<bool>(data_); }
  const Number& as_number() const { return std::get<Number>(data_); }
  const std::string& as_string() const;
  const List& as_list() const;
  const hcl::Object& as_object() const;

  // Size of the value written out (bytes of text, plus a constant for each element), and how deep lists and objects are
  // within each other. Both are O(1): sharing makes values that are far larger written out than in memory.
  uint64_t weight() const;
  uint32_t depth() const;

  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Text;
  struct ListData;
  struct ObjectData;
  std::variant<std::monostate, bool, Number, std::shared_ptr<const Text>, std::shared_ptr<const ListData>,
               std::shared_ptr<const ObjectData>>
      data_;
};

// Keys and values in the order in which the keys were first set.
class Object {
 public:
  using Member = std::pair<std::string, Value>;

  // Replaces the value of a key that is there already.
  void set(std::string key, Value value);
  const Value* find(std::string_view key) const;

  size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  const std::vector<Member>& members() const { return members_; }

  // The members by key, which is the order in which HCL's own functions and `for` see them.
  std::vector<const Member*> sorted() const;

  // Members match regardless of order.
  friend bool operator==(const Object& a, const Object& b);

 private:
  std::vector<Member> members_;
  std::map<std::string, size_t, std::less<>> index_;
};

// "string", "list", …, for messages.
std::string_view type_name(Value::Kind kind);
// The type and, where it is short, the value: `string "web"`, `number 4`, `list of 3`.
std::string describe(const Value& value);

// HCL's automatic conversions; nothing where there is none. Only null, lists and objects have no text.
std::optional<std::string> to_text(const Value& value);
std::optional<Number> to_number(const Value& value);  // Numbers, and strings that are one.
std::optional<bool> to_bool(const Value& value);      // Booleans, and the strings "true" and "false".

}  // namespace drover::hcl
