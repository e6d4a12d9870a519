#include "assets/s3.h"

#include "base/strings.h"

#include <algorithm>
#include <array>

namespace drover::assets {
namespace {

// The hash of an empty body.
constexpr const char* kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kDefaultRegion = "us-east-1";

std::string setting_or(const Source& source, const std::map<std::string, std::string>& env, const char* name,
                       std::initializer_list<const char*> variables) {
  const auto set = source.settings.find(name);
  if (set != source.settings.end()) return set->second;
  for (const char* variable : variables) {
    const auto found = env.find(variable);
    if (found != env.end() && !found->second.empty()) return found->second;
  }
  return {};
}

struct BucketAndKey {
  std::string bucket;
  std::string key;
};

BucketAndKey split_path(const std::string& path) {
  const std::string decoded = unescape(path.substr(path.starts_with('/') ? 1 : 0));
  const size_t slash = decoded.find('/');
  return {.bucket = decoded.substr(0, slash), .key = slash == std::string::npos ? "" : decoded.substr(slash + 1)};
}

// "s3", "s3-eu-west-1", "s3.eu-west-1" before ".amazonaws.com": the region.
std::string region_of(std::string_view service) {
  if (service.size() <= 3) return kDefaultRegion;
  return std::string(service.substr(3));
}

struct AmazonHost {
  std::string bucket;  // "": it is in the path
  std::string region;
};

std::optional<AmazonHost> parse_amazon_host(std::string_view host) {
  for (const std::string_view domain : {".amazonaws.com", ".amazonaws.com.cn"}) {
    if (!host.ends_with(domain)) continue;
    const std::string_view front = host.substr(0, host.size() - domain.size());
    if (front == "s3" || front.starts_with("s3.") || front.starts_with("s3-")) {
      return AmazonHost{.bucket = "", .region = region_of(front)};
    }
    const size_t at = std::max(front.rfind(".s3") == std::string_view::npos ? 0 : front.rfind(".s3"),
                               front.rfind(".s3-") == std::string_view::npos ? 0 : front.rfind(".s3-"));
    if (at == 0) return std::nullopt;
    return AmazonHost{.bucket = std::string(front.substr(0, at)), .region = region_of(front.substr(at + 1))};
  }
  return std::nullopt;
}

std::string decode_entities(std::string text) {
  for (const auto& [entity, character] :
       {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""), std::pair("&apos;", "'"),
        std::pair("&#39;", "'"), std::pair("&#34;", "\""), std::pair("&amp;", "&")}) {
    text = replace_all(std::move(text), entity, character);
  }
  return text;
}

// The text of the first <name> of `xml`, which is then cut off behind it.
std::optional<std::string> take_element(std::string_view& xml, const std::string& name) {
  const std::string open = "<" + name + ">";
  const std::string close = "</" + name + ">";
  const size_t start = xml.find(open);
  const size_t end = start == std::string_view::npos ? start : xml.find(close, start);
  if (end == std::string_view::npos) return std::nullopt;
  std::string text(xml.substr(start + open.size(), end - start - open.size()));
  xml.remove_prefix(end + close.size());
  return text;
}

std::string element(std::string_view xml, const std::string& name) {
  return take_element(xml, name).value_or("");
}

}  // namespace

Result<S3Place> parse_s3(const Source& source, const std::map<std::string, std::string>& env) {
  S3Place place;
  place.base = source.url;
  place.base.query.clear();
  place.region = setting_or(source, env, "region", {"AWS_REGION", "AWS_DEFAULT_REGION"});
  const auto version = source.settings.find("version");
  if (version != source.settings.end()) place.version = version->second;
  BucketAndKey parts = split_path(source.url.path);
  const auto amazon = parse_amazon_host(source.url.host);
  if (source.url.scheme == "s3") {
    const std::string region = place.region.empty() ? kDefaultRegion : place.region;
    place.base = {.scheme = "https", .host = "s3." + region + ".amazonaws.com"};
    parts = {.bucket = source.url.host, .key = unescape(source.url.path.substr(source.url.path.empty() ? 0 : 1))};
  } else if (amazon && !amazon->bucket.empty()) {
    place.key = parts.bucket + (parts.key.empty() ? "" : "/" + parts.key);
    parts.bucket.clear();
  }
  if (place.region.empty()) place.region = amazon ? amazon->region : kDefaultRegion;
  place.base.path = parts.bucket.empty() ? "" : "/" + escape_component(parts.bucket);
  if (place.key.empty()) place.key = parts.key;
  if (parts.bucket.empty() && !(amazon && !amazon->bucket.empty())) {
    return err(ErrorCode::InvalidArgument, "the S3 address names no bucket");
  }
  return place;
}

Result<std::optional<Signing>> s3_signing(const Source& source, const S3Place& place,
                                          const std::map<std::string, std::string>& env) {
  if (source.settings.contains("aws_profile")) {
    return err(ErrorCode::InvalidArgument, "aws_profile names a file of the node, which artifacts cannot use");
  }
  const bool own = source.settings.contains("aws_access_key_id") || source.settings.contains("aws_access_key_secret");
  const std::map<std::string, std::string> nothing;
  const auto& from = own ? nothing : env;  // never half of each
  Signing signing{
      .region = place.region,
      .key_id = setting_or(source, from, "aws_access_key_id", {"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"}),
      .secret = setting_or(source, from, "aws_access_key_secret", {"AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"}),
      .token = setting_or(source, from, "aws_access_token", {"AWS_SESSION_TOKEN"})};
  if (signing.key_id.empty() && signing.secret.empty()) return std::optional<Signing>();
  if (signing.key_id.empty() || signing.secret.empty()) {
    return err(ErrorCode::InvalidArgument, "aws_access_key_id and aws_access_key_secret are needed together");
  }
  return std::optional(std::move(signing));
}

std::map<std::string, std::string> s3_headers(const std::optional<Signing>& signing) {
  if (!signing) return {};
  std::map<std::string, std::string> headers = {{"x-amz-content-sha256", kEmptySha256}};
  if (!signing->token.empty()) headers["x-amz-security-token"] = signing->token;
  return headers;
}

Url s3_object_url(const S3Place& place, std::string_view key) {
  Url url = place.base;
  url.path += "/" + escape_path(key);
  if (!place.version.empty()) url.query.emplace_back("versionId", place.version);
  return url;
}

Url s3_list_url(const S3Place& place, std::string_view prefix, std::string_view continuation) {
  Url url = place.base;
  url.path += "/";
  if (!continuation.empty()) url.query.emplace_back("continuation-token", continuation);
  url.query.emplace_back("encoding-type", "url");
  url.query.emplace_back("list-type", "2");
  url.query.emplace_back("prefix", prefix);
  return url;
}

Result<ObjectListing> parse_s3_listing(std::string_view xml) {
  if (xml.find("<ListBucketResult") == std::string_view::npos) {
    return err(ErrorCode::InvalidArgument, "the server does not answer as S3 does");
  }
  ObjectListing listing;
  const bool escaped = element(xml, "EncodingType") == "url";
  if (element(xml, "IsTruncated") == "true")
    listing.continuation = decode_entities(element(xml, "NextContinuationToken"));
  while (const auto contents = take_element(xml, "Contents")) {
    std::string key = decode_entities(element(*contents, "Key"));
    if (escaped) key = unescape(replace_all(std::move(key), "+", " "));
    listing.objects.push_back({.key = std::move(key),
                               .bytes = parse_uint(element(*contents, "Size")),
                               .etag = decode_entities(element(*contents, "ETag"))});
  }
  return listing;
}

}  // namespace drover::assets
