#include "hcl/write.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"
#include "hcl/format.h"
#include "hcl/lexer.h"

namespace drover::hcl {
namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (is_control(c)) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      } else {
        out += c;
      }
  }
}

// The root of a text that begins with `${root.name.…}`, or nothing if it begins otherwise.
std::string_view reference_root(std::string_view text) {
  text.remove_prefix(2);
  std::string_view root;
  for (;;) {
    const size_t end = static_cast<size_t>(
        std::ranges::find_if_not(text, [](char c) { return is_ascii(c) && is_identifier_part(c); }) - text.begin());
    if (end == 0 || !is_identifier_start(text[0]) || end == text.size()) return {};
    if (root.empty()) root = text.substr(0, end);
    if (text[end] == '}') return root;
    if (text[end] != '.') return {};
    text.remove_prefix(end + 1);
  }
}

// The text of a template that evaluates to `text`: literal characters go through `append`.
template <class Append>
void append_template(std::string& out, std::string_view text, IsClientRoot is_client_root, Append append) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool opens = (text[i] == '$' || text[i] == '%') && i + 1 < text.size() && text[i + 1] == '{';
    if (opens) {
      // After another `$` the reference would be read as escaped.
      const bool escaped = i > 0 && text[i - 1] == text[i];
      const std::string_view root = text[i] == '$' && !escaped ? reference_root(text.substr(i)) : "";
      if (root.empty() || is_client_root == nullptr || !is_client_root(root)) out += text[i];
    }
    append(out, text[i]);
  }
}

// Lines that a heredoc holds as they are.
bool fits_heredoc(std::string_view text) {
  if (!text.ends_with('\n') || std::ranges::count(text, '\n') < 2) return false;
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\n' && c != '\t'; });
}

std::string heredoc_marker(const std::string& text) {
  std::string marker = "EOH";
  const std::vector<std::string> lines = split(text, '\n');
  const auto taken = [&] {
    return std::ranges::any_of(lines, [&](const std::string& line) { return trim(line) == marker; });
  };
  for (int n = 2; taken(); ++n) marker = fmt::format("EOH{}", n);
  return marker;
}

// A label, or the name of an argument: `${` has no meaning there.
std::string plain_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) append_escaped(out, c);
  return out + '"';
}

}  // namespace

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kWords[] = {"for", "in", "if", "true", "false", "null", "dynamic"};
  if (name.empty() || !is_identifier_start(name[0]) || std::ranges::find(kWords, name) != std::end(kWords)) {
    return false;
  }
  return std::ranges::all_of(name, [](char c) { return is_ascii(c) && is_identifier_part(c); });
}

std::string quoted(std::string_view text, IsClientRoot is_client_root) {
  std::string out = "\"";
  append_template(out, text, is_client_root, append_escaped);
  return out + '"';
}

void Writer::attribute(std::string_view name, const Value& value) {
  blank_line_before(Last::Attribute);
  out_ += is_plain_name(name) ? std::string(name) : plain_string(name);
  out_ += " = ";
  if (value.is_string() && fits_heredoc(value.as_string())) {
    const std::string marker = heredoc_marker(value.as_string());
    out_ += "<<" + marker + "\n";
    append_template(out_, value.as_string(), is_client_root_, [](std::string& out, char c) { out += c; });
    out_ += marker;
  } else {
    append(value);
  }
  out_ += '\n';
}

void Writer::open(std::string_view type, const std::vector<std::string>& labels) {
  blank_line_before(Last::Block);
  out_ += is_plain_name(type) ? std::string(type) : plain_string(type);
  for (const std::string& label : labels) out_ += ' ' + plain_string(label);
  out_ += " {\n";
  last_ = Last::Opening;
  ++depth_;
}

void Writer::close() {
  CHECK(depth_ > 0, "no block is open");
  --depth_;
  if (last_ == Last::Opening) out_.pop_back();
  out_ += "}\n";
  last_ = Last::Block;
}

std::string Writer::finish() {
  CHECK(depth_ == 0, "a block is open");
  auto laid_out = format(out_, "written");
  CHECK(laid_out, "what was written can be read");
  out_.clear();
  last_ = Last::Opening;
  return std::move(*laid_out);
}

// Blocks stand apart.
void Writer::blank_line_before(Last next) {
  if (last_ == Last::Block || (last_ == Last::Attribute && next == Last::Block)) out_ += '\n';
  last_ = next;
}

void Writer::append(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Null:
      out_ += "null";
      break;
    case Value::Kind::Bool:
      out_ += value.as_bool() ? "true" : "false";
      break;
    case Value::Kind::Number:
      out_ += value.as_number().to_string();
      break;
    case Value::Kind::String:
      out_ += quoted(value.as_string(), is_client_root_);
      break;
    case Value::Kind::List:
      append_list(value.as_list());
      break;
    case Value::Kind::Object:
      append_object(value.as_object());
      break;
  }
}

// On one line if it is short and simple.
void Writer::append_list(const Value::List& list) {
  constexpr size_t kLineWidth = 90;
  const size_t begin = out_.size();
  const auto append_all = [&](std::string_view open, std::string_view between, std::string_view end) {
    out_ += open;
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += between;
      append(list[i]);
    }
    out_ += end;
  };
  append_all("[", ", ", "]");
  const bool simple = std::ranges::none_of(list, [](const Value& v) { return v.is_list() || v.is_object(); });
  if (list.empty() || (simple && out_.size() - begin <= kLineWidth)) return;
  out_.resize(begin);
  append_all("[\n", ",\n", ",\n]");
}

void Writer::append_object(const Object& object) {
  out_ += object.empty() ? "{" : "{\n";
  for (const auto& [key, value] : object.members()) {
    out_ += is_plain_name(key) ? key : quoted(key, nullptr);
    out_ += " = ";
    append(value);
    out_ += '\n';
  }
  out_ += '}';
}

}  // namespace drover::hcl
