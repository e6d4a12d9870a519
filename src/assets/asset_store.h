#pragma once

#include "assets/asset_disk.h"
#include "assets/asset_record.h"
#include "assets/fetcher.h"
#include "assets/request.h"
#include "model/holdings.h"
#include "net/loop.h"
#include "net/task.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::assets {

struct AssetStoreOptions {
  std::string directory;
  uint64_t max_bytes = 0;                 // of all assets together; 0: what the disk has
  Duration ttl = std::chrono::hours(24);  // from the download on; 0: for ever
  unsigned downloads = 2;                 // assets at a time; others wait
  uint32_t connections = 4;               // files of an asset at a time
  AssetLimits limits;
  AssetEndpoints endpoints;
  FetcherOptions helper;  // `concurrency` is not used
};

// What the store says of one asset, for people and servers.
struct AssetInfo {
  AssetRecord record;              // without a key while it comes for the first time
  std::string key;                 // the first digits: enough to name it
  std::optional<Progress> coming;  // a download is under way
  WallTime expires_at;             // zero: never, or not while it is in use
};

// Who an asset is held for.
enum class Hold : uint8_t {
  Use,   // by a task, until release()
  Pin,   // for the node, until unpin_all_but(): what a market requires
  None,  // it is only to be here
};

// The assets of a node: each is downloaded once, however many ask for it at a time, kept for a day, and never removed
// while it is in use. Downloads go on after kill -9 of the agent. Whoever asks for something with credentials gets it
// only by them. Owner: the loop's thread; what it has under way keeps it alive.
class AssetStore : public std::enable_shared_from_this<AssetStore> {
 public:
  using OnProgress = std::function<void(const Progress&)>;

  static std::shared_ptr<AssetStore> create(net::Loop& loop, const Clock& clock, AssetStoreOptions options);
  // Kills downloads that are under way.
  ~AssetStore();
  AssetStore(const AssetStore&) = delete;
  AssetStore& operator=(const AssetStore&) = delete;

  // Before anything else, once. Users for whom `lives` is false are forgotten: their tasks have gone without a word.
  net::Task<Status> open(std::function<bool(const std::string& user)> lives);
  // Downloads end; later calls fail. Idempotent.
  void stop();

  // Returns when the asset is here: its directory, read-only. `user` ("allocation/task") holds it with Hold::Use.
  // Errors do not hold credentials. Unavailable, DeadlineExceeded, ResourceExhausted: worth another try.
  net::Task<Result<std::string>> acquire(model::Asset asset, Hold hold, std::string user, OnProgress on_progress);
  // The task is gone.
  void release(const std::string& user);

  // Brings the asset here and pins it.
  net::Task<Status> prefetch(model::Asset asset, OnProgress on_progress = {});
  // What else is pinned expires like others from now on.
  void unpin_all_but(const std::vector<model::Asset>& assets);
  // It is here, and stays for now.
  bool holds(const model::Asset& asset) const;

  // A download of it is under way.
  std::optional<Progress> coming(const model::Asset& asset) const;

  std::vector<AssetInfo> list() const;
  // Those whose keys start so, or all that are not in use with "". NotFound; Conflict: it is in use. The number of
  // bytes that were freed.
  net::Task<Result<uint64_t>> evict(std::string key);

  // What a server has to know to choose a node; changes with version().
  std::vector<model::HeldItem> held() const;
  uint64_t version() const { return version_; }

 private:
  struct Download;
  AssetStore(net::Loop& loop, const Clock& clock, AssetStoreOptions options);

  std::string key_of(const model::Asset& asset) const;
  static net::Task<void> run_download(std::shared_ptr<AssetStore> self, std::shared_ptr<Download> download);
  static net::Task<void> run_sync(std::shared_ptr<AssetStore> self, std::string key);
  static net::Task<void> run_write(std::shared_ptr<AssetStore> self, AssetRecord record);
  static net::Task<void> run_remove(std::shared_ptr<AssetStore> self, std::vector<std::string> keys);
  enum class Reuse : uint8_t { Allowed, No };
  net::Task<Status> fetch(std::shared_ptr<Download> download);
  net::Task<Result<AssetDisk::Installed>> bring(std::shared_ptr<Download> download, std::string access, Reuse reuse);
  static net::Task<Status> await_download(std::shared_ptr<Download> download, OnProgress on_progress);
  std::shared_ptr<Download> join_download(const std::string& key, const model::Asset& asset);
  Status make_room(const std::string& key, uint64_t bytes);
  void on_progress(Download& download, const Progress& progress);
  void hold(AssetRecord& record, Hold hold, const std::string& user);
  void changed(const AssetRecord& record);
  void drop(const std::vector<std::string>& keys);
  void expire();
  void schedule_expiry();

  net::Loop& loop_;
  const Clock& clock_;
  const AssetStoreOptions options_;
  net::BlockingPool downloads_pool_;
  net::BlockingPool disk_pool_{"asset disk", 1};
  std::shared_ptr<const AssetDisk> disk_;  // from open() on
  std::string boot_;

  AssetIndex index_;
  std::map<std::string, std::shared_ptr<Download>> downloads_;  // by key
  uint64_t version_ = 0;
  net::Timer expiry_;
  bool stopped_ = false;
};

}  // namespace drover::assets
