#include <algorithm>
#include <array>
#include <set>

#include "base/duration.h"
#include "base/strings.h"
#include "model/validate_parts.h"

// Files of tasks: artifacts, templates, logs.
namespace drover::model {
namespace {

constexpr int64_t kTaskDepth = 1;  // of a task's directory in its allocation's, which it shares with other tasks

void validate_checksum(const std::string& checksum, const Problems& problems) {
  struct Kind {
    std::string_view name;
    size_t digits;
  };
  constexpr std::array<Kind, 4> kKinds = {{{"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}}};
  if (is_open(checksum)) return;
  const size_t colon = checksum.find(':');
  const std::string_view kind = std::string_view(checksum).substr(0, colon);
  const auto known = std::ranges::find(kKinds, kind, &Kind::name);
  if (colon == std::string::npos || known == kKinds.end()) {
    return problems.error("checksum \"{}\" must be md5, sha1, sha256 or sha512, a colon and the digits",
                          printable(checksum, 80));
  }
  const std::string_view digits = std::string_view(checksum).substr(colon + 1);
  const bool hex = std::ranges::all_of(digits, [](unsigned char c) { return std::isxdigit(c) != 0; });
  if (!hex || digits.size() != known->digits) {
    problems.error("a {} checksum has {} hexadecimal digits, not \"{}\"", kind, known->digits, printable(digits, 140));
  }
}

void validate_artifact(const Artifact& artifact, const Problems& problems) {
  if (artifact.source.empty()) problems.at("GetterSource").error("the source is missing");
  if (!is_one_of(artifact.mode, {"any", "file", "dir"})) {
    problems.at("GetterMode").error("unknown mode \"{}\", it must be any, file or dir", printable(artifact.mode, 80));
  }
  // The task directory's own names come from the client: "${NOMAD_TASK_DIR}/x" is judged there.
  if (!artifact.destination.starts_with("${") && !stays_inside(artifact.destination, kTaskDepth)) {
    problems.at("RelativeDest").error("\"{}\" leaves the allocation's directory", printable(artifact.destination, 80));
  }
  const auto checksum = artifact.options.find("checksum");
  if (checksum != artifact.options.end()) {
    validate_checksum(checksum->second, problems.at("GetterOptions").key("checksum"));
  }
  const bool over_http = artifact.source.starts_with("http://") || artifact.source.starts_with("https://");
  const bool other = artifact.source.find("://") != std::string::npos && !over_http && !is_open(artifact.source);
  if (!artifact.headers.empty() && other) {
    problems.at("GetterHeaders")
        .warning("headers are sent over http and https only, not to \"{}\"", printable(artifact.source, 80));
  }
  for (const auto& [name, value] : artifact.headers) {
    if (!name.empty() && (name + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) continue;
    problems.at("GetterHeaders").error("header \"{}\" is empty or holds a line break", printable(name, 80));
  }
}

bool is_permissions(const std::string& perms) {
  const bool octal = std::ranges::all_of(perms, [](char c) { return c >= '0' && c <= '7'; });
  return octal && !perms.empty() && perms.size() <= 5 && (perms.size() <= 4 || perms[0] == '0');
}

void validate_source(const Template& file, const Problems& problems) {
  if (file.source_path.empty() && file.embedded.empty()) {
    problems.error("a template needs a source or data");
  } else if (!file.source_path.empty() && !file.embedded.empty()) {
    problems.error("a template has a source or data, not both");
  }
  if (file.dest_path.empty()) {
    problems.at("DestPath").error("the destination is missing");
  } else if (!file.dest_path.starts_with("${") && !stays_inside(file.dest_path, kTaskDepth)) {
    problems.at("DestPath").error("\"{}\" leaves the allocation's directory", printable(file.dest_path, 80));
  }
}

void validate_script(const Template& file, const Problems& problems) {
  const Problems place = problems.at("ChangeScript");
  if (!file.change_script) return place.error("change_mode = \"script\" needs a change_script block");
  if (file.change_script->command.empty()) place.at("Command").error("the command is missing");
  if (file.change_script->timeout < Duration::zero()) {
    place.at("Timeout").error("timeout must not be negative, but is {}", format_duration(file.change_script->timeout));
  }
}

void validate_change(const Template& file, const Problems& problems) {
  const std::string& mode = file.change_mode;
  if (!is_one_of(mode, {"noop", "restart", "signal", "script"})) {
    problems.at("ChangeMode")
        .error("unknown change_mode \"{}\", it must be noop, restart, signal or script", printable(mode, 80));
  }
  if (mode == "script") {
    validate_script(file, problems);
  } else if (file.change_script && !file.change_script->command.empty()) {
    problems.at("ChangeScript").warning("change_script has no effect without change_mode = \"script\"");
  }
  if (mode != "signal") return;
  if (file.envvars) problems.at("Envvars").error("env and change_mode = \"signal\" exclude each other");
  if (file.change_signal.empty()) {
    problems.at("ChangeSignal").error("change_mode = \"signal\" needs a change_signal");
  } else {
    validate_signal(file.change_signal, problems.at("ChangeSignal"));
  }
}

void validate_wait(const TemplateWait& wait, const Problems& problems) {
  const Duration min = wait.min.value_or(Duration::zero());
  if (min < Duration::zero()) problems.at("Min").error("min must not be negative, but is {}", format_duration(min));
  if (wait.max && *wait.max < min) {
    problems.at("Max").error("max ({}) must not be less than min ({})", format_duration(*wait.max),
                             format_duration(min));
  }
}

void validate_template(const Template& file, const Problems& problems) {
  validate_source(file, problems);
  validate_change(file, problems);
  if (file.splay < Duration::zero()) problems.at("Splay").error("splay must not be negative");
  if (file.wait) validate_wait(*file.wait, problems.at("Wait"));
  if (!is_permissions(file.perms)) {
    problems.at("Perms").error("\"{}\" are no octal permissions, such as 0644", printable(file.perms, 80));
  }
  if (file.left_delim == file.right_delim) {
    problems.at("RightDelim").error("the delimiters must differ, both are \"{}\"", printable(file.left_delim, 80));
  }
  if (file.uid && *file.uid < 0) problems.at("Uid").error("uid must not be negative, but is {}", *file.uid);
  if (file.gid && *file.gid < 0) problems.at("Gid").error("gid must not be negative, but is {}", *file.gid);
}

}  // namespace

bool stays_inside(std::string_view path, int64_t depth) {
  for (const std::string& part : split(path, '/')) {
    if (part == "..") --depth;
    if (part != ".." && part != "." && !part.empty()) ++depth;
    if (depth < 0) return false;
  }
  return !path.starts_with('/') && path.find('\0') == std::string_view::npos;
}

void validate_artifacts(std::span<const Artifact> artifacts, const Problems& problems) {
  for (size_t i = 0; i < artifacts.size(); ++i) validate_artifact(artifacts[i], problems.element(i));
}

void validate_templates(std::span<const Template> templates, const Problems& problems) {
  std::set<std::string> destinations;
  for (size_t i = 0; i < templates.size(); ++i) {
    const Problems place = problems.element(i);
    validate_template(templates[i], place);
    const std::string& destination = templates[i].dest_path;
    if (!destination.empty() && !destinations.insert(destination).second) {
      place.at("DestPath").error("two templates are rendered to \"{}\"", printable(destination, 80));
    }
  }
}

// design.md section 7: logs that the author asked for count for both streams, those by default for one.
void validate_logs(const LogConfig& logs, const EphemeralDisk& disk, const Problems& problems) {
  if (logs.max_files < 1) problems.at("MaxFiles").error("max_files must be at least 1, not {}", logs.max_files);
  if (logs.max_file_size_mb < 1) {
    problems.at("MaxFileSizeMB").error("max_file_size must be at least 1 MB, not {}", logs.max_file_size_mb);
  }
  if (logs.max_files < 1 || logs.max_file_size_mb < 1 || logs.disabled) return;
  const LogConfig defaults;
  const bool by_default = logs.max_files == defaults.max_files && logs.max_file_size_mb == defaults.max_file_size_mb;
  const int64_t stream = int64_t{logs.max_files} * logs.max_file_size_mb;
  if (by_default && stream >= disk.size_mb) {
    problems.error(
        "{} log files of {} MB do not fit on the group's disk of {} MB; add a logs block, or enlarge "
        "ephemeral_disk",
        logs.max_files, logs.max_file_size_mb, disk.size_mb);
  } else if (!by_default && 2 * stream > disk.size_mb) {
    problems.error("{} log files of {} MB each for stdout and stderr need {} MB, but the group's disk has {} MB",
                   logs.max_files, logs.max_file_size_mb, 2 * stream, disk.size_mb);
  }
}

}  // namespace drover::model
