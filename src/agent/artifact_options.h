#pragma once

#include "agent/config.h"
#include "base/diagnostics.h"
#include "client/hooks/artifacts.h"

namespace drover::agent {

// How artifacts are downloaded, from client.artifact. Problems name its keys.
client::ArtifactsOptions artifact_options(const ArtifactConfig& config, Diagnostics& diagnostics);

}  // namespace drover::agent
