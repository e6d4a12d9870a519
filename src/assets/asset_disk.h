#pragma once

#include "assets/asset.h"
#include "assets/asset_record.h"
#include "sys/directory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::assets {

// The store's directory: index/<key> (a storage record), trees/<key> (read-only, hard links to blobs),
// blobs/<access>/<sha256>, work/<key> (a download under way, the fetching process's own). An asset is there when its
// record is: that comes last and goes first. Everything blocks; calls that change something come one at a time.
class AssetDisk {
 public:
  static Result<AssetDisk> open(const std::string& directory);

  // All that is whole; the rest is removed, and downloads that nobody has continued for `work_ttl`. What may not have
  // reached the disk before the machine went down (`boot` is another one now) is not whole.
  Result<AssetIndex> load(const std::string& boot, WallTime now, Duration work_ttl) const;

  // Where the asset is, or comes.
  std::string tree_path(const std::string& key) const { return root_.path() + "/trees/" + key; }
  Result<sys::Directory> open_work(const std::string& key) const;
  Status remove_work(const std::string& key) const;

  // SHA-256 of the blobs that come from the same access, or were there for everybody; sorted.
  Result<std::vector<std::string>> have(const std::string& access) const;

  // Makes the tree of what lies in the working directory. Conflict: a blob has gone meanwhile.
  struct Installed {
    uint64_t bytes = 0;
    uint64_t files = 0;
  };
  Result<Installed> install(const std::string& key, const std::string& access) const;
  // Returns when the tree is on the disk, whatever happens to the machine.
  Status sync(const std::string& key) const;

  Status write(const AssetRecord& record) const;
  // The asset, and blobs that no other one has.
  Status remove(const std::string& key) const;

  // What the file system has left for this process.
  uint64_t free_bytes() const;

 private:
  explicit AssetDisk(sys::Directory root) : root_(std::move(root)) {}

  Status take_in(const sys::Directory& work, const AssetFile& file, const std::string& blobs) const;
  Status link(const std::string& blob, const std::string& tree, const std::string& path) const;
  Status seal(const std::string& directory) const;
  Status collect_blobs() const;
  Status sync_beneath(const std::string& path) const;
  Status remove_old_work(WallTime now, Duration work_ttl) const;
  Result<std::string> find_blob(const std::string& access, const std::string& sha256) const;

  sys::Directory root_;
};

// Whose credentials an asset is fetched with, as the name of a directory: "public", or a hash.
std::string access_of(const model::Asset& asset);

}  // namespace drover::assets
