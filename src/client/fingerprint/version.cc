#include "client/fingerprint/fingerprint.h"

namespace drover::client {
namespace {

// What job files that ask for a version of Nomad may count on.
constexpr const char* kNomadVersion = "1.1.0";

}  // namespace

void fingerprint_version(const FingerprintContext& context, model::Node& node) {
  node.attributes["nomad.version"] = kNomadVersion;
  node.attributes["drover.version"] = context.options.version;
  if (!context.options.expose_address.empty())
    node.attributes["unique.expose.address"] = context.options.expose_address;
  if (!context.options.expose_domain.empty()) node.attributes["expose.domain"] = context.options.expose_domain;
}

}  // namespace drover::client
