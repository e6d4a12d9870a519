// What people ask of the node's assets.

#include "client/assets_view.h"
#include "client/client_impl.h"
#include "codec/describe.h"
#include "codec/json.h"

#include <utility>

namespace drover::client {
namespace {

AssetView view_of(const assets::AssetInfo& info) {
  AssetView view{.key = info.key,
                 .title = info.record.title,
                 .bytes = info.record.bytes,
                 .files = info.record.files,
                 .downloaded_at = info.record.downloaded_at,
                 .last_used = info.record.last_used,
                 .expires_at = info.expires_at,
                 .pinned = info.record.pinned,
                 .users = info.record.users};
  if (!info.coming) return view;
  view.downloading = true;
  view.bytes = info.coming->bytes;
  view.bytes_total = info.coming->total;
  view.bytes_per_second = info.coming->bytes_per_second;
  return view;
}

// A call for a download waits so long; the download goes on.
constexpr Duration kPatience = std::chrono::seconds(2);

// Somebody who waits for an asset while nobody else does.
net::Task<void> keep_coming(std::shared_ptr<assets::AssetStore> store, model::Asset asset) {
  std::ignore = co_await store->acquire(std::move(asset), assets::Hold::None, {}, {});
}

}  // namespace

net::Task<Result<std::string>> Client::Impl::prefetch_asset(model::Asset asset) {
  const auto store = deps.assets;
  if (!store->holds(asset) && !store->coming(asset)) {
    deps.loop.spawn("asset prefetch", keep_coming(store, asset));
  }
  const auto come =
      co_await net::with_timeout(kPatience, "the download", store->acquire(asset, assets::Hold::None, {}, {}));
  if (come) co_return std::string(R"({"Done":true})");
  const auto progress = store->coming(asset);
  if (come.error().code() != ErrorCode::DeadlineExceeded || !progress) co_return err(come.error());
  co_return fmt::format(R"({{"Done":false,"Bytes":{},"BytesTotal":{},"BytesPerSecond":{}}})", progress->bytes,
                        progress->total, progress->bytes_per_second);
}

net::Task<Status> Client::Impl::answer_assets(rpc::CallRequest request, CallWriter& writer) {
  if (!deps.assets) co_return err(ErrorCode::Unavailable, "this agent keeps no assets");
  if (request.method == rpc::CallMethod::AssetList) co_return co_await list_assets(writer);
  std::string answer = "{}";
  if (request.method == rpc::CallMethod::AssetPrefetch) {
    CO_TRY_LET(const auto asset, codec::from_json<model::Asset>(request.asset));
    CO_TRY_LET(answer, co_await prefetch_asset(asset));
  } else {
    CO_TRY_LET(const uint64_t freed, co_await deps.assets->evict(request.asset));
    answer = fmt::format("{{\"BytesFreed\":{}}}", freed);
  }
  CO_TRY(co_await writer.begin("application/json"));
  co_return co_await writer.write(answer);
}

net::Task<Status> Client::Impl::list_assets(CallWriter& writer) {
  AssetsView view{.node_id = agent->node.id.str(), .node_name = agent->node.name};
  for (const assets::AssetInfo& info : deps.assets->list()) view.assets.push_back(view_of(info));
  CO_TRY(co_await writer.begin("application/json"));
  co_return co_await writer.write(codec::to_json(view));
}

}  // namespace drover::client
