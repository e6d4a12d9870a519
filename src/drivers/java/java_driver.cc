#include "drivers/java/java_driver.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "drivers/schemas/config_codec.h"
#include "sys/command.h"

#include <utility>

namespace drover::drivers {
namespace {

constexpr Duration kVersionTimeout = std::chrono::seconds(30);

}  // namespace

JavaDriver::JavaDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users)
    : ContainerDriver("java", std::move(shared), std::move(options), std::move(users)) {}

ExecConfig JavaDriver::exec_config(const codec::Value& config) const {
  Diagnostics none;
  auto java = read_config<JavaConfig>(config, ConfigStage::Interpolated, none);
  ExecConfig exec{.command = "java",
                  .args = std::move(java.jvm_options),
                  .work_dir = std::move(java.work_dir),
                  .pid_mode = std::move(java.pid_mode),
                  .ipc_mode = std::move(java.ipc_mode),
                  .cap_add = std::move(java.cap_add),
                  .cap_drop = std::move(java.cap_drop)};
  if (!java.class_path.empty()) exec.args.insert(exec.args.end(), {"-cp", java.class_path});
  if (!java.jar_path.empty()) exec.args.insert(exec.args.end(), {"-jar", java.jar_path});
  if (!java.main_class.empty() && java.jar_path.empty()) exec.args.push_back(java.main_class);
  exec.args.insert(exec.args.end(), java.args.begin(), java.args.end());
  return exec;
}

Result<Attributes> JavaDriver::more_attributes() const {
  const auto output = sys::run_command({"java", "-version"}, {.timeout = kVersionTimeout});
  if (!output) return err(output.error());
  if (!output->status.ok()) return err(ErrorCode::Unavailable, "java -version fails: {}", trim(output->err));
  TRY_LET(auto attributes, parse_java_version(output->err.empty() ? output->out : output->err));
  TRY_LET(auto policy, ContainerDriver::more_attributes());
  attributes.merge(policy);
  return attributes;
}

// openjdk version "17.0.15" 2025-04-15
// OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
// OpenJDK 64-Bit Server VM (build 17.0.15+6-Debian-1deb12u1, mixed mode, sharing)
Result<Attributes> parse_java_version(std::string_view text) {
  std::vector<std::string> lines;
  for (auto& line : split(text, '\n')) {
    // Variables such as JAVA_TOOL_OPTIONS are announced first.
    if (!lines.empty() || line.find(" version \"") != std::string::npos) lines.emplace_back(trim(line));
  }
  if (lines.size() < 3) return err(ErrorCode::Unavailable, "cannot understand what java -version prints");
  return Attributes{{"driver.java.version", split(lines[0], '"')[1]},
                    {"driver.java.runtime", lines[1]},
                    {"driver.java.vm", lines[2]}};
}

}  // namespace drover::drivers
