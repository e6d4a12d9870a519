#pragma once

#include "agent/config.h"
#include "assets/asset_store.h"
#include "base/diagnostics.h"

namespace drover::agent {

// How the node keeps assets, from client.assets and what client.artifact says of downloads. Problems name their keys.
assets::AssetStoreOptions asset_options(const Config& config, const assets::FetcherOptions& helper,
                                        Diagnostics& diagnostics);

}  // namespace drover::agent
