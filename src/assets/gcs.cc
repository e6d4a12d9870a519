#include "assets/gcs.h"

#include "base/strings.h"
#include "codec/json.h"

#include <utility>

namespace drover::assets {
namespace {

constexpr const char* kTokenVariable = "GOOGLE_OAUTH_ACCESS_TOKEN";

std::string text_at(const codec::Value& object, std::string_view name) {
  const codec::Value* found = object.find(name);
  return found && found->as_string() ? *found->as_string() : std::string();
}

}  // namespace

Result<GcsPlace> parse_gcs(const Source& source) {
  GcsPlace place;
  place.objects = source.url;
  place.objects.query.clear();
  std::string path = source.url.path;
  if (source.url.scheme == "gcs") {
    place.objects = {.scheme = "https", .host = "storage.googleapis.com"};
    path = fmt::format("/storage/v1/{}/{}", source.url.host, path.substr(path.empty() ? 0 : 1));
  }
  const auto parts = split(path, '/');
  if (parts.size() < 4 || parts[1] != "storage" || parts[3].empty()) {
    return err(ErrorCode::InvalidArgument,
               "a GCS address is gcs::https://www.googleapis.com/storage/v1/<bucket>/<object>");
  }
  place.objects.path = fmt::format("/storage/v1/b/{}/o", parts[3]);
  place.key = unescape(join({parts.begin() + 4, parts.end()}, "/"));
  const auto version = source.settings.find("version");
  if (version != source.settings.end()) place.generation = version->second;
  return place;
}

Url gcs_object_url(const GcsPlace& place, std::string_view key) {
  Url url = place.objects;
  url.path += "/" + escape_component(key);
  url.query = {{"alt", "media"}};
  if (!place.generation.empty()) url.query.emplace_back("generation", place.generation);
  return url;
}

Url gcs_list_url(const GcsPlace& place, std::string_view prefix, std::string_view continuation) {
  Url url = place.objects;
  url.query = {{"fields", "items(name,size),nextPageToken"}, {"prefix", std::string(prefix)}};
  if (!continuation.empty()) url.query.emplace_back("pageToken", continuation);
  return url;
}

std::map<std::string, std::string> gcs_headers(const GcsPlace& place, const std::map<std::string, std::string>& env) {
  const auto token = env.find(kTokenVariable);
  const std::string& host = place.objects.host;
  const bool google = host == "googleapis.com" || host.ends_with(".googleapis.com");
  if (token == env.end() || !google || place.objects.scheme != "https") return {};
  return {{"Authorization", "Bearer " + token->second}};
}

Result<ObjectListing> parse_gcs_listing(std::string_view json) {
  const auto document = codec::parse_json(json);
  if (!document || !document->as_object()) {
    return err(ErrorCode::InvalidArgument, "the server does not answer as Google Cloud Storage does");
  }
  ObjectListing listing{.continuation = text_at(*document, "nextPageToken")};
  const codec::Value* items = document->find("items");
  if (!items || !items->as_array()) return listing;
  for (const codec::Value& item : *items->as_array()) {
    if (!item.as_object()) continue;
    listing.objects.push_back({.key = text_at(item, "name"), .bytes = parse_uint(text_at(item, "size"))});
  }
  return listing;
}

}  // namespace drover::assets
