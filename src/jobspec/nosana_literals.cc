#include "jobspec/nosana_literals.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using Kind = NosanaLiteral::Kind;

constexpr size_t kMaxExpanded = size_t{4} << 20;
constexpr codec::JsonLimits kJsonLimits = {.max_depth = 64, .max_bytes = kMaxExpanded};

bool is_path(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

// What stands between two "%%".
NosanaLiteral classify(std::string_view inner) {
  NosanaLiteral literal{.text = fmt::format("%%{}%%", inner)};
  const bool ops = inner.starts_with("ops.");
  const bool globals = inner.starts_with("globals.");
  if (!ops && !globals && !inner.starts_with("global.")) return literal;
  const std::string_view rest = inner.substr(inner.find('.') + 1);
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos) {
    if (ops || !is_path(rest)) return literal;
    literal.kind = Kind::Global;
    literal.path = rest;
    return literal;
  }
  if (globals || dot == 0 || !is_path(rest.substr(dot + 1))) return literal;
  const std::string_view head = rest.substr(0, dot);
  if (head == "variables") {
    literal.kind = Kind::Variable;
    literal.path = rest.substr(dot + 1);
  } else if (ops) {
    literal.kind = Kind::Operation;
    literal.op = head;
    literal.path = rest.substr(dot + 1);
  } else {
    literal.kind = Kind::Global;
    literal.path = rest;
  }
  return literal;
}

// "%%SECRETS.x%%": somebody means a literal; "100%% sure, 50%%" is only text.
bool looks_meant(std::string_view inner) {
  return inner.find('.') != std::string_view::npos && is_path(inner);
}

bool is_operator(std::string_view text) {
  return text == kSpread || text == kPairs || text == kRemoveIfEmpty;
}

bool is_live(const NosanaLiteral& literal) {
  return literal.kind != Kind::Malformed;
}

bool has_literal(std::string_view text) {
  return std::ranges::any_of(find_literals(text), is_live);
}

// The JSON list or object that a text is, or else the text itself.
Value parsed(const std::string& text) {
  if (!text.starts_with('[') && !text.starts_with('{')) return text;
  auto value = codec::parse_json(text, kJsonLimits);
  return value ? std::move(*value) : Value(text);
}

std::string piece_text(const Value& piece) {
  if (piece.is_null()) return {};
  return piece.as_string() ? *piece.as_string() : codec::dump(piece);
}

class Interpolation {
 public:
  explicit Interpolation(const LiteralContext& context) : context_(context) {}

  Result<Value> args(const Value& args) {
    if (!args.as_object()) return err(ErrorCode::InvalidArgument, "arguments must be an object");
    Value::Object out;
    for (const auto& [key, value] : *args.as_object()) {
      TRY_LET(Value done, expand(value));
      if (key == "env") stringify_members(done);
      if (drop_markers(done)) out.emplace_back(key, std::move(done));
    }
    return Value(std::move(out));
  }

 private:
  using Pieces = Value::Array;  // strings, and nulls for groups that did not match

  Result<Value> expand(const Value& value) {
    if (const std::string* text = value.as_string()) return expand_text(*text);
    if (const auto* list = value.as_array()) return expand_list(*list);
    if (const auto* object = value.as_object()) return expand_object(*object);
    return value;
  }

  Result<Value> expand_text(const std::string& text) {
    const std::vector<NosanaLiteral> literals = find_literals(text);
    if (is_one_literal(literals, text)) {
      TRY_LET(const Pieces pieces, resolve(literals.front()));
      return parsed(joined(pieces, " "));
    }
    std::string out;
    size_t done = 0;
    for (const NosanaLiteral& literal : literals) {
      if (!is_live(literal)) continue;
      TRY_LET(const Pieces pieces, resolve(literal));
      out += text.substr(done, literal.offset - done) + joined(pieces, " ");
      done = literal.offset + literal.text.size();
      if (out.size() > kMaxExpanded) return too_large();
    }
    return Value(out + text.substr(done));
  }

  Result<Value> expand_list(const Value::Array& list) {
    Value::Array out;
    for (const Value& element : list) {
      if (element.find(kSpread)) {
        TRY_LET(const Value spread, operand(kSpread, *element.find(kSpread), is_chunked(element)));
        append(out, spread);
        continue;
      }
      const std::string* text = element.as_string();
      const std::vector<NosanaLiteral> literals = text ? find_literals(*text) : std::vector<NosanaLiteral>();
      if (text && is_one_literal(literals, *text)) {
        TRY_LET(const Pieces pieces, resolve(literals.front()));
        for (const Value& piece : pieces) append(out, parsed(piece_text(piece)));
        continue;
      }
      TRY_LET(Value done, expand(element));
      out.push_back(std::move(done));
    }
    return Value(std::move(out));
  }

  Result<Value> expand_object(const Value::Object& object) {
    Value out = Value::Object{};
    const auto member = [&](std::string_view name) { return std::ranges::find(object, name, &Value::Member::first); };
    const bool spreads = member(kSpread) != object.end();
    const auto chunked = member("chunked");
    for (const auto& [key, value] : object) {
      if (key == kSpread || key == kPairs) {
        TRY_LET(const Value given, operand(key, value, chunked != object.end() && chunked->second == Value(true)));
        TRY(key == kSpread ? merge(out, given) : merge_pairs(out, given));
      } else if (!spreads || key != "chunked" || !value.as_bool()) {
        TRY_LET(Value done, expand(value));
        out.set(key, std::move(done));
      }
    }
    return out;
  }

  static bool is_one_literal(const std::vector<NosanaLiteral>& literals, const std::string& text) {
    return literals.size() == 1 && is_live(literals[0]) && literals[0].text.size() == text.size();
  }

  static bool is_chunked(const Value& marker) {
    const Value* chunked = marker.find("chunked");
    return chunked && *chunked == Value(true);
  }

  static void append(Value::Array& out, const Value& value) {
    if (const auto* list = value.as_array()) {
      out.insert(out.end(), list->begin(), list->end());
    } else {
      out.push_back(value);
    }
  }

  static std::string joined(const Pieces& pieces, std::string_view separator) {
    std::string out;
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (i > 0) out += separator;
      out += piece_text(pieces[i]);
    }
    return out;
  }

  // The JSON that an operator is applied to. No value at all is an empty list.
  Result<Value> operand(std::string_view name, const Value& value, bool chunked) {
    const std::string* text = value.as_string();
    if (!text) return value;
    const std::vector<NosanaLiteral> literals = find_literals(*text);
    if (!is_one_literal(literals, *text)) {
      TRY_LET(const Value done, expand_text(*text));
      return operand_json(name, piece_text(done));
    }
    TRY_LET(const Pieces pieces, resolve(literals.front()));
    if (pieces.empty()) return Value(Value::Array());
    if (chunked || pieces.size() == 1) return operand_json(name, joined(pieces, ""));
    Value::Array all;
    for (const Value& piece : pieces) {
      TRY_LET(const Value part, operand_json(name, piece_text(piece)));
      append(all, part);
    }
    return Value(std::move(all));
  }

  static Result<Value> operand_json(std::string_view name, const std::string& text) {
    auto value = codec::parse_json(text, kJsonLimits);
    if (!value) {
      return err(ErrorCode::InvalidArgument, "{} is not valid JSON: {}: {}", name, printable(text, 80),
                 value.error().message());
    }
    return std::move(*value);
  }

  static Status merge(Value& out, const Value& given) {
    if (const auto* list = given.as_array()) {
      for (const Value& element : *list) TRY(merge(out, element));
      return Ok{};
    }
    if (!given.as_object()) {
      return err(ErrorCode::InvalidArgument, "{} needs an object, not {}", kSpread, given.type_name());
    }
    for (const auto& [key, value] : *given.as_object()) out.set(key, value);
    return Ok{};
  }

  static Status merge_pairs(Value& out, const Value& given) {
    const auto* pairs = given.as_array();
    if (!pairs) return err(ErrorCode::InvalidArgument, "{} needs a list, not {}", kPairs, given.type_name());
    for (const Value& pair : *pairs) {
      const Value* key = pair.find("key");
      const Value* value = pair.find("value");
      if (!key || !key->as_string() || !value) {
        return err(ErrorCode::InvalidArgument, "{} needs objects with \"key\" and \"value\"", kPairs);
      }
      out.set(*key->as_string(), *value);
    }
    return Ok{};
  }

  Result<Pieces> resolve(const NosanaLiteral& literal) {
    const Value* value = nullptr;
    Value holder;
    if (literal.kind == Kind::Operation) {
      value = of_operation(literal, holder);
    } else {
      const auto& known = literal.kind == Kind::Variable ? context_.variables : context_.globals;
      const auto it = known.find(literal.path);
      if (it != known.end() && !it->second.empty()) value = &(holder = it->second);
    }
    if (!value) return unresolved(literal);
    Pieces pieces = value->as_array() ? *value->as_array() : Pieces{*value};
    for (const Value& piece : pieces) bytes_ += piece_text(piece).size();
    if (bytes_ > kMaxExpanded) return too_large();
    return pieces;
  }

  // What "ops.<op>.<path>" stands for; `holder` keeps it where the context has no Value.
  const Value* of_operation(const NosanaLiteral& literal, Value& holder) const {
    const auto it = context_.operations.find(literal.op);
    if (it == context_.operations.end()) return nullptr;
    const LiteralContext::Operation& op = it->second;
    const std::string_view path = literal.path;
    constexpr std::string_view kResults = "results.";
    constexpr std::string_view kEndpoint = "endpoint.";
    if (path.starts_with(kResults)) return op.results.find(path.substr(kResults.size()));
    std::string text;
    if (path == "host") text = op.host;
    if (path == "deployment_endpoint") text = op.deployment_endpoint;
    if (path.starts_with(kEndpoint)) {
      const auto endpoint = op.endpoints.find(path.substr(kEndpoint.size()));
      if (endpoint != op.endpoints.end()) text = endpoint->second;
    }
    if (text.empty()) return nullptr;
    holder = text;
    return &holder;
  }

  static tl::unexpected<Error> unresolved(const NosanaLiteral& literal) {
    if (literal.kind == Kind::Operation) {
      return err(ErrorCode::NotFound, "Unresolved literal: \"{}\" (opId=\"{}\", path=\"{}\")", literal.text, literal.op,
                 literal.path);
    }
    return err(ErrorCode::NotFound, "Unresolved literal: \"{}\" (key=\"{}{}\")", literal.text,
               literal.kind == Kind::Variable ? "variables." : "", literal.path);
  }

  static tl::unexpected<Error> too_large() {
    return err(ErrorCode::ResourceExhausted, "the arguments have more than {} bytes once their literals are replaced",
               kMaxExpanded);
  }

  static void stringify_members(Value& env) {
    if (!env.as_object()) return;
    for (auto& [name, value] : *env.as_object()) value = piece_text(value);
  }

  // Whether there is still something of an argument.
  static bool drop_markers(Value& value) {
    auto* list = value.as_array();
    if (!list || std::erase(*list, Value(kRemoveIfEmpty)) == 0) return true;
    return !list->empty();
  }

  const LiteralContext& context_;
  size_t bytes_ = 0;
};

}  // namespace

std::vector<NosanaLiteral> find_literals(std::string_view text) {
  std::vector<NosanaLiteral> out;
  size_t open = text.find("%%");
  while (open != std::string_view::npos) {
    const size_t close = text.find("%%", open + 2);
    if (close == std::string_view::npos) break;
    const std::string_view inner = text.substr(open + 2, close - open - 2);
    NosanaLiteral literal = classify(inner);
    literal.offset = open;
    const bool live = is_live(literal);
    if (live || looks_meant(inner)) out.push_back(std::move(literal));
    open = live ? text.find("%%", close + 2) : close;
  }
  return out;
}

bool uses_literals(const Value& value) {
  if (const std::string* text = value.as_string()) return is_operator(*text) || has_literal(*text);
  if (const auto* list = value.as_array()) return std::ranges::any_of(*list, uses_literals);
  const auto* object = value.as_object();
  return object && std::ranges::any_of(*object, [](const Value::Member& member) {
           return is_operator(member.first) || uses_literals(member.second);
         });
}

Result<Value> interpolate(const Value& args, const LiteralContext& context) {
  return Interpolation(context).args(args);
}

}  // namespace drover::jobspec
