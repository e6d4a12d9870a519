#include "codec/json.h"

#include <charconv>

#include "base/uuid_text.h"
#include "codec/json_text.h"
#include "codec/scalar_text.h"

namespace drover::codec {
namespace {

// Receives the walk over an object; writes JSON text.
class TextSink {
 public:
  TextSink(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void null() { out_ += "null"; }
  void boolean(bool value) { out_ += value ? "true" : "false"; }
  void string(std::string_view text) { append_json_string(out_, text); }
  void floating(double number) { append_json_number(out_, number); }
  template <class Int>
  void integer(Int number) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out_.append(buffer, static_cast<size_t>(end - buffer));
  }

  void begin_object() { begin('{'); }
  void begin_array() { begin('['); }
  void end_object() { end('}'); }
  void end_array() { end(']'); }
  void element() { separate(); }
  void key(std::string_view text) {
    separate();
    append_json_string(out_, text);
    out_ += pretty_ ? std::string_view(": ") : std::string_view(":");
  }
  // A field's name: known to need no escapes.
  void field(std::string_view name) {
    separate();
    append_json_key(out_, name);
    if (pretty_) out_ += ' ';
  }
  // So are the digits of a UUID.
  void uuid(Uuid value) {
    out_ += '"';
    append_uuid(out_, value);
    out_ += '"';
  }

 private:
  void begin(char bracket) {
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void end(char bracket) {
    --depth_;
    if (pretty_ && !first_) new_line();
    out_ += bracket;
    first_ = false;
  }
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
    if (pretty_) new_line();
  }
  void new_line() {
    out_ += '\n';
    out_.append(depth_ * 4, ' ');
  }

  std::string& out_;
  const bool pretty_;
  size_t depth_ = 0;
  bool first_ = true;
};

// Receives the walk over an object; builds a Value.
class ValueSink {
 public:
  Value take() { return std::move(root_); }

  void null() { put(Value()); }
  void boolean(bool value) { put(value); }
  void string(std::string_view text) { put(text); }
  void floating(double number) { put(number); }
  void integer(int64_t number) { put(number); }
  void integer(uint64_t number) {
    put(number <= INT64_MAX ? Value(static_cast<int64_t>(number)) : Value(static_cast<double>(number)));
  }

  void begin_object() { open_.push_back({Value(Value::Object{}), std::exchange(key_, {})}); }
  void begin_array() { open_.push_back({Value(Value::Array{}), std::exchange(key_, {})}); }
  void end_object() { close(); }
  void end_array() { close(); }
  void element() {}
  void key(std::string_view text) { key_ = text; }
  void field(std::string_view name) { key_ = name; }
  void uuid(Uuid value) { put(value.str()); }

 private:
  struct Open {
    Value container;
    std::string key;  // under which it will be put into its parent
  };

  void put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Value& parent = open_.back().container;
    if (auto* array = parent.as_array()) {
      array->push_back(std::move(value));
    } else {
      parent.as_object()->emplace_back(std::exchange(key_, {}), std::move(value));
    }
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    key_ = std::move(done.key);
    put(std::move(done.container));
  }

  Value root_;
  std::vector<Open> open_;
  std::string key_;
};

// What an enclosing field or optional says about the value being written.
struct Context {
  bool secret = false;
  bool empty_as_null = true;
};

template <class Sink>
class Walker {
 public:
  Walker(Sink& sink, const JsonStyle& style) : sink_(sink), style_(style) {}

  void value(const TypeInfo& type, const void* at, Context context) {
    switch (type.kind) {
      case Kind::Struct:
        return structure(type.fields(), at, context);
      case Kind::Optional:
        if (const void* inner = type.optional_get(at)) {
          return value(type.element(), inner, {.secret = context.secret, .empty_as_null = false});
        }
        return sink_.null();
      case Kind::Vector:
        return vector(type, at, context);
      case Kind::Map:
        return map(type, at, context);
      case Kind::Value:
        return tree(*static_cast<const Value*>(at), context.secret);
      default:
        if (context.secret && !is_zero(type, at)) return sink_.string(kRedacted);
        return scalar(type, at, context);
    }
  }

  void tree(const Value& value, bool secret) {
    if (const auto* array = value.as_array()) {
      sink_.begin_array();
      for (const Value& element : *array) {
        sink_.element();
        tree(element, secret);
      }
      return sink_.end_array();
    }
    if (const auto* object = value.as_object()) {
      sink_.begin_object();
      for (const auto& [key, member] : *object) {
        sink_.key(key);
        tree(member, secret);
      }
      return sink_.end_object();
    }
    if (value.is_null()) return sink_.null();
    if (secret) return sink_.string(kRedacted);
    if (const auto* text = value.as_string()) return sink_.string(*text);
    if (const auto* number = value.as_int()) return sink_.integer(*number);
    if (const auto* number = value.as_double()) return sink_.floating(*number);
    sink_.boolean(*value.as_bool());
  }

 private:
  void structure(const StructInfo& info, const void* object, Context context) {
    sink_.begin_object();
    for (const Field& field : info.fields) {
      if (field.flag_bits & style_.skip_flags) continue;
      const void* at = field.in(object);
      if (field.has(kOmitEmpty) && is_zero(*field.type, at) && is_zero(*field.type, field.in(info.defaults))) continue;
      sink_.field(field.json);
      value(
          *field.type, at,
          {.secret = context.secret || (style_.redact && field.has(kSecret)), .empty_as_null = !field.has(kEmptyList)});
    }
    sink_.end_object();
  }

  void vector(const TypeInfo& type, const void* at, Context context) {
    const size_t size = type.vector_size(at);
    if (size == 0 && context.empty_as_null) return sink_.null();
    const TypeInfo& element = type.element();
    sink_.begin_array();
    for (size_t i = 0; i < size; ++i) {
      sink_.element();
      value(element, type.vector_at(at, i), {.secret = context.secret});
    }
    sink_.end_array();
  }

  void map(const TypeInfo& type, const void* at, Context context) {
    if (type.map_size(at) == 0 && context.empty_as_null) return sink_.null();
    struct Visit {
      Walker& walker;
      const TypeInfo& element;
      bool secret;
    } visit{*this, type.element(), context.secret};
    sink_.begin_object();
    type.map_visit(at, &visit, [](void* state, const std::string& key, const void* entry) {
      auto& [walker, element, secret] = *static_cast<Visit*>(state);
      walker.sink_.key(key);
      walker.value(element, entry, {.secret = secret});
    });
    sink_.end_object();
  }

  void scalar(const TypeInfo& type, const void* at, Context context) {
    switch (type.kind) {
      case Kind::Bool:
        return sink_.boolean(*static_cast<const bool*>(at));
      case Kind::Int:
      case Kind::Duration:
        return sink_.integer(load_int(type, at));
      case Kind::Uint:
        return sink_.integer(static_cast<uint64_t>(load_int(type, at)));
      case Kind::Float:
        return sink_.floating(*static_cast<const double*>(at));
      case Kind::String:
        return sink_.string(load_text(type, at));
      case Kind::Uuid:
        return sink_.uuid(*static_cast<const Uuid*>(at));
      case Kind::Bytes:
        if (is_zero(type, at) && context.empty_as_null) return sink_.null();
        return sink_.string(scalar_text(type, at));
      default:
        return sink_.string(scalar_text(type, at));
    }
  }

  Sink& sink_;
  const JsonStyle& style_;
};

}  // namespace

void encode(std::string& out, const TypeInfo& type, const void* object, const JsonStyle& style) {
  TextSink sink(out, style.pretty);
  Walker(sink, style).value(type, object, {});
}

Value to_value(const TypeInfo& type, const void* object, const JsonStyle& style) {
  ValueSink sink;
  Walker(sink, style).value(type, object, {});
  return sink.take();
}

std::string dump(const Value& value, const JsonStyle& style) {
  std::string out;
  TextSink sink(out, style.pretty);
  Walker(sink, style).tree(value, false);
  return out;
}

}  // namespace drover::codec
