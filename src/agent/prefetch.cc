#include "agent/prefetch.h"

#include "model/market.h"

namespace drover::agent {
namespace {

net::Task<Status> fetch(KeepImages keep_images, std::shared_ptr<assets::AssetStore> store,
                        rpc::Requirements requirements) {
  std::vector<model::Asset> resources;
  for (const codec::Value& resource : requirements.resources) {
    CO_TRY_LET(model::Asset asset, model::required_asset(resource));
    resources.push_back(std::move(asset));
  }
  store->unpin_all_but(resources);
  for (const model::Asset& asset : resources) {
    const Status done = co_await store->prefetch(asset);
    if (!done) co_return err(done.error().context("resource " + model::asset_title(asset)));
  }
  co_return co_await keep_images(std::move(requirements.images));
}

}  // namespace

client::FetchRequirements market_prefetch(KeepImages keep_images, std::shared_ptr<assets::AssetStore> store) {
  return [keep_images = std::move(keep_images), store = std::move(store)](rpc::Requirements requirements) {
    return fetch(keep_images, store, std::move(requirements));
  };
}

}  // namespace drover::agent
