#include "client/fingerprint/fingerprint.h"

namespace drover::client {
namespace {

// What job files that ask for a version of Nomad may count on.
constexpr const char* kNomadVersion = "1.1.0";

}  // namespace

void fingerprint_version(const FingerprintContext& context, model::Node& node) {
  node.attributes["nomad.version"] = kNomadVersion;
  node.attributes["drover.version"] = context.options.version;
  // Of this agent's proxy of exposed ports: set by the wiring.
  const auto proxy = context.options.options.find("expose.address");
  if (proxy != context.options.options.end()) node.attributes["unique.expose.address"] = proxy->second;
}

}  // namespace drover::client
