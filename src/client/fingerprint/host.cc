#include "sys/host.h"

#include "client/fingerprint/fingerprint.h"

namespace drover::client {

void fingerprint_host(const FingerprintContext&, model::Node& node) {
  const auto host = sys::host_info();
  const std::pair<const char*, const std::string&> facts[] = {
      {"kernel.name", host.kernel_name}, {"kernel.version", host.kernel_version}, {"arch", host.arch},
      {"os.name", host.os_name},         {"os.version", host.os_version},         {"unique.hostname", host.hostname},
  };
  for (const auto& [name, value] : facts) {
    if (!value.empty()) node.attributes[name] = value;
  }
  if (node.name.empty()) node.name = host.hostname;
}

}  // namespace drover::client
