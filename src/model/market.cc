#include "model/market.h"

#include "base/diagnostics.h"
#include "base/hash.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

#include <algorithm>

namespace drover::model {
namespace {

using codec::Value;

constexpr size_t kMaxName = 128;

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string text_of(const Value& object, std::string_view key) {
  const Value* member = object.find(key);
  return member && member->as_string() ? *member->as_string() : std::string();
}

Result<std::vector<std::string>> texts_of(const Value& object, std::string_view key) {
  std::vector<std::string> out;
  const Value* member = object.find(key);
  if (!member || member->is_null()) return out;
  if (!member->as_array()) return err(ErrorCode::InvalidArgument, "\"{}\" is no list", key);
  for (const Value& value : *member->as_array()) {
    if (!value.as_string()) return err(ErrorCode::InvalidArgument, "\"{}\" holds something else than texts", key);
    out.push_back(*value.as_string());
  }
  return out;
}

// Nosana's market records have lower-case keys, its job definitions upper-case ones: both are read.
std::string key_of(const Value& iam, std::string_view lower) {
  const std::string text = text_of(iam, lower);
  return text.empty() ? text_of(iam, to_upper(lower)) : text;
}

Status read_location(const Value& resource, Asset& asset) {
  asset.url = text_of(resource, "url");
  asset.bucket = text_of(resource, "bucket");
  asset.repo = text_of(resource, "repo");
  asset.model = text_of(resource, "model");
  asset.revision = text_of(resource, "revision");
  TRY_LET(asset.files, texts_of(resource, "files"));
  const Value* buckets = resource.find("buckets");
  for (const Value& bucket : buckets && buckets->as_array() ? *buckets->as_array() : Value::Array{}) {
    TRY_LET(auto files, texts_of(bucket, "files"));
    asset.buckets.push_back({.url = text_of(bucket, "url"), .files = std::move(files)});
  }
  if (asset.type == "S3" && asset.url.empty() && asset.buckets.empty()) {
    return err(ErrorCode::InvalidArgument, "an S3 resource needs \"url\" or \"buckets\"");
  }
  if (asset.type == "HF" && asset.repo.empty()) {
    return err(ErrorCode::InvalidArgument, "an HF resource needs \"repo\"");
  }
  if (asset.type == "Ollama" && asset.model.empty()) {
    return err(ErrorCode::InvalidArgument, "an Ollama resource needs \"model\"");
  }
  return Ok{};
}

void check_names(const Market& market, Diagnostics& problems) {
  if (!is_slug(market.slug)) {
    problems.error("slug", fmt::format("\"{}\" is not made of 1 to {} letters, digits, \"-\" and \"_\"",
                                       printable(market.slug), kMaxName));
  }
  if (!market.address.empty() && !is_slug(market.address)) {
    problems.error("address", fmt::format("\"{}\" is no address", printable(market.address)));
  }
  if (market.type != "PREMIUM" && market.type != "COMMUNITY" && market.type != "OTHER") {
    problems.error("type", fmt::format("\"{}\" is none of PREMIUM, COMMUNITY and OTHER", printable(market.type)));
  }
}

void check_timeouts(const Market& market, Diagnostics& problems) {
  constexpr int64_t kMaxMinutes = 10 * 366 * 24 * 60;
  const auto in_range = [](int64_t minutes) { return minutes >= 0 && minutes <= kMaxMinutes; };
  if (!in_range(market.default_timeout)) problems.error("default_timeout", "must be between 0 and ten years");
  if (!in_range(market.max_timeout)) problems.error("max_timeout", "must be between 0 and ten years");
  if (market.max_timeout > 0 && market.default_timeout > market.max_timeout) {
    problems.error("default_timeout", fmt::format("{} minutes are more than max_timeout, {}", market.default_timeout,
                                                  market.max_timeout));
  }
}

}  // namespace

void describe(codec::StructBuilder& d, Market& r) {
  auto& [slug, name, address, type, gpu_types, lowest_vram, default_timeout, max_timeout, usd_reward_per_hour,
         nos_reward_per_second, nos_job_price_per_second, network_fee_percentage, required_images,
         required_remote_resources, create_index, modify_index] = r;
  d.name("Market");
  d.field(1, slug, "slug");
  d.field(2, name, "name");
  d.field(3, address, "address");
  d.field(4, type, "type");
  d.field(5, gpu_types, "gpu_types");
  d.field(6, lowest_vram, "lowest_vram");
  d.field(7, default_timeout, "default_timeout");
  d.field(8, max_timeout, "max_timeout");
  d.field(9, usd_reward_per_hour, "usd_reward_per_hour");
  d.field(10, nos_reward_per_second, "nos_reward_per_second");
  d.field(11, nos_job_price_per_second, "nos_job_price_per_second");
  d.field(12, network_fee_percentage, "network_fee_percentage");
  d.field(13, required_images, "required_images");
  d.field(14, required_remote_resources, "required_remote_resources");
  d.field(15, create_index, "CreateIndex").flags(codec::kReadOnly);
  d.field(16, modify_index, "ModifyIndex").flags(codec::kReadOnly);
}

Status validate(const Market& market) {
  Diagnostics problems;
  check_names(market, problems);
  check_timeouts(market, problems);
  if (!(market.lowest_vram >= 0)) problems.error("lowest_vram", "must not be negative");
  for (size_t i = 0; i < market.required_images.size(); ++i) {
    const std::string& image = market.required_images[i];
    if (image.empty() || image.find_first_of(" \t\n") != std::string::npos) {
      problems.error(fmt::format("required_images[{}]", i), fmt::format("\"{}\" is no image", printable(image)));
    }
  }
  for (size_t i = 0; i < market.required_remote_resources.size(); ++i) {
    const auto asset = required_asset(market.required_remote_resources[i]);
    if (!asset) problems.error(fmt::format("required_remote_resources[{}]", i), asset.error().message());
  }
  if (problems.has_errors()) return err(problems.to_error());
  return Ok{};
}

Result<Asset> required_asset(const Value& resource) {
  if (!resource.as_object()) return err(ErrorCode::InvalidArgument, "a resource is an object");
  Asset asset{.type = text_of(resource, "type")};
  if (asset.type != "S3" && asset.type != "HF" && asset.type != "Ollama") {
    return err(ErrorCode::InvalidArgument, "\"{}\" is none of the types S3, HF and Ollama", printable(asset.type));
  }
  TRY(read_location(resource, asset));
  if (const Value* iam = resource.find("IAM")) {
    asset.access_key_id = key_of(*iam, "access_key_id");
    asset.secret_access_key = key_of(*iam, "secret_access_key");
    asset.region = key_of(*iam, "region");
  }
  asset.access_token = text_of(resource, "accessToken");
  return asset;
}

Value without_credentials(Value resource) {
  resource.erase("IAM");
  resource.erase("accessToken");
  return resource;
}

std::string requirements_id(const Market& market) {
  if (!market.requires_something()) return "";
  std::string text;
  for (const std::string& image : market.required_images) text += image + "\n";
  for (const Value& resource : market.required_remote_resources) text += codec::dump(resource) + "\n";
  return fmt::format("{:016x}", fnv1a(text));
}

}  // namespace drover::model
