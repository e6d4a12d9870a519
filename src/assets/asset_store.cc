#include "assets/asset_store.h"

#include "assets/checksum.h"
#include "assets/helper.h"
#include "assets/helper_process.h"
#include "base/log.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/host.h"

#include <algorithm>
#include <set>

namespace drover::assets {
namespace {

constexpr Duration kExpiryInterval = std::chrono::seconds(30);
constexpr size_t kShownDigits = 16;

Error closed() {
  return {ErrorCode::Unavailable, "this agent has no asset store"};
}

}  // namespace

// One asset that comes, for all who wait for it. Of the loop's thread, but for `cancelled` and what does not change.
struct AssetStore::Download {
  std::string key;
  model::Asset asset;
  sys::Fd cancelled;
  sys::Fd cancel;
  size_t waiters = 0;
  Progress progress;
  std::optional<Error> refusal;  // it is too large
  std::optional<Status> result;
  net::Notifier news;
};

std::shared_ptr<AssetStore> AssetStore::create(net::Loop& loop, const Clock& clock, AssetStoreOptions options) {
  return std::shared_ptr<AssetStore>(new AssetStore(loop, clock, std::move(options)));
}

AssetStore::AssetStore(net::Loop& loop, const Clock& clock, AssetStoreOptions options)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      downloads_pool_("assets", std::max(1u, options_.downloads)) {}

AssetStore::~AssetStore() {
  stop();
  downloads_pool_.stop();
  disk_pool_.stop();
}

void AssetStore::stop() {
  stopped_ = true;
  expiry_.cancel();
  for (const auto& [key, download] : downloads_) download->cancel.reset();
}

net::Task<Status> AssetStore::open(std::function<bool(const std::string& user)> lives) {
  boot_ = sys::host_info().boot_id;
  struct Opened {
    std::shared_ptr<const AssetDisk> disk;
    AssetIndex index;
  };
  const auto load = [directory = options_.directory, boot = boot_, now = clock_.now(), ttl = options_.ttl,
                     lives]() -> Result<Opened> {
    TRY_LET(AssetDisk disk, AssetDisk::open(directory));
    TRY_LET(AssetIndex index, disk.load(boot, now, ttl));
    for (auto& [key, record] : index) {
      if (std::erase_if(record.users, [&](const std::string& user) { return !lives(user); }) > 0) {
        TRY(disk.write(record));
      }
    }
    return Opened{.disk = std::make_shared<const AssetDisk>(std::move(disk)), .index = std::move(index)};
  };
  CO_TRY_LET(Opened opened, co_await net::run_blocking(disk_pool_, load));
  disk_ = std::move(opened.disk);
  index_ = std::move(opened.index);
  version_++;
  for (const auto& [key, record] : index_) {
    if (!record.unsynced_boot.empty()) loop_.spawn("asset sync", run_sync(shared_from_this(), key));
  }
  schedule_expiry();
  co_return Ok{};
}

// The endpoints are a part of it: another server has other files under the same name.
std::string AssetStore::key_of(const model::Asset& asset) const {
  std::string text = model::asset_identity(asset);
  if (asset.type == "HF") text += options_.endpoints.hugging_face;
  if (asset.type == "Ollama") text += options_.endpoints.ollama;
  return sha256(text);
}

bool AssetStore::holds(const model::Asset& asset) const {
  const auto found = index_.find(key_of(asset));
  return found != index_.end() && !is_expired(found->second, clock_.now(), options_.ttl);
}

std::optional<Progress> AssetStore::coming(const model::Asset& asset) const {
  const auto found = downloads_.find(key_of(asset));
  return found == downloads_.end() ? std::nullopt : std::optional(found->second->progress);
}

net::Task<Result<std::string>> AssetStore::acquire(model::Asset asset, Hold hold_as, std::string user,
                                                   OnProgress on_progress) {
  if (!disk_ || stopped_) co_return err(closed());
  const std::string key = key_of(asset);
  expire();
  while (!index_.contains(key)) {
    const Status come = co_await await_download(join_download(key, asset), on_progress);
    // One that ended because all who waited for it had gone, before this caller came.
    if (!come && (come.error().code() != ErrorCode::Cancelled || stopped_)) co_return err(come.error());
    if (come && !index_.contains(key)) co_return err(ErrorCode::Unavailable, "the asset has been evicted meanwhile");
  }
  hold(index_[key], hold_as, user);
  co_return disk_->tree_path(key);
}

net::Task<Status> AssetStore::await_download(std::shared_ptr<Download> download, OnProgress on_progress) {
  // The last one who goes ends it.
  const auto leave = [](Download* d) {
    if (--d->waiters == 0) d->cancel.reset();
  };
  download->waiters++;
  const std::unique_ptr<Download, decltype(leave)> waiting(download.get(), leave);
  while (!download->result) {
    const uint64_t seen = download->news.version();
    if (on_progress && download->progress.bytes > 0) on_progress(download->progress);
    co_await download->news.wait(seen, net::kNoTimeout);
  }
  co_return *download->result;
}

void AssetStore::hold(AssetRecord& record, Hold hold, const std::string& user) {
  record.last_used = clock_.now();
  if (hold == Hold::Pin) record.pinned = true;
  const auto place = std::ranges::lower_bound(record.users, user);
  if (hold == Hold::Use && (place == record.users.end() || *place != user)) record.users.insert(place, user);
  changed(record);
}

void AssetStore::release(const std::string& user) {
  for (auto& [key, record] : index_) {
    if (std::erase(record.users, user) == 0) continue;
    record.last_used = clock_.now();
    changed(record);
  }
}

void AssetStore::unpin_all_but(const std::vector<model::Asset>& assets) {
  std::set<std::string> keys;
  for (const model::Asset& asset : assets) keys.insert(key_of(asset));
  for (auto& [key, record] : index_) {
    if (!record.pinned || keys.contains(key)) continue;
    record.pinned = false;
    changed(record);
  }
}

net::Task<Status> AssetStore::prefetch(model::Asset asset, OnProgress on_progress) {
  CO_TRY(co_await acquire(std::move(asset), Hold::Pin, {}, std::move(on_progress)));
  co_return Ok{};
}

std::shared_ptr<AssetStore::Download> AssetStore::join_download(const std::string& key, const model::Asset& asset) {
  std::shared_ptr<Download>& download = downloads_[key];
  if (download) return download;
  download = std::make_shared<Download>();
  download->key = key;
  download->asset = asset;
  if (auto pipe = sys::make_pipe()) {
    download->cancelled = std::move(pipe->read);
    download->cancel = std::move(pipe->write);
  }
  loop_.spawn("asset download", run_download(shared_from_this(), download));
  return download;
}

net::Task<void> AssetStore::run_download(std::shared_ptr<AssetStore> self, std::shared_ptr<Download> download) {
  const MonoTime started = self->clock_.mono();
  const Status result = co_await self->fetch(download);
  self->downloads_.erase(download->key);
  if (result) {
    const auto seconds = std::chrono::duration<double>(self->clock_.mono() - started).count();
    log::info("asset downloaded", {{"asset", model::asset_title(download->asset)},
                                   {"bytes", self->index_[download->key].bytes},
                                   {"seconds", seconds}});
  }
  download->result = result;
  download->news.notify();
}

// Files that other assets have need not come; but they may go with those while the others come.
net::Task<Result<AssetDisk::Installed>> AssetStore::bring(std::shared_ptr<Download> download, std::string access,
                                                          Reuse reuse) {
  const auto disk = disk_;
  std::vector<std::string> have;
  if (reuse == Reuse::Allowed) {
    CO_TRY_LET(have, co_await net::run_blocking(disk_pool_, [disk, access] { return disk->have(access); }));
  }
  const auto progress = [this, weak = weak_from_this(), download](const Progress& now) {
    loop_.post("asset progress", [weak, download, now] {
      if (const auto self = weak.lock()) self->on_progress(*download, now);
    });
  };
  const auto work = [disk, download, have, progress, &options = options_]() -> Status {
    TRY_LET(const sys::Directory directory, disk->open_work(download->key));
    const AssetOrder order{.asset = download->asset,
                           .endpoints = options.endpoints,
                           .limits = options.limits,
                           .connections = options.connections,
                           .have = have,
                           .isolate = options.helper.isolate};
    TRY(run_helper_process({.program = options.helper.program,
                            .argument = std::string(kAssetHelperArgument),
                            .environment = options.helper.environment,
                            .order = codec::encode_record(order),
                            .work = directory.fd().get(),
                            .cancelled = download->cancelled,
                            .limit = options.limits.timeout,
                            .on_progress = progress}));
    return Ok{};
  };
  const Status come = co_await net::run_blocking(downloads_pool_, work);
  if (download->refusal) co_return err(*download->refusal);
  CO_TRY(come);
  const auto install = [disk, key = download->key, access] { return disk->install(key, access); };
  co_return co_await net::run_blocking(disk_pool_, install);
}

net::Task<Status> AssetStore::fetch(std::shared_ptr<Download> download) {
  const std::string key = download->key;
  const std::string access = access_of(download->asset);
  const auto disk = disk_;
  auto come = co_await bring(download, access, Reuse::Allowed);
  if (!come && come.error().code() == ErrorCode::Conflict) come = co_await bring(download, access, Reuse::No);
  if (!come) co_return err(come.error());
  const AssetDisk::Installed installed = *come;
  if (const auto room = make_room(key, installed.bytes); !room) {
    loop_.spawn("asset removal", run_remove(shared_from_this(), {key}));
    co_return room;
  }
  const WallTime now = clock_.now();
  AssetRecord record{.key = key,
                     .held_key = model::asset_key(download->asset),
                     .title = model::asset_title(download->asset),
                     .bytes = installed.bytes,
                     .files = installed.files,
                     .downloaded_at = now,
                     .last_used = now,
                     .unsynced_boot = boot_};
  const auto finish = [disk, record]() -> Status {
    TRY(disk->write(record));
    return disk->remove_work(record.key);
  };
  CO_TRY(co_await net::run_blocking(disk_pool_, finish));
  index_[key] = std::move(record);
  version_++;
  loop_.spawn("asset sync", run_sync(shared_from_this(), key));
  co_return Ok{};
}

void AssetStore::on_progress(Download& download, const Progress& progress) {
  const bool first = download.progress.total == 0 && progress.total > 0;
  download.progress = progress;
  if (first && !download.refusal) {
    const auto room = make_room(download.key, progress.total);
    if (!room) {
      download.refusal = room.error();
      download.cancel.reset();
    }
  }
  download.news.notify();
}

// For an asset of so many bytes, of which some may be on the disk already. What has to go, goes.
Status AssetStore::make_room(const std::string& key, uint64_t bytes) {
  AssetIndex others = index_;
  others.erase(key);
  uint64_t needed = 0;
  if (const uint64_t limit = options_.max_bytes; limit != 0) {
    if (bytes > limit) {
      return err(ErrorCode::ResourceExhausted, "it has {} bytes, this node keeps {} of all assets", bytes, limit);
    }
    const uint64_t used = total_bytes(others) + bytes;
    needed = used > limit ? used - limit : 0;
  }
  const auto download = downloads_.find(key);
  const uint64_t here = download == downloads_.end() ? bytes : std::min(bytes, download->second->progress.bytes);
  const uint64_t free = disk_->free_bytes();
  if (bytes - here > free) needed = std::max(needed, bytes - here - free);
  TRY_LET(const auto victims, plan_eviction(others, needed));
  drop(victims);
  return Ok{};
}

void AssetStore::drop(const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  for (const std::string& key : keys) {
    log::info("asset removed", {{"asset", index_[key].title}, {"bytes", index_[key].bytes}});
    index_.erase(key);
  }
  version_++;
  loop_.spawn("asset removal", run_remove(shared_from_this(), keys));
}

void AssetStore::expire() {
  drop(plan_expiry(index_, clock_.now(), options_.ttl));
}

void AssetStore::schedule_expiry() {
  if (stopped_) return;
  expiry_ = loop_.after(kExpiryInterval, "asset expiry", [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->stopped_) return;
    self->expire();
    self->schedule_expiry();
  });
}

void AssetStore::changed(const AssetRecord& record) {
  version_++;
  loop_.spawn("asset record", run_write(shared_from_this(), record));
}

// In order: one thread writes.
net::Task<void> AssetStore::run_write(std::shared_ptr<AssetStore> self, AssetRecord record) {
  const auto write = [disk = self->disk_, record] { return disk->write(record); };
  const auto written = co_await net::run_blocking(self->disk_pool_, write);
  if (!written) log::warn("an asset's record was not written", {{"error", written.error().message()}});
}

net::Task<void> AssetStore::run_remove(std::shared_ptr<AssetStore> self, std::vector<std::string> keys) {
  const auto remove = [disk = self->disk_, keys]() -> Status {
    for (const std::string& key : keys) TRY(disk->remove(key));
    return Ok{};
  };
  const auto removed = co_await net::run_blocking(self->disk_pool_, remove);
  if (!removed) log::warn("an asset was not removed", {{"error", removed.error().message()}});
}

net::Task<void> AssetStore::run_sync(std::shared_ptr<AssetStore> self, std::string key) {
  // Beside the pools: it takes as long as the disk needs.
  const auto sync = [disk = self->disk_, key] { return disk->sync(key); };
  const auto synced = co_await net::run_blocking(self->downloads_pool_, sync);
  const auto found = self->index_.find(key);
  if (!synced || found == self->index_.end()) co_return;
  found->second.unsynced_boot.clear();
  self->changed(found->second);
}

net::Task<Result<uint64_t>> AssetStore::evict(std::string key) {
  if (!disk_ || stopped_) co_return err(closed());
  std::vector<std::string> victims;
  uint64_t bytes = 0;
  for (const auto& [name, record] : index_) {
    if (!name.starts_with(key)) continue;
    if (record.in_use()) {
      if (key.empty()) continue;
      co_return err(ErrorCode::Conflict, "asset {} is in use by {}", name.substr(0, kShownDigits),
                    record.pinned ? "the node's market" : record.users.front());
    }
    victims.push_back(name);
    bytes += record.bytes;
  }
  if (victims.empty() && !key.empty())
    co_return err(ErrorCode::NotFound, "this node has no asset \"{}\"", printable(key, 80));
  if (victims.size() > 1 && !key.empty())
    co_return err(ErrorCode::InvalidArgument, "\"{}\" names several assets", printable(key, 80));
  drop(victims);
  co_return bytes;
}

std::vector<AssetInfo> AssetStore::list() const {
  std::vector<AssetInfo> out;
  for (const auto& [key, record] : index_) {
    AssetInfo info{.record = record, .key = key.substr(0, kShownDigits)};
    if (options_.ttl > Duration(0) && !record.in_use()) info.expires_at = record.downloaded_at + options_.ttl;
    out.push_back(std::move(info));
  }
  for (const auto& [key, download] : downloads_) {
    if (index_.contains(key)) continue;
    AssetInfo info{.key = key.substr(0, kShownDigits), .coming = download->progress};
    info.record.title = model::asset_title(download->asset);
    out.push_back(std::move(info));
  }
  return out;
}

std::vector<model::HeldItem> AssetStore::held() const {
  std::vector<model::HeldItem> out;
  const WallTime now = clock_.now();
  for (const auto& [key, record] : index_) {
    if (record.held_key != 0 && !is_expired(record, now, options_.ttl)) out.push_back({record.held_key, record.bytes});
  }
  return out;
}

}  // namespace drover::assets
