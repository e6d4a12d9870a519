#include "codec/json.h"

#include <cmath>

#include "base/duration.h"
#include "base/strings.h"
#include "base/uuid.h"

namespace drover::codec {
namespace {

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", printable(text, 80));
}

class Decoder {
 public:
  Decoder(Diagnostics& problems, std::string path, const DecodeOptions& options)
      : problems_(problems), path_(std::move(path)), options_(options) {}

  void decode(const Value& value, const TypeInfo& type, void* out) {
    if (value.is_null()) {
      if (type.clear && type.kind != Kind::String) type.clear(out);
      return;
    }
    switch (type.kind) {
      case Kind::Struct:
        return structure(value, type.fields(), out);
      case Kind::Optional:
        return optional(value, type, out);
      case Kind::Vector:
        return vector(value, type, out);
      case Kind::Map:
        return map(value, type, out);
      case Kind::Value:
        *static_cast<Value*>(out) = value;
        return;
      default:
        return scalar(value, type, out);
    }
  }

 private:
  void structure(const Value& value, const StructInfo& info, void* out) {
    const auto* object = value.as_object();
    if (!object) return mismatch("an object", value);
    std::vector<bool> given(info.fields.size());
    for (const auto& [key, member] : *object) {
      const Field* field = info.by_json_ignore_case(key);
      if (!field) {
        if (options_.unknown_keys == DecodeOptions::UnknownKeys::Refuse) unknown_key(key, info);
        continue;
      }
      const auto index = static_cast<size_t>(field - info.fields.data());
      if (given[index]) repeated_key(*field);
      given[index] = true;
      const bool outer_secret = std::exchange(secret_, secret_ || field->has(kSecret));
      const size_t length = enter(field->json);
      decode(member, *field->type, field->in(out));
      path_.resize(length);
      secret_ = outer_secret;
    }
  }

  // The same key in another case: equal keys do not outlive parse_json().
  void repeated_key(const Field& field) {
    const size_t length = enter(field.json);
    problems_.warning(path_, fmt::format("\"{}\" is given more than once, the last one counts", field.json));
    path_.resize(length);
  }

  void unknown_key(const std::string& key, const StructInfo& info) {
    std::vector<std::string> names;
    for (const Field& field : info.fields) names.emplace_back(field.json);
    const auto nearest = nearest_name(key, names);
    problem(
        fmt::format("unknown key {}{}", quoted(key), nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
  }

  // A value that cannot be read leaves the optional absent.
  void optional(const Value& value, const TypeInfo& type, void* out) {
    const size_t before = problems_.error_count();
    decode(value, type.element(), type.optional_emplace(out));
    if (problems_.error_count() != before) type.optional_reset(out);
  }

  void vector(const Value& value, const TypeInfo& type, void* out) {
    const auto* array = value.as_array();
    if (!array) return mismatch("a list", value);
    type.clear(out);
    const TypeInfo& element = type.element();
    for (size_t i = 0; i < array->size(); ++i) {
      const size_t length = path_.size();
      path_ += fmt::format("[{}]", i);
      if ((*array)[i].is_null() && element.kind == Kind::Struct) {
        mismatch("an object", (*array)[i]);
      } else {
        decode((*array)[i], element, type.vector_append(out));
      }
      path_.resize(length);
    }
  }

  void map(const Value& value, const TypeInfo& type, void* out) {
    const auto* object = value.as_object();
    if (!object) return mismatch("an object", value);
    type.clear(out);
    for (const auto& [key, member] : *object) {
      const size_t length = path_.size();
      path_ += fmt::format("[{}]", printable(key, 80));
      decode(member, type.element(), type.map_insert(out, key));
      path_.resize(length);
    }
  }

  void scalar(const Value& value, const TypeInfo& type, void* out) {
    switch (type.kind) {
      case Kind::Bool:
        if (const bool* given = value.as_bool()) {
          *static_cast<bool*>(out) = *given;
          return;
        }
        return mismatch("true or false", value);
      case Kind::Float:
        return floating(value, *static_cast<double*>(out));
      case Kind::String:
        if (const std::string* text = value.as_string()) {
          store_text(type, out, *text);
          return;
        }
        return mismatch("a string", value);
      case Kind::Uuid:
        return uuid(value, *static_cast<Uuid*>(out));
      case Kind::Bytes:
        return bytes(value, *static_cast<Bytes*>(out));
      case Kind::Enum:
        return enumerator(value, type, out);
      case Kind::Duration:
        if (const std::string* text = value.as_string()) return duration(*text, type, out);
        return whole_number(value, type, out, "a duration such as \"30s\" or a number of nanoseconds");
      default:
        return whole_number(value, type, out, "a whole number");
    }
  }

  void whole_number(const Value& value, const TypeInfo& type, void* out, std::string_view expected) {
    // The doubles in [-2^63, 2^63) are those that fit.
    constexpr double kLimit = 9223372036854775808.0;
    int64_t number = 0;
    if (const int64_t* whole = value.as_int()) {
      number = *whole;
    } else if (const double* real = value.as_double(); !real || std::trunc(*real) != *real) {
      return mismatch(expected, value);
    } else if (*real < -kLimit || *real >= kLimit) {
      return out_of_range(value, type);
    } else {
      number = static_cast<int64_t>(*real);
    }
    const int64_t previous = load_int(type, out);
    if (store_int(type, out, number)) return;
    [[maybe_unused]] const bool restored = store_int(type, out, previous);
    out_of_range(value, type);
  }

  void out_of_range(const Value& value, const TypeInfo& type) {
    const bool is_signed = type.kind != Kind::Uint;
    const unsigned bits = type.width * 8u - (is_signed ? 1u : 0u);
    const uint64_t highest = bits >= 63 ? INT64_MAX : (uint64_t{1} << bits) - 1;
    const int64_t lowest = is_signed ? -static_cast<int64_t>(highest) - 1 : 0;
    problem(
        fmt::format("{} is out of range, expected {} to {}", secret_ ? "the number" : dump(value), lowest, highest));
  }

  void floating(const Value& value, double& out) {
    if (const double* real = value.as_double()) {
      out = *real;
    } else if (const int64_t* whole = value.as_int()) {
      out = static_cast<double>(*whole);
    } else {
      mismatch("a number", value);
    }
  }

  void duration(const std::string& text, const TypeInfo& type, void* out) {
    const auto parsed = parse_duration(text);
    if (!parsed) return problem(secret_ ? "invalid duration" : parsed.error().message());
    [[maybe_unused]] const bool fits = store_int(type, out, parsed->count());
  }

  void uuid(const Value& value, Uuid& out) {
    const std::string* text = value.as_string();
    const auto parsed = text && !text->empty() ? Uuid::parse(*text) : std::nullopt;
    if (!text || (!text->empty() && !parsed)) return mismatch("a UUID", value);
    out = parsed.value_or(Uuid());
  }

  void bytes(const Value& value, Bytes& out) {
    const std::string* text = value.as_string();
    auto decoded = text ? base64_decode(replace_all(replace_all(*text, "\n", ""), "\r", "")) : std::nullopt;
    if (!decoded) return mismatch("base64 text", value);
    out.value = std::move(*decoded);
  }

  void enumerator(const Value& value, const TypeInfo& type, void* out) {
    const std::string* text = value.as_string();
    const EnumName* found = text ? enum_by_name(type, *text) : nullptr;
    if (found) {
      [[maybe_unused]] const bool fits = store_int(type, out, found->value);
      return;
    }
    if (text && text->empty()) return;
    std::vector<std::string> names;
    for (const EnumName& entry : type.enum_names) names.push_back(fmt::format("\"{}\"", entry.name));
    mismatch("one of " + join(names, ", "), value);
  }

  // Appends a field's name to the path and returns the length to go back to.
  size_t enter(const char* name) {
    const size_t length = path_.size();
    if (length > 0) path_ += '.';
    path_ += name;
    return length;
  }

  void mismatch(std::string_view expected, const Value& value) {
    std::string got(value.type_name());
    if (value.as_array() || value.as_object()) {
      got = value.as_array() ? "a list" : "an object";
    } else if (!secret_) {
      if (const std::string* text = value.as_string()) {
        got += " " + quoted(*text);
      } else if (!value.is_null()) {
        got += " " + dump(value);
      }
    }
    problem(fmt::format("expected {}, got {}", expected, got));
  }

  void problem(std::string message) { problems_.error(path_, std::move(message)); }

  Diagnostics& problems_;
  std::string path_;
  const DecodeOptions& options_;
  bool secret_ = false;
};

}  // namespace

void decode(const Value& value, const TypeInfo& type, void* out, Diagnostics& problems, std::string path,
            const DecodeOptions& options) {
  Decoder(problems, std::move(path), options).decode(value, type, out);
}

}  // namespace drover::codec
