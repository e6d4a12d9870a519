#include "base/log.h"
#include "client/fingerprint/fingerprint.h"

#include <filesystem>

namespace drover::client {

// A volume whose directory is missing is not offered: no task could be given it.
void fingerprint_host_volumes(const FingerprintContext& context, model::Node& node) {
  node.host_volumes.clear();
  for (const auto& [name, volume] : context.options.host_volumes) {
    std::error_code error;
    if (std::filesystem::is_directory(volume.path, error)) {
      node.host_volumes[name] = volume;
    } else {
      log::error("a host volume has no directory", {{"name", name}, {"path", volume.path}});
    }
  }
}

}  // namespace drover::client
