#include "assets/bucket.h"

#include "assets/gcs.h"
#include "assets/s3.h"
#include "base/strings.h"

#include <utility>

namespace drover::assets {
namespace {

using Env = std::map<std::string, std::string>;

constexpr size_t kMaxListing = 16 << 20;

class S3Bucket final : public Bucket {
 public:
  S3Bucket(S3Place place, std::optional<Signing> signing) : place_(std::move(place)), signing_(std::move(signing)) {}

  const std::string& key() const override { return place_.key; }
  DownloadSpec object(std::string_view key) const override { return signed_request(s3_object_url(place_, key)); }
  DownloadSpec list(std::string_view prefix, std::string_view continuation) const override {
    return signed_request(s3_list_url(place_, prefix, continuation));
  }
  Result<ObjectListing> parse_listing(std::string_view text) const override { return parse_s3_listing(text); }

 private:
  DownloadSpec signed_request(Url url) const {
    return {.url = std::move(url), .headers = s3_headers(signing_), .signing = signing_};
  }

  S3Place place_;
  std::optional<Signing> signing_;
};

class GcsBucket final : public Bucket {
 public:
  GcsBucket(GcsPlace place, const Env& env) : place_(std::move(place)), headers_(gcs_headers(place_, env)) {}

  const std::string& key() const override { return place_.key; }
  DownloadSpec object(std::string_view key) const override {
    return {.url = gcs_object_url(place_, key), .headers = headers_};
  }
  DownloadSpec list(std::string_view prefix, std::string_view continuation) const override {
    return {.url = gcs_list_url(place_, prefix, continuation), .headers = headers_};
  }
  Result<ObjectListing> parse_listing(std::string_view text) const override { return parse_gcs_listing(text); }

 private:
  GcsPlace place_;
  std::map<std::string, std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Bucket>> open_bucket(const Source& source, const Env& env) {
  if (source.getter == Getter::Gcs) {
    TRY_LET(GcsPlace place, parse_gcs(source));
    return std::make_unique<GcsBucket>(std::move(place), env);
  }
  TRY_LET(S3Place place, parse_s3(source, env));
  TRY_LET(auto signing, s3_signing(source, place, env));
  return std::make_unique<S3Bucket>(std::move(place), std::move(signing));
}

std::string directory_prefix(const std::string& prefix) {
  return prefix.empty() || prefix.ends_with('/') ? prefix : prefix + "/";
}

Result<std::vector<std::string>> list_below(const DownloadContext& download, const Bucket& bucket,
                                            uint64_t max_objects) {
  const std::string prefix = directory_prefix(bucket.key());
  std::vector<std::string> keys;
  std::string continuation;
  do {
    TRY_LET(const Document document, download_text(download, bucket.list(prefix, continuation), kMaxListing));
    TRY_LET(ObjectListing listing, bucket.parse_listing(document.text));
    for (const ListedObject& object : listing.objects) {
      const std::string& key = object.key;
      if (key.starts_with(prefix) && !key.ends_with('/')) keys.push_back(key.substr(prefix.size()));
    }
    if (max_objects != 0 && keys.size() > max_objects) {
      return err(ErrorCode::ResourceExhausted, "there are more objects than this agent downloads ({})", max_objects);
    }
    if (listing.continuation == continuation) break;
    continuation = std::move(listing.continuation);
  } while (!continuation.empty());
  if (keys.empty()) return err(ErrorCode::NotFound, "no object is named so or starts with \"{}\"", printable(prefix));
  return keys;
}

}  // namespace drover::assets
