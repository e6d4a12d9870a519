#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace drover::gotmpl {

class Value;
class Meter;

// A value of a template, with the semantics of Go's reflection as text/template shows them. Immutable and shared, but
// for maps made by sprig_dict, which sprig_set changes until they become part of something else (frozen()).
struct List {
  std::vector<Value> items;
  bool of_strings = false;  // []string, not []interface {}
  uint32_t depth = 1;
};

struct Map {
  std::map<std::string, Value, std::less<>> items;
  bool of_strings = false;  // map[string]string, not map[string]interface {}: what is not there is ""
  bool writable = false;
  uint32_t depth = 1;
};

// A struct: fields in order; a field that it does not have is an error, never an empty text.
struct Record {
  std::string type;
  std::vector<std::pair<std::string, Value>> fields;
  uint32_t depth = 1;

  const Value* find(std::string_view name) const;
};

// What `loop 3 7` gives: the integers from `first` up to but not including `end`.
struct Loop {
  int64_t first = 0;
  int64_t end = 0;
};

// A thing with methods (`scratch`). Lives as long as the rendering that made it.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string_view type() const = 0;
  virtual Result<Value> call(std::string_view method, const std::vector<Value>& args, Meter& meter) = 0;
};

class Value {
 public:
  enum class Kind : uint8_t { Missing, Nil, Bool, Int, Uint, Float, String, List, Map, Record, Loop, Object };

  Value() = default;  // Missing: Go's "<no value>"
  static Value nil();
  static Value list(std::vector<Value> items);
  static Value strings(const std::vector<std::string>& items);
  static Value map(std::map<std::string, Value, std::less<>> items);
  static Value string_map(std::map<std::string, Value, std::less<>> items);
  static Value writable_map(std::map<std::string, Value, std::less<>> items);
  static Value record(std::string type, std::vector<std::pair<std::string, Value>> fields);

  Value(bool b) : data_(b) {}                                                         // NOLINT
  Value(int n) : data_(int64_t{n}) {}                                                 // NOLINT
  Value(int64_t n) : data_(n) {}                                                      // NOLINT
  Value(uint64_t n) : data_(n) {}                                                     // NOLINT
  Value(double d) : data_(d) {}                                                       // NOLINT
  Value(std::string s) : data_(std::make_shared<const std::string>(std::move(s))) {}  // NOLINT
  Value(std::string_view s) : Value(std::string(s)) {}                                // NOLINT
  Value(const char* s) : Value(std::string(s)) {}                                     // NOLINT
  Value(Loop loop) : data_(loop) {}                                                   // NOLINT
  Value(Object& object) : data_(&object) {}                                           // NOLINT

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_nil() const { return kind() <= Kind::Nil; }  // Missing or Nil
  bool is_string() const { return kind() == Kind::String; }
  bool is_integer() const { return kind() == Kind::Int || kind() == Kind::Uint; }
  bool is_number() const { return is_integer() || kind() == Kind::Float; }

  // The content. REQUIRES that kind.
  bool boolean() const { return std::get<bool>(data_); }
  int64_t integer() const { return std::get<int64_t>(data_); }
  uint64_t natural() const { return std::get<uint64_t>(data_); }
  double real() const { return std::get<double>(data_); }
  const std::string& text() const { return *std::get<std::shared_ptr<const std::string>>(data_); }
  const Loop& loop() const { return std::get<Loop>(data_); }
  Object& object() const { return *std::get<Object*>(data_); }

  // The content, or null if it is of another kind.
  const List* as_list() const;
  const Map* as_map() const;
  const Record* as_record() const;
  // The map, to be changed. REQUIRES a map that is writable.
  Map& writable() const { return *std::get<std::shared_ptr<Map>>(data_); }

  // What `if` makes of it: false for nothing, false, 0 and what is empty.
  bool truth() const;
  // How deeply lists, maps and records are nested in it: 0 for a scalar.
  uint32_t depth() const;
  // The number of items, fields or bytes in it.
  size_t size() const;
  // The same, or a copy if it is a map that can still change. What is inside containers is always frozen, so that no
  // container ever holds itself.
  Value frozen() const;
  // Go's name of its type: "int", "[]string", "map[string]interface {}".
  std::string type_name() const;

  // Deep equality: of kinds and contents, all numbers of one kind alike.
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct NilTag {};
  std::variant<std::monostate, NilTag, bool, int64_t, uint64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<const List>, std::shared_ptr<Map>, std::shared_ptr<const Record>, Loop, Object*>
      data_;
};

using MapItems = std::map<std::string, Value, std::less<>>;

}  // namespace drover::gotmpl
