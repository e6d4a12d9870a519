#include "drivers/schemas/capabilities.h"

#include "base/strings.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

constexpr std::string_view kCapabilities =
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE "
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";

}  // namespace

std::string capability_name(std::string_view name) {
  const std::string upper = to_upper(name);
  return upper.starts_with("CAP_") ? upper.substr(4) : upper;
}

std::vector<std::string> known_capabilities() {
  return split(kCapabilities, ' ');
}

void check_capabilities(const std::vector<std::string>& names, const std::string& path, Diagnostics& problems) {
  const auto known = known_capabilities();
  for (const auto& given : names) {
    const std::string name = capability_name(given);
    if (name == kAllCapabilities || name.find("${") != std::string::npos) continue;
    if (std::ranges::find(known, name) != known.end()) continue;
    problems.error(path, fmt::format("there is no capability \"{}\"", printable(given, 40)));
  }
}

}  // namespace drover::drivers
