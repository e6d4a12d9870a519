#include "api/json_indent.h"

namespace drover::api {

void JsonIndenter::append(std::string& out, std::string_view compact) {
  for (const char c : compact) {
    if (in_string_) {
      out += c;
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    const bool closing = c == '}' || c == ']';
    if (closing) --depth_;
    if (just_opened_ != closing) new_line(out);  // neither inside of "{}" nor before anything but an element
    just_opened_ = c == '{' || c == '[';
    out += c;
    if (just_opened_) ++depth_;
    if (c == ',') new_line(out);
    if (c == ':') out += ' ';
    in_string_ = c == '"';
  }
}

void JsonIndenter::new_line(std::string& out) const {
  out += '\n';
  out.append(depth_ * 4, ' ');
}

std::string indent_json(std::string_view compact) {
  std::string out;
  out.reserve(compact.size() * 2);
  JsonIndenter().append(out, compact);
  return out;
}

}  // namespace drover::api
