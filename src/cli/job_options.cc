#include "cli/job_options.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>

#include "cli/text.h"

namespace drover::cli {
namespace {

constexpr std::string_view kVariablePrefix = "NOMAD_VAR_";

constexpr OptionSpec kJobOptions[] = {
    {"var", "name=value", "Set a variable of the job file; may be repeated."},
    {"var-file", "file", "Read values of variables from a file, in HCL or JSON; may be repeated."},
    {"hcl2-strict", "", "Refuse values of variables that the job file does not declare; on unless =false."},
    {"hcl1", "", ""},
    {"json", "", ""},
};

// One byte more than a job may have, so that the parser can say that it is too long.
std::string read_limited(std::istream& in) {
  std::string text(jobspec::kMaxSource + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

Result<jobspec::VariableInput> read_variable(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return err(ErrorCode::InvalidArgument, "-var needs name=value, not \"{}\"", safe_text(text));
  }
  const std::string name = text.substr(0, equals);
  return jobspec::VariableInput{.name = name, .text = text.substr(equals + 1), .origin = "-var " + name};
}

}  // namespace

Result<std::string> read_job_text(const Session& session, const std::string& path) {
  if (path == "-") return read_limited(*session.env.in);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text = read_limited(file);
  if (!file.is_open() || file.bad() || errno == EISDIR) {
    return err(ErrorCode::InvalidArgument, "reading file \"{}\": {}", safe_text(path), std::strerror(errno));
  }
  return text;
}

std::vector<OptionSpec> with_job_options(std::vector<OptionSpec> own) {
  for (const OptionSpec& option : kJobOptions) {
    const bool taken = std::ranges::find(own, option.name, &OptionSpec::name) != own.end();
    if (!taken) own.push_back(option);
  }
  return own;
}

Result<jobspec::ParseOptions> job_parse_options(const Session& session, const std::string& path) {
  jobspec::ParseOptions options{.file = path == "-" ? "<stdin>" : path};
  options.variables.strict = session.args.get("hcl2-strict") != "false";
  options.nosana_strict = session.args.on("strict");
  for (const std::string& text : session.args.all("var")) {
    TRY_LET(jobspec::VariableInput input, read_variable(text));
    options.variables.arguments.push_back(std::move(input));
  }
  for (const std::string& file : session.args.all("var-file")) {
    TRY_LET(std::string text, read_job_text(session, file));
    options.variables.files.push_back({.file = file, .text = std::move(text)});
  }
  if (!session.env.variables) return options;
  for (const auto& [name, value] : session.env.variables(std::string(kVariablePrefix))) {
    options.variables.environment.push_back(
        {.name = name.substr(kVariablePrefix.size()), .text = value, .origin = name});
  }
  return options;
}

}  // namespace drover::cli
