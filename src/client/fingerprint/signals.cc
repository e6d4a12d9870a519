#include "sys/signals.h"

#include "base/strings.h"
#include "client/fingerprint/fingerprint.h"

namespace drover::client {

void fingerprint_signals(const FingerprintContext&, model::Node& node) {
  node.attributes["os.signals"] = join(sys::signal_names(), ",");
}

}  // namespace drover::client
