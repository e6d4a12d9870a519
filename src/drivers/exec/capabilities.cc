#include "drivers/exec/capabilities.h"

#include "base/strings.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

constexpr std::string_view kAll = "CAP_ALL";
// All that Linux 6.1 has.
constexpr std::string_view kCapabilities =
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE "
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";

using NameSet = std::set<std::string>;

NameSet all_capabilities() {
  NameSet names;
  for (const auto& name : split(kCapabilities, ' ')) names.insert("CAP_" + name);
  return names;
}

// "all" is what `all` holds.
NameSet expand(const std::vector<std::string>& names, const NameSet& all) {
  NameSet out;
  for (const auto& name : names) {
    const auto full = capability_name(name);
    if (full == kAll) {
      out.insert(all.begin(), all.end());
    } else {
      out.insert(full);
    }
  }
  return out;
}

NameSet allowed_capabilities(const ExecOptions& options) {
  return expand(options.allow_caps, all_capabilities());
}

void check_capabilities(const ExecConfig& config, const ExecOptions& options, Diagnostics& problems) {
  const auto known = all_capabilities();
  const auto allowed = allowed_capabilities(options);
  for (const auto& name : config.cap_add) {
    const auto full = capability_name(name);
    if (full == kAll || allowed.contains(full)) continue;
    if (!known.contains(full)) {
      problems.error("config.cap_add", fmt::format("there is no capability \"{}\"", printable(name, 40)));
      continue;
    }
    problems.error(
        "config.cap_add",
        fmt::format("capability {} is not among those that this node allows (exec plugin option allow_caps)", full));
  }
}

void check_mode(const std::string& mode, std::string_view kind, const ExecOptions& options, Diagnostics& problems) {
  if (mode != "host" || std::ranges::find(options.allow_host_modes, kind) != options.allow_host_modes.end()) return;
  problems.error(fmt::format("config.{}_mode", kind),
                 fmt::format("\"host\" is not allowed on this node (exec plugin option allow_host_modes)"));
}

}  // namespace

std::vector<std::string> default_exec_capabilities() {
  return {"CAP_AUDIT_WRITE", "CAP_CHOWN",  "CAP_DAC_OVERRIDE",     "CAP_FOWNER",  "CAP_FSETID",
          "CAP_KILL",        "CAP_MKNOD",  "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
          "CAP_SETPCAP",     "CAP_SETUID", "CAP_SYS_CHROOT"};
}

std::string capability_name(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out.starts_with("CAP_") ? out : "CAP_" + out;
}

std::vector<std::string> granted_capabilities(const ExecConfig& config, const ExecOptions& options) {
  const auto allowed = allowed_capabilities(options);
  const auto defaults = default_exec_capabilities();
  NameSet granted(defaults.begin(), defaults.end());
  std::erase_if(granted, [&](const auto& name) { return !allowed.contains(name); });
  for (const auto& name : expand(config.cap_drop, all_capabilities())) granted.erase(name);
  granted.merge(expand(config.cap_add, allowed));
  return {granted.begin(), granted.end()};
}

std::vector<std::string> added_capabilities(const ExecConfig& config, const ExecOptions& options) {
  const auto added = expand(config.cap_add, allowed_capabilities(options));
  return {added.begin(), added.end()};
}

void check_exec_policy(const ExecConfig& config, const ExecOptions& options, Diagnostics& problems) {
  check_capabilities(config, options, problems);
  // What the operator made the default is allowed.
  check_mode(config.pid_mode, "pid", options, problems);
  check_mode(config.ipc_mode, "ipc", options, problems);
}

}  // namespace drover::drivers
