#include <algorithm>

#include "base/strings.h"
#include "hcl/json.h"
#include "hcl/type.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxShown = 60;

// Order within a set: false, true; numbers by size; strings by bytes; anything else by its JSON; null last.
int rank(const Value& value) {
  return value.is_null() ? 2 : value.is_list() || value.is_object() ? 1 : 0;
}

bool comes_before(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a.is_bool() && b.is_bool()) return !a.as_bool() && b.as_bool();
  if (a.is_number() && b.is_number()) return a.as_number() < b.as_number();
  return a.is_string() && b.is_string() && a.as_string() < b.as_string();
}

Value::List to_set(Value::List list) {
  if (!list.empty() && (list[0].is_list() || list[0].is_object())) {
    std::vector<std::pair<std::string, Value>> keyed;
    for (Value& value : list) {
      std::string key = to_json(value);
      keyed.emplace_back(std::move(key), std::move(value));
    }
    std::ranges::sort(keyed, {},
                      [](const auto& entry) { return std::pair(rank(entry.second), std::string_view(entry.first)); });
    list.clear();
    for (auto& [key, value] : keyed) list.push_back(std::move(value));
  } else {
    std::ranges::sort(list, comes_before);
  }
  const auto rest = std::ranges::unique(list);
  list.erase(rest.begin(), rest.end());
  return list;
}

class Converter {
 public:
  Converter(Budget& budget, const ConvertOptions& options) : budget_(budget), options_(options) {}

  Result<Value> convert(const Value& value, const Type& type) {
    TRY(budget_.charge_steps(1));
    if (value.is_null() || type.kind == Type::Kind::Any) return value;
    switch (type.kind) {
      case Type::Kind::Any:
        return value;
      case Type::Kind::Bool:
        return to_bool_value(value);
      case Type::Kind::Number:
        return to_number_value(value);
      case Type::Kind::String:
        return to_string_value(value);
      case Type::Kind::List:
      case Type::Kind::Set:
        return to_sequence(value, type);
      case Type::Kind::Map:
        return to_map(value, type);
      case Type::Kind::Tuple:
        return to_tuple(value, type);
      case Type::Kind::Object:
        return to_object(value, type);
    }
    return value;
  }

 private:
  std::string found(const Value& value) const {
    if (options_.show_values) return describe(value);
    return fmt::format("a {}", type_name(value.kind()));
  }

  tl::unexpected<Error> fail(std::string message) const {
    return err(ErrorCode::InvalidArgument, "{}{}{}", path_, path_.empty() ? "" : ": ", message);
  }

  tl::unexpected<Error> mismatch(std::string_view expected, const Value& value) const {
    const std::string_view hint = value.is_string() && value.has_verbatim() ? " (only the client knows its value)" : "";
    return fail(fmt::format("expected {}, found {}{}", expected, found(value), hint));
  }

  // Besides the words, 1 and 0 as text.
  Result<Value> to_bool_value(const Value& value) const {
    if (const auto flag = to_bool(value)) return Value(*flag);
    if (value.is_string() && value.as_string() == "1") return Value(true);
    if (value.is_string() && value.as_string() == "0") return Value(false);
    return mismatch("true or false", value);
  }

  Result<Value> to_number_value(const Value& value) const {
    if (const auto number = to_number(value)) return Value(*number);
    return mismatch("a number", value);
  }

  Result<Value> to_string_value(const Value& value) const {
    if (value.is_string()) return value;
    if (auto text = to_text(value)) return Value(std::move(*text));
    return mismatch("a string", value);
  }

  // Stands at a part of the value until the end of its life.
  class At {
   public:
    At(Converter& converter, std::string part) : path_(converter.path_), length_(path_.size()) { path_ += part; }
    ~At() { path_.resize(length_); }
    At(const At&) = delete;

   private:
    std::string& path_;
    const size_t length_;
  };

  static std::string key_part(const std::string& key) { return fmt::format("[\"{}\"]", printable(key, kMaxShown)); }

  // The type of the elements; `any` is what they have in common.
  Result<Type> element_type(const Type& type, const std::vector<const Value*>& elements) {
    if (type.elements[0].kind != Type::Kind::Any) return type.elements[0];
    std::vector<Type> types;
    for (const Value* element : elements) {
      TRY(budget_.charge_steps(element->weight() / 8));
      types.push_back(type_of(*element));
    }
    if (auto common = unify(types)) return std::move(*common);
    return fail(fmt::format("all elements of a {} must be of one type", type.kind == Type::Kind::Map   ? "map"
                                                                        : type.kind == Type::Kind::Set ? "set"
                                                                                                       : "list"));
  }

  Result<Value> to_sequence(const Value& value, const Type& type) {
    if (!value.is_list()) return mismatch(type.kind == Type::Kind::Set ? "a set" : "a list", value);
    std::vector<const Value*> elements;
    for (const Value& element : value.as_list()) elements.push_back(&element);
    TRY_LET(const Type element_type, this->element_type(type, elements));
    Value::List out;
    for (size_t i = 0; i < elements.size(); ++i) {
      const At at(*this, fmt::format("[{}]", i));
      TRY_LET(Value converted, convert(*elements[i], element_type));
      out.push_back(std::move(converted));
    }
    if (type.kind == Type::Kind::Set) out = to_set(std::move(out));
    return Value(std::move(out));
  }

  Result<Value> to_map(const Value& value, const Type& type) {
    if (!value.is_object()) return mismatch("a map", value);
    std::vector<const Value*> elements;
    for (const auto& [key, member] : value.as_object().members()) elements.push_back(&member);
    TRY_LET(const Type element_type, this->element_type(type, elements));
    Object out;
    for (const auto& [key, member] : value.as_object().members()) {
      const At at(*this, key_part(key));
      TRY_LET(Value converted, convert(member, element_type));
      out.set(key, std::move(converted));
    }
    return Value(std::move(out));
  }

  Result<Value> to_tuple(const Value& value, const Type& type) {
    if (!value.is_list()) return mismatch("a list", value);
    const Value::List& list = value.as_list();
    if (list.size() != type.elements.size()) {
      return fail(fmt::format("expected {} elements, found {}", type.elements.size(), list.size()));
    }
    Value::List out;
    for (size_t i = 0; i < list.size(); ++i) {
      const At at(*this, fmt::format("[{}]", i));
      TRY_LET(Value converted, convert(list[i], type.elements[i]));
      out.push_back(std::move(converted));
    }
    return Value(std::move(out));
  }

  Result<Value> to_object(const Value& value, const Type& type) {
    if (!value.is_object()) return mismatch("an object", value);
    Object out;
    for (const Type::Attribute& attribute : type.attributes) {
      const Value* member = value.as_object().find(attribute.name);
      if (!member && !attribute.optional) return missing(attribute.name, value.as_object(), type);
      if (!member || (attribute.optional && member->is_null())) {
        out.set(attribute.name, attribute.default_value);
        continue;
      }
      const At at(*this, "." + attribute.name);
      TRY_LET(Value converted, convert(*member, attribute.type));
      out.set(attribute.name, std::move(converted));
    }
    return Value(std::move(out));
  }

  // Names a member that is likely to be meant.
  tl::unexpected<Error> missing(const std::string& name, const Object& object, const Type& type) const {
    constexpr size_t kMaxCandidates = 100;
    std::vector<std::string> others;
    for (const auto& [key, member] : object.members()) {
      const bool known = std::ranges::binary_search(type.attributes, key, {}, &Type::Attribute::name);
      if (!known && others.size() < kMaxCandidates) others.push_back(key);
    }
    const auto nearest = nearest_name(name, others);
    return fail(fmt::format("attribute \"{}\" is required{}", printable(name, kMaxShown),
                            nearest ? fmt::format(" (there is a \"{}\")", printable(*nearest, kMaxShown)) : ""));
  }

  Budget& budget_;
  const ConvertOptions& options_;
  std::string path_;
};

}  // namespace

Result<Value> convert(const Value& value, const Type& type, Budget& budget, const ConvertOptions& options) {
  return Converter(budget, options).convert(value, type);
}

}  // namespace drover::hcl
