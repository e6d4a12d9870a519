// Prefixes of S3 buckets, on Amazon's servers and others', and files at plain addresses.

#include "assets/asset_listing.h"
#include "assets/s3.h"
#include "base/strings.h"
#include "model/holdings.h"

#include <arpa/inet.h>
#include <algorithm>

namespace drover::assets {
namespace {

constexpr size_t kMaxListing = 16 << 20;

// One URL of the asset with what is wanted below it.
struct Prefix {
  std::string url;
  std::string bucket;
  std::vector<std::string> files;
};

Source source_of(const model::Asset& asset, Url url) {
  Source source{.getter = Getter::S3, .url = std::move(url)};
  if (!asset.region.empty()) source.settings["region"] = asset.region;
  if (!asset.access_key_id.empty()) source.settings["aws_access_key_id"] = asset.access_key_id;
  if (!asset.secret_access_key.empty()) source.settings["aws_access_key_secret"] = asset.secret_access_key;
  return source;
}

bool is_address(std::string host) {
  if (host == "localhost" || host.starts_with('[')) return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

class S3Lister {
 public:
  S3Lister(const DownloadContext& context, const AssetOrder& order)
      : context_(context), asset_(order.asset), max_files_(order.limits.files) {}

  Result<std::vector<RemoteFile>> list(const Prefix& prefix) {
    TRY_LET(Url url, parse_url(model::canonical_s3_url(prefix.url)));
    if (!prefix.bucket.empty() && url.scheme != "s3") url = with_bucket(url, prefix.bucket);
    TRY_LET(const auto places, places_of(url, !prefix.bucket.empty()));
    TRY_LET(const auto signing, s3_signing(source_of(asset_, url), places.front(), {}));
    if (!prefix.files.empty()) return named(places.front(), signing, prefix.files);
    std::optional<Error> first;
    for (const S3Place& place : places) {
      auto files = listed(place, signing);
      if (files) return files;
      if (files.error().code() == ErrorCode::Unavailable) return files;
      if (!first) first = files.error();
    }
    const S3Place& place = places.front();
    if (place.key.empty()) return err(*first);
    return single(place, signing);
  }

 private:
  // "https://endpoint/prefix" and a bucket: its objects below the prefix.
  static Url with_bucket(Url url, const std::string& bucket) {
    const std::string segment = "/" + escape_component(bucket);
    const bool named = url.host.starts_with(bucket + ".") || url.path == segment || url.path.starts_with(segment + "/");
    if (!named) url.path = segment + url.path;
    return url;
  }

  // Where the bucket ends in a URL of a server that is not Amazon's is not said: its host is the bucket, or the first
  // part of its path.
  Result<std::vector<S3Place>> places_of(const Url& url, bool has_bucket) const {
    const auto path_style = parse_s3(source_of(asset_, url), {});
    const bool amazon =
        url.scheme == "s3" || url.host.ends_with(".amazonaws.com") || url.host.ends_with(".amazonaws.com.cn");
    if (amazon || has_bucket) {
      if (!path_style) return err(path_style.error());
      return std::vector<S3Place>{*path_style};
    }
    S3Place host_style{.base = url, .key = unescape(url.path.substr(url.path.empty() ? 0 : 1)), .region = region()};
    host_style.base.path.clear();
    host_style.base.query.clear();
    std::vector<S3Place> places{host_style};
    if (path_style) places.insert(is_address(url.host) ? places.begin() : places.end(), *path_style);
    return places;
  }

  std::string region() const { return asset_.region.empty() ? "us-east-1" : asset_.region; }

  static RemoteFile file_of(const S3Place& place, const std::optional<Signing>& signing, const std::string& key) {
    RemoteFile file;
    file.spec = {.url = s3_object_url(place, key), .headers = s3_headers(signing), .signing = signing};
    return file;
  }

  Result<std::vector<RemoteFile>> named(const S3Place& place, const std::optional<Signing>& signing,
                                        const std::vector<std::string>& names) const {
    std::vector<RemoteFile> files;
    for (const std::string& name : names) {
      const std::string key = place.key.empty() ? name : place.key + "/" + name;
      files.push_back(file_of(place, signing, key));
      files.back().path = name;
    }
    return files;
  }

  static Result<std::vector<RemoteFile>> single(const S3Place& place, const std::optional<Signing>& signing) {
    std::vector<RemoteFile> files{file_of(place, signing, place.key)};
    files.back().path = place.key.substr(place.key.rfind('/') + 1);
    return files;
  }

  Result<std::vector<RemoteFile>> listed(const S3Place& place, const std::optional<Signing>& signing) const {
    const std::string beneath = place.key.empty() ? "" : place.key + "/";
    std::vector<RemoteFile> files;
    std::string continuation;
    do {
      const DownloadSpec spec{
          .url = s3_list_url(place, place.key, continuation), .headers = s3_headers(signing), .signing = signing};
      TRY_LET(const Document document, download_text(context_, spec, kMaxListing));
      TRY_LET(ObjectListing page, parse_s3_listing(document.text));
      for (const ListedObject& object : page.objects) {
        const bool itself = object.key == place.key;
        if (object.key.ends_with('/') || (!itself && !object.key.starts_with(beneath))) continue;
        RemoteFile file = file_of(place, signing, object.key);
        file.path = itself ? object.key.substr(object.key.rfind('/') + 1) : object.key.substr(beneath.size());
        file.bytes = object.bytes;
        file.validator = object.etag;
        if (is_md5(object.etag)) file.md5 = object.etag.substr(1, 32);
        files.push_back(std::move(file));
      }
      if (max_files_ != 0 && files.size() > max_files_) {
        return err(ErrorCode::ResourceExhausted, "it has more files than this node takes ({})", max_files_);
      }
      if (page.continuation == continuation) break;
      continuation = std::move(page.continuation);
    } while (!continuation.empty());
    if (!files.empty()) return files;
    return err(ErrorCode::NotFound, "no object is named \"{}\" or lies below it", printable(place.key));
  }

  // Of an object that came in one piece; others have a "-" in it.
  static bool is_md5(const std::string& etag) {
    return etag.size() == 34 && etag.find_first_not_of("0123456789abcdef", 1) == 33;
  }

  const DownloadContext& context_;
  const model::Asset& asset_;
  const uint64_t max_files_;
};

}  // namespace

Result<std::vector<RemoteFile>> list_s3(const DownloadContext& context, const AssetOrder& order) {
  const model::Asset& asset = order.asset;
  std::vector<Prefix> prefixes;
  if (!asset.url.empty()) prefixes.push_back({asset.url, asset.bucket, asset.files});
  for (const auto& bucket : asset.buckets) prefixes.push_back({bucket.url, "", bucket.files});
  S3Lister lister(context, order);
  std::vector<RemoteFile> files;
  for (const Prefix& prefix : prefixes) {
    auto some = lister.list(prefix);
    if (!some) return err(some.error().context(redact_url(prefix.url)));
    std::ranges::move(*some, std::back_inserter(files));
  }
  return files;
}

}  // namespace drover::assets
