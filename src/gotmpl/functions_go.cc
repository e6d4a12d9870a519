#include <algorithm>
#include <array>

#include "gotmpl/functions.h"
#include "gotmpl/go_format.h"
#include "gotmpl/unicode.h"

// The functions of Go's text/template.
namespace drover::gotmpl {
namespace {

using Kind = Value::Kind;

// Position `index` in something of that size; the end itself is a position when slicing.
Result<size_t> position(const Value& index, size_t size, std::string_view what) {
  if (index.is_nil()) return bad_call("cannot {} slice/array with nil", what);
  if (!index.is_integer()) return bad_call("cannot {} slice/array with type {}", what, index.type_name());
  const bool negative = index.kind() == Kind::Int && index.integer() < 0;
  const uint64_t n = index.kind() == Kind::Int ? static_cast<uint64_t>(index.integer()) : index.natural();
  if (!negative && n <= size) return n;
  return index.kind() == Kind::Int ? bad_call("index out of range: {}", index.integer())
                                   : bad_call("index out of range: {}", n);
}

Result<Value> index_once(const Value& item, const Value& index) {
  if (item.is_nil()) return bad_call("index of nil pointer");
  if (const Map* map = item.as_map()) {
    if (index.is_nil()) return bad_call("value is nil; should be of type string");
    if (!index.is_string()) return bad_call("value has type {}; should be string", index.type_name());
    const auto found = map->items.find(index.text());
    if (found != map->items.end()) return found->second;
    return map->of_strings ? Value("") : Value::nil();
  }
  const List* list = item.as_list();
  if (list == nullptr && !item.is_string()) return bad_call("can't index item of type {}", item.type_name());
  TRY_LET(const size_t at, position(index, item.size(), "index"));
  if (at >= item.size()) return bad_call("index out of range: {}", at);
  if (list != nullptr) return list->items[at];
  return Value(static_cast<uint64_t>(static_cast<unsigned char>(item.text()[at])));
}

Result<Value> index(Call& call) {
  if (call.args[0].is_nil()) return bad_call("index of untyped nil");
  Value item = call.args[0];
  for (size_t i = 1; i < call.args.size(); ++i) {
    TRY_LET(Value next, index_once(item, call.args[i]));
    item = std::move(next);
  }
  return item;
}

Result<Value> slice(Call& call) {
  const Value& item = call.args[0];
  if (item.is_nil()) return bad_call("slice of untyped nil");
  if (call.args.size() > 4) return bad_call("too many slice indexes: {}", call.args.size() - 1);
  const List* list = item.as_list();
  if (list == nullptr && !item.is_string()) return bad_call("can't slice item of type {}", item.type_name());
  if (list == nullptr && call.args.size() == 4) return bad_call("cannot 3-index slice a string");
  std::array<size_t, 3> at = {0, item.size(), item.size()};
  for (size_t i = 1; i < call.args.size(); ++i) {
    TRY_LET(at[i - 1], position(call.args[i], item.size(), "index"));
  }
  for (size_t i = 0; i + 1 < at.size(); ++i) {
    if (at[i] > at[i + 1]) return bad_call("invalid slice index: {} > {}", at[i], at[i + 1]);
  }
  if (list == nullptr) return call.meter().text(item.text().substr(at[0], at[1] - at[0]));
  const auto begin = list->items.begin();
  return call.meter().list({begin + static_cast<ptrdiff_t>(at[0]), begin + static_cast<ptrdiff_t>(at[1])});
}

Result<Value> len(Call& call) {
  const Value& item = call.args[0];
  if (item.is_nil()) return bad_call("len of nil pointer");
  if (item.kind() == Kind::Loop) return Value(0);
  if (item.is_string() || item.as_list() != nullptr || item.as_map() != nullptr) {
    return Value(static_cast<int64_t>(item.size()));
  }
  return bad_call("len of type {}", item.type_name());
}

Result<Value> call_function(Call& call) {
  if (call.args[0].is_nil()) return bad_call("call of nil");
  return bad_call("non-function of type {}", call.args[0].type_name());
}

Result<Value> logical_not(Call& call) {
  return Value(!call.args[0].truth());
}

constexpr std::string_view kIncompatible = "incompatible types for comparison";
constexpr std::string_view kInvalid = "invalid type for comparison";

bool is_basic(const Value& value) {
  return value.kind() == Kind::Bool || value.is_number() || value.is_string();
}

// -1, 0 or 1; nothing for two of different kinds. Integers compare whatever their sign.
std::optional<int> compare(const Value& a, const Value& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.kind() == Kind::Int && b.kind() == Kind::Uint) {
    return a.integer() < 0 ? -1 : order(static_cast<uint64_t>(a.integer()), b.natural());
  }
  if (a.kind() == Kind::Uint && b.kind() == Kind::Int) {
    return b.integer() < 0 ? 1 : order(a.natural(), static_cast<uint64_t>(b.integer()));
  }
  if (a.kind() != b.kind()) return std::nullopt;
  if (a.kind() == Kind::Int) return order(a.integer(), b.integer());
  if (a.kind() == Kind::Uint) return order(a.natural(), b.natural());
  if (a.kind() == Kind::String) return order(a.text(), b.text());
  if (a.kind() == Kind::Bool) return order(a.boolean(), b.boolean());
  return std::nullopt;
}

Result<bool> equal(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (a.kind() == Kind::Float && b.kind() == Kind::Float) return a.real() == b.real();
  if (const auto order = compare(a, b)) return *order == 0;
  if (is_basic(a) || is_basic(b)) return bad_call("{}", kIncompatible);
  return bad_call("non-comparable type {}", b.type_name());
}

Result<Value> eq(Call& call) {
  if (call.args.size() < 2) return bad_call("missing argument for comparison");
  for (size_t i = 1; i < call.args.size(); ++i) {
    if (call.args[0].is_string()) TRY(call.meter().steps(call.args[0].size() / 64));
    TRY_LET(const bool same, equal(call.args[0], call.args[i]));
    if (same) return Value(true);
  }
  return Value(false);
}

Result<Value> ne(Call& call) {
  TRY_LET(const bool same, equal(call.args[0], call.args[1]));
  return Value(!same);
}

Result<bool> less(const Value& a, const Value& b) {
  if (!is_basic(a) || !is_basic(b)) return bad_call("{}", kInvalid);
  if (a.kind() == Kind::Float && b.kind() == Kind::Float) return a.real() < b.real();
  if (a.kind() == Kind::Bool && b.kind() == Kind::Bool) return bad_call("{}", kInvalid);
  const auto order = compare(a, b);
  if (!order) return bad_call("{}", kIncompatible);
  return *order < 0;
}

Result<bool> less_or_equal(const Value& a, const Value& b) {
  TRY_LET(const bool is_less, less(a, b));
  return is_less ? Result<bool>(true) : equal(a, b);
}

Result<Value> lt(Call& call) {
  TRY_LET(const bool yes, less(call.args[0], call.args[1]));
  return Value(yes);
}

Result<Value> le(Call& call) {
  TRY_LET(const bool yes, less_or_equal(call.args[0], call.args[1]));
  return Value(yes);
}

Result<Value> gt(Call& call) {
  TRY_LET(const bool no, less_or_equal(call.args[0], call.args[1]));
  return Value(!no);
}

Result<Value> ge(Call& call) {
  TRY_LET(const bool no, less(call.args[0], call.args[1]));
  return Value(!no);
}

Result<Value> print(Call& call) {
  return sprint(call.args, call.meter());
}

Result<Value> println(Call& call) {
  return sprintln(call.args, call.meter());
}

Result<Value> printf(Call& call) {
  return sprintf(call.text(0), std::span<const Value>(call.args).subspan(1), call.meter());
}

// What escapers work on: what print shows, with nothing shown as an action shows it.
Result<std::string> joined(Call& call) {
  for (Value& arg : call.args) {
    if (arg.is_nil()) arg = "<no value>";
  }
  TRY_LET(const Value text, sprint(call.args, call.meter()));
  return text.text();
}

Result<Value> html(Call& call) {
  TRY_LET(const std::string text, joined(call));
  TextBuilder out(call.meter());
  for (const char c : text) {
    constexpr std::string_view kSpecial("\0\"'&<>", 6);
    constexpr std::string_view kEscapes[] = {"\xEF\xBF\xBD", "&#34;", "&#39;", "&amp;", "&lt;", "&gt;"};
    const size_t at = kSpecial.find(c);
    out.append(at != std::string_view::npos ? kEscapes[at] : std::string_view(&c, 1));
  }
  return out.value();
}

Result<Value> js(Call& call) {
  TRY_LET(const std::string text, joined(call));
  TextBuilder out(call.meter());
  for (std::string_view rest = text; !rest.empty();) {
    const Rune rune = decode_rune(rest);
    const std::string_view here = rest.substr(0, rune.size);
    rest.remove_prefix(rune.size);
    if (rune.code == '\\' || rune.code == '\'' || rune.code == '"') {
      out.append('\\');
      out.append(here);
    } else if (rune.code < ' ' ||
               std::string_view("<>&=").find(static_cast<char>(rune.code)) != std::string_view::npos) {
      out.append(rune.code < 0x80 ? fmt::format("\\u{:04X}", rune.code) : std::string(here));
    } else if (rune.code < 0x80 || (rune.valid && is_printable(rune.code))) {
      out.append(here);
    } else {
      out.append(fmt::format("\\u{:04X}", rune.code));
    }
  }
  return out.value();
}

Result<Value> urlquery(Call& call) {
  TRY_LET(const std::string text, joined(call));
  TextBuilder out(call.meter());
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain || c == ' ') {
      out.append(c == ' ' ? '+' : c);
    } else {
      out.append(fmt::format("%{:02X}", static_cast<unsigned char>(c)));
    }
  }
  return out.value();
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"and", "aa*", nullptr, Function::Special::And},
    {"or", "aa*", nullptr, Function::Special::Or},
    {"not", "a", logical_not},
    {"eq", "aa*", eq},
    {"ne", "aa", ne},
    {"lt", "aa", lt},
    {"le", "aa", le},
    {"gt", "aa", gt},
    {"ge", "aa", ge},
    {"index", "aa*", index},
    {"slice", "aa*", slice},
    {"len", "a", len},
    {"call", "aa*", call_function},
    {"print", "a*", print},
    {"println", "a*", println},
    {"printf", "sa*", printf},
    {"html", "a*", html},
    {"js", "a*", js},
    {"urlquery", "a*", urlquery},
});

}  // namespace

std::span<const Function> go_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
