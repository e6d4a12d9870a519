#pragma once

#include "assets/asset_store.h"
#include "client/prefetch.h"
#include "net/task.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::agent {

// Brings images here and keeps them until it is called with others.
using KeepImages = std::function<net::Task<Status>(std::vector<std::string> images)>;

// Resources stay in the store for as long as the market requires them, images for as long as `keep_images` keeps them.
client::FetchRequirements market_prefetch(KeepImages keep_images, std::shared_ptr<assets::AssetStore> store);

}  // namespace drover::agent
