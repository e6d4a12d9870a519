#pragma once

#include "assets/bucket.h"

#include <map>
#include <string>
#include <string_view>

// Google Cloud Storage by its JSON API.
namespace drover::assets {

// An object, or a prefix of objects, of a bucket.
struct GcsPlace {
  Url objects;             // "https://storage.googleapis.com/storage/v1/b/<bucket>/o"
  std::string key;         // not escaped
  std::string generation;  // "": the newest
};

// "https://HOST/storage/v1/<bucket>/<object>" and "gcs://<bucket>/<object>".
Result<GcsPlace> parse_gcs(const Source& source);

Url gcs_object_url(const GcsPlace& place, std::string_view key);
Url gcs_list_url(const GcsPlace& place, std::string_view prefix, std::string_view continuation);

// The agent's token goes to Google over https, and to nobody else whom a job may name.
std::map<std::string, std::string> gcs_headers(const GcsPlace& place, const std::map<std::string, std::string>& env);

Result<ObjectListing> parse_gcs_listing(std::string_view json);

}  // namespace drover::assets
