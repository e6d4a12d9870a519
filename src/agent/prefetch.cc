#include "agent/prefetch.h"

#include "base/strings.h"
#include "model/holdings.h"
#include "model/market.h"
#include "net/http_client.h"

namespace drover::agent {
namespace {

using Engine = std::shared_ptr<const net::HttpClient>;

// "busybox" → "busybox:latest"; what has a tag or a digest stays.
std::string with_tag(const std::string& image) {
  const size_t slash = image.rfind('/');
  const std::string_view name = std::string_view(image).substr(slash == std::string::npos ? 0 : slash + 1);
  return name.find_first_of(":@") == std::string_view::npos ? image + ":latest" : image;
}

net::Task<Status> pull(Engine engine, std::string image) {
  const std::string full = with_tag(image);
  auto known = co_await engine->request({.target = "/images/" + full + "/json"});
  if (!known) co_return err(known.error().context("image " + image));
  if (known->status == 200) co_return Ok{};
  auto opened = co_await engine->open({.method = "POST", .target = "/images/create?fromImage=" + net::url_encode(full)},
                                      {.response = std::chrono::minutes(2), .idle = std::chrono::minutes(5)});
  if (!opened) co_return err(opened.error().context("image " + image));
  // The progress ends when the image is there; what went wrong is told by asking again.
  std::string last;
  while (true) {
    auto chunk = co_await opened->read_chunk();
    if (!chunk) co_return err(chunk.error().context("image " + image));
    if (!*chunk) break;
    last = std::move(**chunk);
  }
  auto pulled = co_await engine->request({.target = "/images/" + full + "/json"});
  if (pulled && pulled->status == 200) co_return Ok{};
  co_return err(ErrorCode::Unavailable, "image {} cannot be pulled: {}", image, printable(trim(last), 300));
}

net::Task<Status> fetch(Engine engine, std::shared_ptr<assets::AssetStore> store, rpc::Requirements requirements) {
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
  for (const std::string& image : requirements.images) {
    const Status done = co_await pull(engine, image);
    if (!done) co_return done;
  }
  co_return Ok{};
}

}  // namespace

client::FetchRequirements market_prefetch(net::HttpClient engine, std::shared_ptr<assets::AssetStore> store) {
  return [engine = std::make_shared<const net::HttpClient>(std::move(engine)), store = std::move(store)](
             rpc::Requirements requirements) { return fetch(engine, store, std::move(requirements)); };
}

}  // namespace drover::agent
