#include "jobspec/json_locate.h"

#include <set>

#include "base/strings.h"
#include "codec/json.h"

namespace drover::jobspec {
namespace {

// A place in a text that is known to be JSON.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  // The offset of the next value, key or bracket.
  size_t here() {
    skip_space();
    return at_;
  }

  char peek() { return here() < text_.size() ? text_[at_] : '\0'; }

  // Calls `member(key, offset of the key)` for each member of an object; it has to go past the value.
  template <class Member>
  void object(Member member) {
    enter();
    while (peek() == '"') {
      const size_t offset = here();
      const std::string key = string();
      enter();  // the colon
      member(key, offset);
      if (peek() == ',') enter();
    }
    enter();
  }

  // Calls `element(index)` for each element of a list; it has to go past the value.
  template <class Element>
  void array(Element element) {
    enter();
    for (size_t i = 0; peek() != ']' && peek() != '\0'; ++i) {
      element(i);
      if (peek() == ',') enter();
    }
    enter();
  }

  void skip_value() {
    size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (depth > 0 && (c == ',' || c == ':')) {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
      }
    } while (depth > 0 && at_ < text_.size());
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  // Past one character.
  void enter() { at_ = std::min(here() + 1, text_.size()); }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string string() {
    const size_t start = here();
    skip_string();
    const std::string_view token = text_.substr(start, at_ - start);
    if (token.find('\\') == std::string_view::npos) return std::string(token.substr(1, token.size() - 2));
    const auto value = codec::parse_json(token);
    return value && value->as_string() ? *value->as_string() : std::string();
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Looks for known paths; does not look into what none of them is in.
class Locator {
 public:
  Locator(std::string_view text, const std::vector<std::string>& paths) : cursor_(text) {
    for (const std::string& path : paths) {
      for (std::string key = path_key(path); wanted_.insert(key).second && !key.empty();) {
        const size_t dot = key.rfind('.');
        key.resize(dot == std::string::npos ? 0 : dot);
      }
    }
  }

  Offsets take() { return std::move(found_); }

  // Of members of the same name the last one counts.
  void find_root(std::string_view root) {
    if (root.empty() || cursor_.peek() != '{') return value("", cursor_.here());
    cursor_.object([&](const std::string& key, size_t offset) {
      if (!equals_ignore_case(key, root) || cursor_.peek() != '{') return cursor_.skip_value();
      found_.clear();
      value("", offset);
    });
  }

 private:
  void value(const std::string& path, size_t offset) {
    if (!wanted_.contains(path)) return cursor_.skip_value();
    found_[path] = offset;
    const std::string prefix = path.empty() ? path : path + ".";
    if (cursor_.peek() == '{') {
      cursor_.object([&](const std::string& key, size_t at) { value(prefix + path_key(printable(key, 80)), at); });
    } else if (cursor_.peek() == '[') {
      cursor_.array([&](size_t i) { value(prefix + std::to_string(i), cursor_.here()); });
    } else {
      cursor_.skip_value();
    }
  }

  Cursor cursor_;
  std::set<std::string, std::less<>> wanted_;
  Offsets found_;
};

class RepeatedKeys {
 public:
  RepeatedKeys(std::string_view text, size_t limit) : cursor_(text), limit_(limit) { value(""); }

  std::vector<RepeatedKey> take() { return std::move(found_); }

 private:
  void value(const std::string& path) {
    if (cursor_.peek() == '{') {
      std::set<std::string> seen;
      cursor_.object([&](const std::string& key, size_t offset) {
        const std::string here = path.empty() ? printable(key, 80) : path + "." + printable(key, 80);
        if (!seen.insert(key).second && found_.size() < limit_) found_.push_back({here, key, offset});
        value(here);
      });
    } else if (cursor_.peek() == '[') {
      cursor_.array([&](size_t i) { value(fmt::format("{}[{}]", path, i)); });
    } else {
      cursor_.skip_value();
    }
  }

  Cursor cursor_;
  const size_t limit_;
  std::vector<RepeatedKey> found_;
};

}  // namespace

std::string path_key(std::string_view path) {
  std::string key;
  key.reserve(path.size());
  for (const char c : path) {
    if (c == '[') {
      key += '.';
    } else if (c != ']') {
      key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return key;
}

Offsets locate_json(std::string_view text, const std::vector<std::string>& paths, std::string_view root) {
  Locator locator(text, paths);
  locator.find_root(root);
  return locator.take();
}

std::vector<RepeatedKey> repeated_keys(std::string_view text, size_t limit) {
  return RepeatedKeys(text, limit).take();
}

}  // namespace drover::jobspec
