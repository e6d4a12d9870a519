#pragma once

#include "assets/asset_store.h"
#include "client/prefetch.h"
#include "net/http_client.h"

#include <memory>
#include <string>

namespace drover::agent {

// Pulls images over the engine's API; those that are there are left as they are. Brings resources to the store, where
// they stay.
client::FetchRequirements market_prefetch(net::HttpClient engine, std::shared_ptr<assets::AssetStore> store);

}  // namespace drover::agent
