#include "jobspec/yaml.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/strings.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr size_t kMaxPlaces = 20'000;
constexpr size_t kMaxPath = 300;
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

Error error_at(const YAML::Mark& mark, std::string_view message) {
  return {ErrorCode::InvalidArgument, fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, message)};
}

// The value of a scalar with a tag; nothing if it does not fit.
std::optional<Value> tagged_scalar(std::string_view tag, const std::string& text) {
  if (tag == "!") return text;
  Value value = yaml_scalar(text);
  if (tag == "?") return value;
  if (!tag.starts_with(kTagPrefix)) return std::nullopt;
  const std::string_view name = tag.substr(kTagPrefix.size());
  if (name == "str") return text;
  if (name == "float" && value.as_int()) return static_cast<double>(*value.as_int());
  const bool fits = (name == "int" && value.as_int()) || (name == "float" && value.as_double()) ||
                    (name == "bool" && value.as_bool()) || (name == "null" && value.is_null());
  return fits ? std::optional(std::move(value)) : std::nullopt;
}

// Makes values of the parser's events. After the first problem it ignores the rest.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  // The document, once the parser is done.
  Result<YamlDocument> take() {
    if (error_) return err(*error_);
    return std::move(document_);
  }

  bool failed() const { return error_.has_value(); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail(mark, "a second document starts, only one is allowed");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, "?", anchor, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    scalar(mark, tag, anchor, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, "seq", {.node = {.value = Value::Array()}, .anchor = anchor, .mark = mark});
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, "map", {.node = {.value = Value::Object()}, .anchor = anchor, .mark = mark});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;

 private:
  // A finished value and what a copy of it costs.
  struct Node {
    Value value;
    size_t nodes = 1;
    size_t text = 0;
    uint32_t depth = 1;
  };
  // A list or map that has begun.
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    size_t path = 0;  // how much of path_ leads here
    std::optional<std::string> key;
    bool merges = false;         // the key is a plain "<<"
    std::set<std::string> keys;  // that were written
    Value::Object merged;        // what stands behind the written ones
  };

  void fail(const YAML::Mark& mark, std::string_view message) {
    if (!error_) error_ = error_at(mark, message);
  }
  bool wants_key() const { return !stack_.empty() && stack_.back().node.value.as_object() && !stack_.back().key; }

  void scalar(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor, const std::string& text);
  void key(const YAML::Mark& mark, const std::string& text, bool plain);
  void open(const YAML::Mark& mark, const std::string& tag, std::string_view kind, Frame frame);
  void close();
  bool spend(const YAML::Mark& mark, const Node& node);
  void attach(const YAML::Mark& mark, Node node);
  void merge(const YAML::Mark& mark, const Value& value);
  void step(const YAML::Mark& mark);

  const YamlLimits limits_;
  YamlDocument document_;
  std::optional<Error> error_;
  int documents_ = 0;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Node> anchors_;  // of finished values
  std::string path_;                        // of what was begun last
  size_t nodes_ = 0;
  size_t text_ = 0;
};

void Builder::scalar(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor, const std::string& text) {
  if (error_) return;
  Node node{.text = text.size()};
  if (wants_key()) {
    node.value = text;
    if (anchor != 0) anchors_[anchor] = std::move(node);
    return key(mark, text, tag == "?");
  }
  std::optional<Value> value = tagged_scalar(tag, text);
  if (!value) return fail(mark, fmt::format("\"{}\" is not a \"{}\"", printable(text, 80), printable(tag, 80)));
  if (value->as_double() && !std::isfinite(*value->as_double())) return fail(mark, "a number has to be finite");
  node.value = std::move(*value);
  step(mark);
  if (!spend(mark, node)) return;
  if (anchor != 0) anchors_[anchor] = node;
  attach(mark, std::move(node));
}

void Builder::key(const YAML::Mark& mark, const std::string& text, bool plain) {
  Frame& frame = stack_.back();
  frame.merges = plain && text == "<<";
  frame.key = text.empty() && plain ? "null" : text;
  if (!frame.merges && !frame.keys.insert(*frame.key).second) {
    return fail(mark, fmt::format("the key \"{}\" is there twice", printable(*frame.key, 80)));
  }
  text_ += text.size();
  step(mark);
}

// path_ leads to the value that comes next, and document_.places says where it is; of a map's member the key counts.
void Builder::step(const YAML::Mark& mark) {
  if (stack_.empty()) return;
  const Frame& frame = stack_.back();
  const auto* list = frame.node.value.as_array();
  path_.resize(frame.path);
  if (list) {
    path_ += fmt::format("[{}]", list->size());
  } else {
    path_ += fmt::format("{}{}", path_.empty() ? "" : ".", printable(*frame.key, 80));
  }
  if (document_.places.size() >= kMaxPlaces || path_.size() > kMaxPath) return;
  const YamlPlace place{path_, static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  const bool known = !document_.places.empty() && document_.places.back().path == path_;  // the key came before
  if (!known) document_.places.push_back(place);
}

void Builder::open(const YAML::Mark& mark, const std::string& tag, std::string_view kind, Frame frame) {
  if (error_) return;
  if (wants_key()) return fail(mark, "a key has to be a string");
  if (!tag.empty() && tag != "?" && tag != "!" && tag != fmt::format("{}{}", kTagPrefix, kind)) {
    return fail(mark, fmt::format("\"{}\" is not supported here", printable(tag, 80)));
  }
  if (stack_.size() >= limits_.max_depth) return fail(mark, fmt::format("nested deeper than {}", limits_.max_depth));
  step(mark);
  if (!spend(mark, frame.node)) return;
  frame.path = path_.size();
  stack_.push_back(std::move(frame));
}

void Builder::close() {
  if (error_) return;
  Frame frame = std::move(stack_.back());
  stack_.pop_back();
  for (Value::Member& member : frame.merged) {
    if (frame.keys.insert(member.first).second) frame.node.value.as_object()->push_back(std::move(member));
  }
  if (frame.anchor != 0) anchors_[frame.anchor] = frame.node;
  attach(frame.mark, std::move(frame.node));
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (error_) return;
  const auto it = anchors_.find(anchor);
  if (it == anchors_.end()) return fail(mark, "an alias within what it stands for");
  const Node& node = it->second;
  if (wants_key()) {
    const std::string* text = node.value.as_string();
    return text ? key(mark, *text, false) : fail(mark, "a key has to be a string");
  }
  step(mark);
  if (!spend(mark, node)) return;
  if (stack_.size() + node.depth > limits_.max_depth) {
    return fail(mark, fmt::format("nested deeper than {}", limits_.max_depth));
  }
  attach(mark, node);
}

// Counts a value that is added or copied; false where that is too much.
bool Builder::spend(const YAML::Mark& mark, const Node& node) {
  nodes_ += node.nodes;
  text_ += node.text;
  if (nodes_ <= limits_.max_nodes && text_ <= limits_.max_text) return true;
  fail(mark, "the document has too many values, with what its aliases stand for");
  return false;
}

// Puts a finished value where it belongs.
void Builder::attach(const YAML::Mark& mark, Node node) {
  if (stack_.empty()) {
    document_.value = std::move(node.value);
    return;
  }
  Frame& frame = stack_.back();
  frame.node.nodes += node.nodes;
  frame.node.text += node.text;
  frame.node.depth = std::max(frame.node.depth, node.depth + 1);
  if (auto* list = frame.node.value.as_array()) {
    list->push_back(std::move(node.value));
  } else if (frame.merges) {
    merge(mark, node.value);
  } else {
    frame.node.text += frame.key->size();
    frame.node.value.as_object()->emplace_back(std::move(*frame.key), std::move(node.value));
  }
  frame.key.reset();
}

// The members of a map, or of the maps in a list, where the map that is being read has none of that name. The first of
// several wins.
void Builder::merge(const YAML::Mark& mark, const Value& value) {
  if (const auto* members = value.as_object()) {
    auto& merged = stack_.back().merged;
    merged.insert(merged.end(), members->begin(), members->end());
    return;
  }
  const auto* list = value.as_array();
  const bool maps = list && std::ranges::all_of(*list, [](const Value& element) { return element.as_object(); });
  if (!maps) return fail(mark, "\"<<\" needs a map or a list of maps");
  for (const Value& element : *list) merge(mark, element);
}

// YAML allows no control characters, and the parser takes one of them for the end.
std::optional<size_t> control_character(std::string_view text) {
  const auto it = std::ranges::find_if(
      text, [](unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; });
  return it == text.end() ? std::nullopt : std::optional<size_t>(it - text.begin());
}

}  // namespace

Result<YamlDocument> parse_yaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return err(ErrorCode::InvalidArgument, "the document has {} bytes, at most {} are allowed", text.size(),
               limits.max_bytes);
  }
  if (!is_valid_utf8(text)) return err(ErrorCode::InvalidArgument, "the document is not valid UTF-8");
  if (const auto offset = control_character(text)) {
    const size_t line = std::ranges::count(text.substr(0, *offset), '\n') + 1;
    return err(ErrorCode::InvalidArgument, "line {}: a control character is not allowed", line);
  }
  Builder builder(limits);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (!builder.failed() && parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::Exception& problem) {
    return err(error_at(problem.mark, problem.msg));
  } catch (const std::exception& problem) {
    return err(ErrorCode::InvalidArgument, "cannot be read: {}", problem.what());
  }
  return builder.take();
}

}  // namespace drover::jobspec
