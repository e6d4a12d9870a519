#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drover::cli {

// One option of a command, written "-name value" or "-name=value"; a switch has no `value` and may be "-name=false".
struct OptionSpec {
  std::string_view name;
  std::string_view value;  // what stands for the value in the help, "" for a switch
  std::string_view help;   // "" keeps it out of the help: accepted for Nomad's sake
};

// Where options may stand: anywhere, or, as in Go, before the first positional argument only; what follows that one
// belongs to another program then.
enum class OptionOrder : uint8_t { Anywhere, First };

// The arguments of one command, checked against its options.
class Arguments {
 public:
  // Whether a switch is on.
  bool on(std::string_view name) const;
  // The value of an option; empty values count as not given.
  std::string get(std::string_view name, std::string_view otherwise = {}) const;
  bool has(std::string_view name) const { return !get(name).empty(); }
  // All values of an option that may be given more than once, in order.
  std::vector<std::string> all(std::string_view name) const;
  // The value as a whole number; `otherwise` if not given.
  Result<uint64_t> number(std::string_view name, uint64_t otherwise) const;

  const std::vector<std::string>& positional() const { return positional_; }

 private:
  friend Result<Arguments> parse_arguments(const std::vector<std::string>&, std::span<const OptionSpec>, OptionOrder);
  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // switches hold "true" or "false"
  std::vector<std::string> positional_;
};

// Go's flag syntax: one dash or two, options also behind the positional arguments, "--" ends the options, "-" is
// positional, the last of several values counts. "-h" and "-help" set "help" and silence every other problem.
Result<Arguments> parse_arguments(const std::vector<std::string>& words, std::span<const OptionSpec> options,
                                  OptionOrder order = OptionOrder::Anywhere);

}  // namespace drover::cli
