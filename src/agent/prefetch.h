#pragma once

#include "assets/asset_store.h"
#include "client/prefetch.h"

#include <memory>
#include <string>

namespace drover::agent {

// Pulls images over the engine's API ("unix:///var/run/docker.sock"); those that are there are left as they are. Brings
// resources to the store, where they stay.
client::FetchRequirements market_prefetch(std::string docker_endpoint, std::shared_ptr<assets::AssetStore> store);

}  // namespace drover::agent
