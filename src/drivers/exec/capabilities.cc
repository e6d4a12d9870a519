#include "drivers/exec/capabilities.h"

#include "drivers/schemas/capabilities.h"
#include "drivers/schemas/permissions.h"

#include <set>

namespace drover::drivers {
namespace {

using NameSet = std::set<std::string>;

std::string full_name(std::string_view name) {
  return "CAP_" + capability_name(name);
}

NameSet all_capabilities() {
  NameSet names;
  for (const auto& name : known_capabilities()) names.insert(full_name(name));
  return names;
}

// "all" is what `all` holds.
NameSet expand(const std::vector<std::string>& names, const NameSet& all) {
  NameSet out;
  for (const auto& name : names) {
    if (capability_name(name) == kAllCapabilities) {
      out.insert(all.begin(), all.end());
    } else {
      out.insert(full_name(name));
    }
  }
  return out;
}

NameSet allowed_capabilities(const ExecOptions& options) {
  return expand(options.allow_caps, all_capabilities());
}

}  // namespace

std::vector<std::string> default_exec_capabilities() {
  return {"CAP_AUDIT_WRITE", "CAP_CHOWN",  "CAP_DAC_OVERRIDE",     "CAP_FOWNER",  "CAP_FSETID",
          "CAP_KILL",        "CAP_MKNOD",  "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
          "CAP_SETPCAP",     "CAP_SETUID", "CAP_SYS_CHROOT"};
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

Attributes published_policy(std::string_view driver, const ExecOptions& options) {
  Attributes attributes;
  publish_capabilities(attributes, driver, options.allow_caps);
  publish(attributes, driver, kAllowHostModes, options.allow_host_modes);
  return attributes;
}

}  // namespace drover::drivers
