#include "hcl/yaml.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/strings.h"
#include "hcl/json.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxDepth = 100;
constexpr uint64_t kStepsAByte = 3;  // Reading YAML is slow.
constexpr std::string_view kLongTag = "tag:yaml.org,2002:";

// Stops the parser; the handler knows why.
struct Stop {};

template <size_t n>
bool is_one_of(std::string_view text, const std::array<std::string_view, n>& words) {
  return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};

std::optional<Number> read_number(std::string_view text) {
  std::string plain = replace_all(std::string(text), "_", "");
  const std::string_view digits = std::string_view(plain).substr(plain.starts_with('-') || plain.starts_with('+'));
  if (digits.starts_with("0b")) {
    const auto value = Number::parse_integer(digits.substr(2), 2);
    return value && plain.starts_with('-') ? std::optional(-*value) : value;
  }
  return Number::parse(plain);
}

Value read_plain(const std::string& text) {
  if (is_one_of(text, kTrue)) return Value(true);
  if (is_one_of(text, kFalse)) return Value(false);
  if (is_one_of(text, kNull)) return {};
  if (const auto number = read_number(text)) return *number;
  return text;
}

// Builds the value of one document from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Budget& budget) : budget_(budget) {}

  const std::optional<Error>& error() const { return error_; }
  const std::optional<Value>& result() const { return result_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, {}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "an alias within what it stands for");
    add(mark, 0, found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!is_valid_utf8(text)) stop(mark, "the text is not UTF-8");
    add(mark, anchor, scalar(mark, tag, text), tag == "?" && text == "<<");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "seq", anchor, false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "map", anchor, true);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    bool is_map = false;
    Value::List list;
    Object object;
    std::optional<std::string> key;
    bool merges = false;        // The present key is `<<`.
    std::vector<Object> bases;  // What `<<` brought; keys of the map itself win.
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    error_ = Error(ErrorCode::InvalidArgument,
                   fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, message));
    throw Stop{};
  }

  void charge(Status charged) {
    if (charged) return;
    error_ = charged.error();
    throw Stop{};
  }

  Value scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
    if (tag == "?" || tag.empty()) return read_plain(text);
    if (tag == "!") return text;
    const std::string_view name = tag.starts_with(kLongTag) ? std::string_view(tag).substr(kLongTag.size()) : tag;
    if (name == "str" || name == "binary" || name == "timestamp") return text;
    if (name == "null") return {};
    const Value plain = read_plain(text);
    if (name == "bool" && plain.is_bool()) return plain;
    if ((name == "int" || name == "float") && plain.is_number()) return plain;
    stop(mark, fmt::format("\"{}\" is no {}", printable(text, 40), printable(name, 40)));
  }

  void open(const YAML::Mark& mark, const std::string& tag, std::string_view usual, YAML::anchor_t anchor, bool map) {
    const bool known = tag == "?" || tag.empty() || tag == "!" || tag == fmt::format("{}{}", kLongTag, usual);
    if (!known) stop(mark, fmt::format("the tag {} is not known", printable(tag, 40)));
    if (frames_.size() >= kMaxDepth) stop(mark, fmt::format("nested more than {} levels deep", kMaxDepth));
    frames_.push_back({.mark = mark, .anchor = anchor, .is_map = map});
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (!frame.is_map) return add(frame.mark, frame.anchor, std::move(frame.list));
    for (const Object& base : frame.bases) {
      for (const auto& [key, value] : base.members()) {
        if (frame.object.find(key) == nullptr) frame.object.set(key, value);
      }
    }
    add(frame.mark, frame.anchor, std::move(frame.object));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Value value, bool is_merge = false) {
    charge(budget_.charge_value(value));
    if (anchor != 0) anchors_[anchor] = value;
    if (frames_.empty()) {
      result_ = std::move(value);
    } else if (Frame& frame = frames_.back(); !frame.is_map) {
      frame.list.push_back(std::move(value));
    } else if (!frame.key) {
      auto key = to_text(value);
      if (!key) stop(mark, fmt::format("a key must be a string, found {}", describe(value)));
      frame.key = std::move(*key);
      frame.merges = is_merge;
    } else if (frame.merges) {
      merge(mark, frame, value);
      frame.key.reset();
    } else {
      frame.object.set(std::move(*frame.key), std::move(value));
      frame.key.reset();
    }
  }

  void merge(const YAML::Mark& mark, Frame& frame, const Value& value) {
    const Value::List list = value.is_list() ? value.as_list() : Value::List{value};
    for (const Value& base : list) {
      if (!base.is_object()) stop(mark, fmt::format("\"<<\" needs an object, found {}", describe(base)));
      charge(budget_.charge_value(base));
      frame.bases.push_back(base.as_object());
    }
  }

  Budget& budget_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::optional<Value> result_;
  std::optional<Error> error_;
};

void append(const Value& value, size_t indent, std::string& out);

void append_line_start(size_t indent, std::string& out) {
  if (!out.empty() && out.back() != '\n') out += '\n';
  out.append(indent, ' ');
}

// After `key:` or `-`: a scalar on the same line, anything else below.
void append_nested(const Value& value, size_t indent, std::string& out) {
  const bool is_block =
      (value.is_list() && !value.as_list().empty()) || (value.is_object() && !value.as_object().empty());
  if (!is_block) out += ' ';
  append(value, indent, out);
}

void append(const Value& value, size_t indent, std::string& out) {
  if (value.is_list() && !value.as_list().empty()) {
    for (const Value& item : value.as_list()) {
      append_line_start(indent, out);
      out += '-';
      append_nested(item, indent + 2, out);
    }
  } else if (value.is_object() && !value.as_object().empty()) {
    for (const Object::Member* member : value.as_object().sorted()) {
      append_line_start(indent, out);
      out += to_json(Value(member->first)) + ":";
      append_nested(member->second, indent + 2, out);
    }
  } else {
    out += to_json(value);
  }
}

}  // namespace

Result<Value> from_yaml(std::string_view text, Budget& budget) {
  TRY(budget.charge_steps(text.size() * kStepsAByte));
  Builder builder(budget);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    const bool any = parser.HandleNextDocument(builder);
    if (!any || !builder.result()) return Value();
    Value result = *builder.result();
    if (parser.HandleNextDocument(builder))
      return err(ErrorCode::InvalidArgument, "bad YAML: only one document is allowed");
    return result;
  } catch (const Stop&) {
    if (budget.exhausted()) return err(*builder.error());
    return err(ErrorCode::InvalidArgument, "bad YAML: {}", builder.error()->message());
  } catch (const YAML::Exception& e) {
    return err(ErrorCode::InvalidArgument, "bad YAML: line {}, column {}: {}", e.mark.line + 1, e.mark.column + 1,
               printable(e.msg, 100));
  }
}

std::string to_yaml(const Value& value) {
  std::string out;
  append(value, 0, out);
  out += '\n';
  return out;
}

}  // namespace drover::hcl
