#pragma once

#include "assets/download.h"
#include "assets/source.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::assets {

struct ListedObject {
  std::string key;
  std::optional<uint64_t> bytes;
  std::string etag;  // with its quotes; "": not told
};
struct ObjectListing {
  std::vector<ListedObject> objects;
  std::string continuation;  // "": that was all
};

// A bucket of S3 or of Google Cloud Storage, and what an artifact wants of it.
class Bucket {
 public:
  virtual ~Bucket() = default;

  // An object, or a prefix of objects; "": all of them.
  virtual const std::string& key() const = 0;
  virtual DownloadSpec object(std::string_view key) const = 0;
  virtual DownloadSpec list(std::string_view prefix, std::string_view continuation) const = 0;
  virtual Result<ObjectListing> parse_listing(std::string_view text) const = 0;
};

// REQUIRES a source of S3 or GCS. `env` has the credentials that the source does not bring itself.
Result<std::unique_ptr<Bucket>> open_bucket(const Source& source, const std::map<std::string, std::string>& env);

// `prefix` as that of a directory: "" or with a "/" at its end.
std::string directory_prefix(const std::string& prefix);

// What lies below the bucket's key, by names relative to it; "directories" are left out. ResourceExhausted beyond
// `max_objects`, 0: no limit.
Result<std::vector<std::string>> list_below(const DownloadContext& download, const Bucket& bucket,
                                            uint64_t max_objects);

}  // namespace drover::assets
