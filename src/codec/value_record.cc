#include "codec/value_record.h"

#include <bit>

namespace drover::codec {
namespace {

enum class Tag : uint8_t { Null, False, True, Int, Double, String, Array, Object };

void put_tag(std::string& out, Tag tag) {
  out += static_cast<char>(tag);
}

bool spend(size_t& budget, size_t bytes) {
  if (budget < bytes) return false;
  budget -= bytes;
  return true;
}

bool read_array(wire::Reader& in, Value& value, unsigned depth, size_t& budget) {
  uint64_t count = 0;
  if (!in.varint(count) || count > in.left()) return false;
  Value::Array array;
  for (; count > 0; --count) {
    if (!spend(budget, sizeof(Value)) || !read_value(in, array.emplace_back(), depth + 1, budget)) return false;
  }
  value = std::move(array);
  return true;
}

bool read_object(wire::Reader& in, Value& value, unsigned depth, size_t& budget) {
  uint64_t count = 0;
  if (!in.varint(count) || count > in.left()) return false;
  Value::Object object;
  for (; count > 0; --count) {
    std::string_view key;
    if (!in.bytes(key) || !spend(budget, sizeof(Value::Member))) return false;
    auto& member = object.emplace_back(std::string(key), Value());
    if (!read_value(in, member.second, depth + 1, budget)) return false;
  }
  value = std::move(object);
  return true;
}

}  // namespace

void put_value(std::string& out, const Value& value) {
  if (value.is_null()) {
    put_tag(out, Tag::Null);
  } else if (const bool* flag = value.as_bool()) {
    put_tag(out, *flag ? Tag::True : Tag::False);
  } else if (const int64_t* number = value.as_int()) {
    put_tag(out, Tag::Int);
    wire::put_varint(out, wire::zigzag(*number));
  } else if (const double* real = value.as_double()) {
    put_tag(out, Tag::Double);
    wire::put_fixed64(out, std::bit_cast<uint64_t>(*real));
  } else if (const std::string* text = value.as_string()) {
    put_tag(out, Tag::String);
    wire::put_bytes(out, *text);
  } else if (const auto* array = value.as_array()) {
    put_tag(out, Tag::Array);
    wire::put_varint(out, array->size());
    for (const Value& element : *array) put_value(out, element);
  } else if (const auto* object = value.as_object()) {
    put_tag(out, Tag::Object);
    wire::put_varint(out, object->size());
    for (const auto& [key, member] : *object) {
      wire::put_bytes(out, key);
      put_value(out, member);
    }
  }
}

bool read_value(wire::Reader& in, Value& value, unsigned depth, size_t& budget) {
  std::string_view tag;
  if (depth > kMaxRecordDepth || !in.take(1, tag)) return false;
  uint64_t number = 0;
  std::string_view text;
  switch (static_cast<Tag>(tag[0])) {
    case Tag::Null:
      value = Value();
      return true;
    case Tag::False:
    case Tag::True:
      value = static_cast<Tag>(tag[0]) == Tag::True;
      return true;
    case Tag::Int:
      if (!in.varint(number)) return false;
      value = wire::unzigzag(number);
      return true;
    case Tag::Double:
      if (!in.fixed64(number)) return false;
      value = std::bit_cast<double>(number);
      return true;
    case Tag::String:
      if (!in.bytes(text)) return false;
      value = Value(text);
      return true;
    case Tag::Array:
      return read_array(in, value, depth, budget);
    case Tag::Object:
      return read_object(in, value, depth, budget);
  }
  return false;
}

}  // namespace drover::codec
