#pragma once

#include "assets/bucket.h"
#include "assets/http_client.h"
#include "assets/source.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::assets {

// An object, or a prefix of objects, of a bucket.
struct S3Place {
  Url base;         // of the bucket: path-style "https://host/bucket", or "https://bucket.s3.region.amazonaws.com"
  std::string key;  // not escaped, without a leading "/"
  std::string region;
  std::string version;  // "": the newest
};

// Amazon's path and virtual-host styles, "s3://bucket/key", and path style for all other servers.
Result<S3Place> parse_s3(const Source& source, const std::map<std::string, std::string>& env);

// From the options, else from AWS_ACCESS_KEY_ID and its kind in `env`; nothing: anonymous.
Result<std::optional<Signing>> s3_signing(const Source& source, const S3Place& place,
                                          const std::map<std::string, std::string>& env);
// What signed requests carry beside the signature.
std::map<std::string, std::string> s3_headers(const std::optional<Signing>& signing);

Url s3_object_url(const S3Place& place, std::string_view key);
// ListObjectsV2. The query is sorted, as the signature wants it.
Url s3_list_url(const S3Place& place, std::string_view prefix, std::string_view continuation);

Result<ObjectListing> parse_s3_listing(std::string_view xml);

}  // namespace drover::assets
