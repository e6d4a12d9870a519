#pragma once

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/console.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace drover::cli {

// Exit statuses (facts §3).
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kIncomplete = 2;
inline constexpr int kNoSuchCommand = 127;

// What a running command works with.
struct Session {
  const Environment& env;
  const Arguments& args;
  Console& console;

  // The agent that -address, DROVER_ADDR or NOMAD_ADDR name. Connects on the first request.
  Result<ApiClient> connect() const;

  // Ids are shown with 8 characters, in full with -verbose.
  std::string short_id(std::string_view id) const;
  WallTime now() const { return env.clock->now(); }
};

// Says what was being done when an error was met: "querying jobs".
template <class T>
Result<T> during(std::string_view what, Result<T> result) {
  if (!result) return err(result.error().context(what));
  return result;
}

// One command of the program: what its help says and what it does. Errors are printed as "Error <message>".
struct Command {
  std::string_view name;       // "job run"
  std::string_view arguments;  // "[options] <file>"
  std::string_view summary;    // one line, for the list of commands
  std::string_view text;       // a paragraph, for the help
  std::vector<OptionSpec> options = {};
  std::string_view exit_codes = "0 on success, 1 on an error.";
  size_t min_arguments = 0;
  size_t max_arguments = 0;
  OptionOrder option_order = OptionOrder::Anywhere;
  int error_status = kFailure;
  bool needs_server = true;  // for the list of options only
  Result<int> (*run)(Session& session);
};

// The options that every command takes.
const std::vector<OptionSpec>& global_options();

// The help of one command.
std::string help_text(const Command& command);

// Options that several commands share.
inline constexpr OptionSpec kJsonOption{"json", "", "Print the server's answer as JSON."};
inline constexpr OptionSpec kTemplateOption{"t", "template", ""};
inline constexpr OptionSpec kVerboseOption{"verbose", "", "Show full ids and everything there is."};

// Prints a JSON answer for -json.
void print_json(Console& console, const codec::Value& value);

}  // namespace drover::cli
