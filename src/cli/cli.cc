#include "cli/cli.h"

#include "base/strings.h"
#include "cli/command.h"
#include "cli/commands.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <set>

#include <unistd.h>

namespace drover::cli {
namespace {

bool is_set(const Environment& env, const char* name) {
  const auto value = env.variable(name);
  return value && !value->empty();
}

struct ColourChoice {
  bool off = false;
  bool forced = false;
};

Console make_console(const Environment& env, ColourChoice choice) {
  choice.forced |= is_set(env, "NOMAD_CLI_FORCE_COLOR") || is_set(env, "DROVER_CLI_FORCE_COLOR");
  choice.off |= is_set(env, "NO_COLOR") || is_set(env, "NOMAD_CLI_NO_COLOR") || is_set(env, "DROVER_CLI_NO_COLOR");
  const auto colours = [&](bool terminal) { return choice.forced || (terminal && !choice.off); };
  return Console(*env.out, *env.err, colours(env.out_is_terminal), colours(env.err_is_terminal));
}

// The namespaces of commands ("job", "job periodic"), which are no commands themselves.
std::set<std::string> group_names() {
  std::set<std::string> out;
  for (const Command& command : all_commands()) {
    for (size_t at = command.name.find(' '); at != std::string_view::npos; at = command.name.find(' ', at + 1)) {
      out.emplace(command.name.substr(0, at));
    }
  }
  return out;
}

// The first `count` words as the name of a command or group.
std::string name_of(const std::vector<std::string>& words, size_t count) {
  return join({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count)}, " ");
}

// The list of commands; those of one group ("job"), or all for "".
std::string command_list(std::string_view group) {
  std::string out = group.empty()
                        ? "Usage: drover <command> [options] [arguments]\n\nCommands:\n"
                        : fmt::format("Usage: drover {} <subcommand> [options] [arguments]\n\nSubcommands:\n", group);
  const std::string prefix = group.empty() ? "" : std::string(group) + " ";
  std::vector<std::pair<std::string, std::string>> rows;
  if (group.empty()) rows.emplace_back("agent", "Run an agent: a server, a client or both");
  for (const Command& command : all_commands()) {
    if (command.name.starts_with(prefix)) rows.emplace_back(command.name, command.summary);
  }
  size_t width = 18;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  for (const auto& [name, summary] : rows) out += fmt::format("\n  {:<{}} {}", name, width, summary);
  if (group.empty()) {
    out += "\n\nShort names:\n";
    for (const Alias& alias : all_aliases()) out += fmt::format("\n  {:<{}} {}", alias.name, width, alias.target);
  }
  out += "\n\nThe options of a command: drover <command> -h";
  return out;
}

const Command* find_command(std::string_view name) {
  const auto it = std::ranges::find(all_commands(), name, &Command::name);
  return it == all_commands().end() ? nullptr : &*it;
}

constexpr size_t kMaxWords = 3;  // "job periodic force"

// The command that the first words name, as many as possible; takes them off `words`.
const Command* take_command(std::vector<std::string>& words) {
  for (size_t count = std::min(words.size(), kMaxWords); count >= 2; --count) {
    const std::string name = name_of(words, count);
    const auto other = std::ranges::find(all_aliases(), std::string_view(name), &Alias::name);
    if (const Command* command = find_command(other == all_aliases().end() ? std::string_view(name) : other->target)) {
      words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
      return command;
    }
  }
  const auto alias = std::ranges::find(all_aliases(), std::string_view(words[0]), &Alias::name);
  const Command* command = find_command(alias == all_aliases().end() ? std::string_view(words[0]) : alias->target);
  if (command != nullptr) words.erase(words.begin());
  return command;
}

// Global options in front of the command go behind it: `drover -address=… job status`.
void move_leading_options(std::vector<std::string>& words) {
  size_t end = 0;
  while (end < words.size() && words[end].starts_with('-')) {
    const std::string_view name = std::string_view(words[end]).substr(words[end].starts_with("--") ? 2 : 1);
    const std::string_view bare = name.substr(0, name.find('='));
    const auto option = std::ranges::find(global_options(), bare, &OptionSpec::name);
    if (option == global_options().end()) return;
    end += !option->value.empty() && bare.size() == name.size() ? 2 : 1;
  }
  if (end >= words.size()) return;
  std::rotate(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(end), words.end());
}

int no_such_command(Console& console, const std::vector<std::string>& words) {
  const std::set<std::string> groups = group_names();
  size_t known = 0;  // how many words name a group
  while (known < words.size() && groups.contains(name_of(words, known + 1))) ++known;
  if (known > 0) {
    const std::string group = name_of(words, known);
    const std::string next = known < words.size() ? words[known] : "";
    if (next == "-h" || next == "-help" || next == "--help") {
      console.line(command_list(group));
      return kSuccess;
    }
    if (!next.empty()) console.error_line(fmt::format("Error: no command \"{} {}\"\n", group, safe_text(next)));
    console.error_line(command_list(group));
    return kFailure;
  }
  std::vector<std::string> names(groups.begin(), groups.end());
  for (const Command& command : all_commands()) names.emplace_back(command.name);
  for (const Alias& alias : all_aliases()) names.emplace_back(alias.name);
  names.emplace_back("agent");
  const auto near = nearest_name(words[0], names);
  console.error_line(fmt::format("Error: no command \"{}\"{}\n", safe_text(words[0]),
                                 near ? fmt::format(" (did you mean \"{}\"?)", *near) : ""));
  console.error_line(command_list(""));
  return kNoSuchCommand;
}

// A closed pipe ends the program without a word, as it does other programs.
void let_closed_pipes_end_us() {
  std::signal(SIGPIPE, SIG_DFL);
}

void print_error(Console& console, const Session& session, const Error& error) {
  console.error_line("Error " + error.message());
  if (error.code() != ErrorCode::Unavailable) return;
  const auto api = session.connect();
  const bool local = api && api->options().address.find("127.0.0.1") != std::string::npos;
  console.error_line(local ? "Is an agent running there? Start one with: drover agent -dev"
                           : "Is an agent running there? The address comes from -address, DROVER_ADDR or NOMAD_ADDR.");
}

int wrong_usage(Console& console, const Command& command, std::string_view problem) {
  console.error_line(fmt::format("Error: {}", problem));
  console.error_line(
      fmt::format("Usage: drover {} {}\nFor more: drover {} -h", command.name, command.arguments, command.name));
  return command.error_status;
}

int run_command(const Command& command, const std::vector<std::string>& words, const Environment& env) {
  std::vector<OptionSpec> options = command.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  const auto args = parse_arguments(words, options, command.option_order);
  Console console = make_console(env, {.off = args && args->on("no-color"), .forced = args && args->on("force-color")});
  if (!args) return wrong_usage(console, command, args.error().message());
  if (args->on("help")) {
    console.line(help_text(command));
    return kSuccess;
  }
  if (args->has("t") && std::ranges::find(options, "t", &OptionSpec::name)->value == kTemplateOption.value)
    return wrong_usage(console, command, "-t is not supported by this version: use -json");
  const size_t count = args->positional().size();
  if (count < command.min_arguments) return wrong_usage(console, command, "an argument is missing");
  if (count > command.max_arguments) {
    return wrong_usage(console, command,
                       fmt::format("too many arguments: \"{}\"", safe_text(args->positional()[command.max_arguments])));
  }
  Session session{.env = env, .args = *args, .console = console};
  const Result<int> status = command.run(session);
  if (status) return *status;
  print_error(console, session, status.error());
  return command.error_status;
}

std::vector<std::pair<std::string, std::string>> variables_with_prefix(const std::string& prefix) {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

}  // namespace

Environment process_environment(std::string version, AgentCommand agent, SimulateCommand simulate) {
  static const SystemClock kClock;
  return {
      .version = std::move(version),
      .variable = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .variables = variables_with_prefix,
      .in = &std::cin,
      .out = &std::cout,
      .err = &std::cerr,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .owns_process = true,
      .clock = &kClock,
      .agent = std::move(agent),
      .simulate = std::move(simulate),
  };
}

int run(int argc, char** argv, Environment env) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  move_leading_options(words);
  Console console = make_console(env, {});
  if (words.empty()) {
    console.error_line(command_list(""));
    return kNoSuchCommand;
  }
  if (words[0] == "-h" || words[0] == "-help" || words[0] == "--help") {
    console.line(command_list(""));
    return kSuccess;
  }
  if (words[0] == "-v" || words[0] == "-version" || words[0] == "--version") words[0] = "version";
  if (words[0] == "agent" && env.agent) return env.agent({words.begin() + 1, words.end()});
  if (env.owns_process) let_closed_pipes_end_us();
  const Command* command = take_command(words);
  return command == nullptr ? no_such_command(console, words) : run_command(*command, words, env);
}

}  // namespace drover::cli
