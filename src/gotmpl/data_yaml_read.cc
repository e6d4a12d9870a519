#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/strings.h"
#include "gotmpl/data_text.h"
#include "gotmpl/go_format.h"

namespace drover::gotmpl {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr uint64_t kStepsAByte = 3;  // reading YAML is slow
constexpr size_t kBytesAByte = 16;
constexpr std::string_view kLongTag = "tag:yaml.org,2002:";

// Ends yaml-cpp's parser; the reader knows why.
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

std::optional<Value> read_integer(std::string_view digits, bool negative) {
  int base = 10;
  if (digits.starts_with("0b")) base = 2;
  if (digits.starts_with("0o")) base = 8;
  if (digits.starts_with("0x")) base = 16;
  if (base != 10) {
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
    digits.remove_prefix(1);
  }
  uint64_t magnitude = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (digits.empty() || end != digits.data() + digits.size() || problem != std::errc()) return std::nullopt;
  constexpr uint64_t kLimit = uint64_t{1} << 63;
  if (magnitude < kLimit || (negative && magnitude == kLimit)) {
    return Value(static_cast<int64_t>(negative ? ~magnitude + 1 : magnitude));
  }
  return negative ? std::optional<Value>() : Value(magnitude);
}

std::optional<Value> read_float(std::string_view text) {
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || problem != std::errc() || text.starts_with('-')) return std::nullopt;
  return Value(negative ? -value : value);
}

// Builds the value of one document from the parser's events.
class Reader final : public YAML::EventHandler {
 public:
  explicit Reader(Meter& meter) : meter_(meter) {}

  const std::optional<Error>& error() const { return error_; }
  const std::optional<Value>& result() const { return result_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, Value::nil()); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "an alias within what it stands for");
    add(mark, 0, found->second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!is_valid_utf8(text)) stop(mark, "the text is not UTF-8");
    const bool merges = tag == "?" && text == "<<";
    add(mark, anchor, scalar(mark, tag, text), merges);
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
    std::vector<Value> list;
    MapItems map;
    std::optional<std::string> key;
    bool merges = false;       // the present key is `<<`
    std::vector<Value> bases;  // what `<<` brought; keys of the map itself win
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    error_ = Error(ErrorCode::InvalidArgument, fmt::format("yaml: line {}: {}", mark.line + 1, message));
    throw Stop{};
  }
  [[noreturn]] void stop(const Error& error) {
    error_ = error;
    throw Stop{};
  }

  Value scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text);
  void open(const YAML::Mark& mark, const std::string& tag, std::string_view usual, YAML::anchor_t anchor, bool map);
  void close();
  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Value value, bool merges = false);
  void add_member(const YAML::Mark& mark, Frame& frame, Value value, bool merges);
  void merge(const YAML::Mark& mark, Frame& frame, const Value& value);

  Meter& meter_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::optional<Value> result_;
  std::optional<Error> error_;
};

Value Reader::scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == "?" || tag.empty()) return read_yaml_scalar(text);
  if (tag == "!") return text;
  const std::string_view name = tag.starts_with(kLongTag) ? std::string_view(tag).substr(kLongTag.size()) : tag;
  if (name == "str" || name == "binary" || name == "timestamp") return text;
  if (name == "null") return Value::nil();
  const Value plain = read_yaml_scalar(text);
  if (name == "bool" && plain.kind() == Value::Kind::Bool) return plain;
  if (name == "int" && plain.is_integer()) return plain;
  if (name == "float" && plain.kind() == Value::Kind::Int) return static_cast<double>(plain.integer());
  if (name == "float" && plain.kind() == Value::Kind::Float) return plain;
  stop(mark, fmt::format("cannot decode \"{}\" as {}", printable(text, 40), printable(tag, 40)));
}

void Reader::open(const YAML::Mark& mark, const std::string& tag, std::string_view usual, YAML::anchor_t anchor,
                  bool map) {
  const bool known = tag == "?" || tag.empty() || tag == "!" || tag == fmt::format("{}{}", kLongTag, usual);
  if (!known) stop(mark, fmt::format("the tag {} is not known", printable(tag, 40)));
  if (frames_.size() >= kMaxDepth) stop(mark, fmt::format("nested more than {} levels deep", kMaxDepth));
  frames_.push_back({.mark = mark, .anchor = anchor, .is_map = map});
}

void Reader::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  for (const Value& base : frame.bases) {
    for (const auto& [key, value] : base.as_map()->items) frame.map.try_emplace(key, value);
  }
  const auto made = frame.is_map ? meter_.map(std::move(frame.map)) : meter_.list(std::move(frame.list));
  if (!made) stop(made.error());
  add(frame.mark, frame.anchor, *made);
}

void Reader::add(const YAML::Mark& mark, YAML::anchor_t anchor, Value value, bool merges) {
  if (anchor != 0) anchors_[anchor] = value;
  if (frames_.empty()) {
    result_ = std::move(value);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.is_map) return add_member(mark, frame, std::move(value), merges);
  frame.list.push_back(std::move(value));
}

void Reader::add_member(const YAML::Mark& mark, Frame& frame, Value value, bool merges) {
  if (!frame.key) {
    if (value.depth() > 0) stop(mark, "a key that is no scalar");
    auto key = to_text(value, meter_);
    if (!key) stop(key.error());
    frame.key = std::move(*key);
    frame.merges = merges;
    return;
  }
  if (frame.merges) {
    merge(mark, frame, value);
  } else if (!frame.map.try_emplace(*frame.key, std::move(value)).second) {
    stop(mark, fmt::format("key \"{}\" already set in map", printable(*frame.key, 40)));
  }
  frame.key.reset();
}

void Reader::merge(const YAML::Mark& mark, Frame& frame, const Value& value) {
  const List* list = value.as_list();
  const size_t size = value.size();
  if (!meter_.bytes(size * kBytesAByte) || !meter_.steps(size)) stop(*meter_.exceeded());
  if (value.as_map() != nullptr) {
    frame.bases.push_back(value);
  } else if (list != nullptr &&
             std::ranges::all_of(list->items, [](const Value& v) { return v.as_map() != nullptr; })) {
    frame.bases.insert(frame.bases.end(), list->items.begin(), list->items.end());
  } else {
    stop(mark, "map merge requires map or sequence of maps as the value");
  }
}

}  // namespace

Value read_yaml_scalar(const std::string& text) {
  if (is_one_of(text, kTrue)) return true;
  if (is_one_of(text, kFalse)) return false;
  if (is_one_of(text, kNull)) return Value::nil();
  std::string plain = replace_all(text, "_", "");
  std::string_view digits = plain;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::string lower = to_lower(digits);
  if (lower == ".inf" && digits != ".iNF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (lower == ".nan") return std::numeric_limits<double>::quiet_NaN();
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return text;
  if (const auto integer = read_integer(digits, negative)) return *integer;
  if (const auto real = read_float(plain)) return *real;
  return text;
}

Result<Value> from_yaml(std::string_view text, Meter& meter) {
  TRY(meter.steps(1 + text.size() * kStepsAByte));
  TRY(meter.bytes(text.size() * kBytesAByte));
  Reader reader(meter);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    parser.HandleNextDocument(reader);
  } catch (const Stop&) {
    return err(*reader.error());
  } catch (const YAML::Exception& problem) {
    return err(ErrorCode::InvalidArgument, "yaml: line {}: {}", problem.mark.line + 1, printable(problem.msg));
  }
  return reader.result().value_or(Value::nil());
}

}  // namespace drover::gotmpl
