#include "cli/arguments.h"

#include "base/strings.h"

#include <algorithm>

namespace drover::cli {
namespace {

bool is_help(std::string_view name) {
  return name == "h" || name == "help";
}

// "-name=value" without its dashes, cut at the equals sign.
struct Word {
  std::string_view name;
  std::optional<std::string_view> value;
};

Word read_word(std::string_view text) {
  text.remove_prefix(text.starts_with("--") ? 2 : 1);
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool is_positional(const std::string& word) {
  return word == "-" || !word.starts_with('-');
}

// The value of an option may be taken for the first positional argument here: then help is not noticed behind it.
bool wants_help(const std::vector<std::string>& words, OptionOrder order) {
  for (const std::string& word : words) {
    if (word == "--" || (order == OptionOrder::First && is_positional(word))) return false;
    if (word.starts_with('-') && word != "-" && is_help(read_word(word).name)) return true;
  }
  return false;
}

tl::unexpected<Error> unknown_option(std::string_view name, std::span<const OptionSpec> options) {
  std::vector<std::string> names;
  for (const OptionSpec& option : options) names.emplace_back(option.name);
  const auto near = nearest_name(name, names);
  return err(ErrorCode::InvalidArgument, "unknown option -{}{}", printable(name),
             near ? fmt::format(" (did you mean -{}?)", *near) : "");
}

Result<std::string> switch_value(std::string_view name, std::optional<std::string_view> value) {
  const std::string text = to_lower(value.value_or("true"));
  if (text == "true" || text == "t" || text == "1") return std::string("true");
  if (text == "false" || text == "f" || text == "0") return std::string("false");
  return err(ErrorCode::InvalidArgument, "option -{} is a switch: true or false, not \"{}\"", name, printable(text));
}

}  // namespace

bool Arguments::on(std::string_view name) const {
  return get(name) == "true";
}

std::string Arguments::get(std::string_view name, std::string_view otherwise) const {
  const auto it = values_.find(name);
  return it == values_.end() || it->second.back().empty() ? std::string(otherwise) : it->second.back();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

Result<uint64_t> Arguments::number(std::string_view name, uint64_t otherwise) const {
  if (!has(name)) return otherwise;
  const std::string text = get(name);
  if (const auto n = parse_uint(text)) return *n;
  return err(ErrorCode::InvalidArgument, "option -{} needs a whole number, not \"{}\"", name, printable(text));
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words, std::span<const OptionSpec> options,
                                  OptionOrder order) {
  Arguments out;
  if (wants_help(words, order)) {
    out.values_["help"] = {"true"};
    return out;
  }
  bool options_ended = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (options_ended || is_positional(words[i])) {
      out.positional_.push_back(words[i]);
      options_ended = options_ended || order == OptionOrder::First;
      continue;
    }
    if (words[i] == "--") {
      options_ended = true;
      continue;
    }
    const Word word = read_word(words[i]);
    const auto option = std::ranges::find(options, word.name, &OptionSpec::name);
    if (option == options.end()) return unknown_option(word.name, options);
    std::string& slot = out.values_[std::string(word.name)].emplace_back();
    if (option->value.empty()) {
      TRY_LET(slot, switch_value(word.name, word.value));
    } else if (word.value) {
      slot = *word.value;
    } else if (++i < words.size()) {
      slot = words[i];
    } else {
      return err(ErrorCode::InvalidArgument, "option -{} needs a value ({})", word.name, option->value);
    }
  }
  return out;
}

}  // namespace drover::cli
