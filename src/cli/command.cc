#include "cli/command.h"

#include "base/strings.h"
#include "codec/json.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr size_t kHelpWidth = 80;
constexpr size_t kShortId = 8;

// DROVER_X, or NOMAD_X for those who come from Nomad.
std::string variable(const Environment& env, std::string_view name) {
  for (const char* prefix : {"DROVER_", "NOMAD_"}) {
    const auto value = env.variable(prefix + std::string(name));
    if (value && !value->empty()) return *value;
  }
  return {};
}

std::string wrap(std::string_view text, size_t margin) {
  std::string out(margin, ' ');
  size_t column = margin;
  for (const std::string& word : split(text, ' ')) {
    if (column > margin && column + 1 + word.size() > kHelpWidth) {
      out += '\n' + std::string(margin, ' ');
      column = margin;
    }
    if (column > margin) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

void append_options(std::string& out, std::string_view title, const std::vector<OptionSpec>& options) {
  std::string text;
  for (const OptionSpec& option : options) {
    if (option.help.empty()) continue;
    text += fmt::format("\n  -{}{}\n{}\n", option.name, option.value.empty() ? "" : fmt::format("=<{}>", option.value),
                        wrap(option.help, 4));
  }
  if (!text.empty()) out += fmt::format("\n{}:\n{}", title, text);
}

}  // namespace

Result<ApiClient> Session::connect() const {
  ApiClientOptions options;
  const auto pick = [&](std::string_view option, std::string_view name) {
    return args.has(option) ? args.get(option) : variable(env, name);
  };
  if (const std::string address = pick("address", "ADDR"); !address.empty()) options.address = address;
  options.region = pick("region", "REGION");
  options.name_space = pick("namespace", "NAMESPACE");
  options.token = pick("token", "TOKEN");
  return ApiClient::create(std::move(options));
}

std::string Session::short_id(std::string_view id) const {
  return std::string(args.on("verbose") ? id : id.substr(0, kShortId));
}

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> kOptions = {
      {"address", "addr", "The agent to ask. Also DROVER_ADDR or NOMAD_ADDR. Default: http://127.0.0.1:4646."},
      {"region", "region", "The region to forward the request to. Also DROVER_REGION or NOMAD_REGION."},
      {"namespace", "namespace", "The namespace of jobs. Also DROVER_NAMESPACE or NOMAD_NAMESPACE."},
      {"token", "token", "The secret id of an ACL token. Also DROVER_TOKEN or NOMAD_TOKEN."},
      {"no-color", "", "No colours, which otherwise appear on a terminal. Also NO_COLOR or NOMAD_CLI_NO_COLOR."},
      {"force-color", "", "Colours even if the output is no terminal. Also NOMAD_CLI_FORCE_COLOR."},
      {"ca-cert", "path", ""},
      {"ca-path", "path", ""},
      {"client-cert", "path", ""},
      {"client-key", "path", ""},
      {"tls-server-name", "name", ""},
      {"tls-skip-verify", "", ""},
  };
  return kOptions;
}

std::string help_text(const Command& command) {
  std::string out = fmt::format("Usage: drover {}{}{}\n\n{}\n", command.name, command.arguments.empty() ? "" : " ",
                                command.arguments, wrap(command.text, 2));
  append_options(out, "Options", command.options);
  if (command.needs_server) append_options(out, "General options", global_options());
  out += fmt::format("\nExit codes:\n\n{}", wrap(command.exit_codes, 2));
  return out;
}

void print_json(Console& console, const codec::Value& value) {
  console.line(codec::dump(value, {.pretty = true}));
}

}  // namespace drover::cli
