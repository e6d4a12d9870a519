#include "model/holdings.h"

#include "base/hash.h"
#include "base/strings.h"
#include "codec/describe.h"

#include <algorithm>

namespace drover::model {
namespace {

constexpr std::string_view kNosanaBucket = "s3://nos-ai-models-qllsn32u";
constexpr std::string_view kNosanaUrl = "https://models.nosana.io";

// Each text with its length, so that no two lists of texts read the same.
void add(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void add(std::string& out, std::vector<std::string> texts) {
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  out += std::to_string(texts.size());
  out += '[';
  for (const std::string& text : texts) add(out, text);
}

// Never 0.
uint64_t hash_of(std::string_view text) {
  const uint64_t hash = fnv1a(text);
  return hash == 0 ? 1 : hash;
}

bool is_variable(std::string_view text) {
  return text.find("${") != std::string_view::npos || text.find("%%") != std::string_view::npos;
}

void add_s3(std::string& out, const Asset& asset) {
  add(out, canonical_s3_url(asset.url));
  add(out, asset.bucket);
  add(out, asset.files);
  out += std::to_string(asset.buckets.size());
  for (const AssetBucket& bucket : asset.buckets) {
    add(out, canonical_s3_url(bucket.url));
    add(out, bucket.files);
  }
  add(out, asset.region);
  add(out, asset.access_key_id);
  add(out, asset.secret_access_key);
}

}  // namespace

std::string canonical_s3_url(std::string_view url) {
  std::string out(trim(url));
  while (out.ends_with('/')) out.pop_back();
  const bool alias =
      out.starts_with(kNosanaBucket) && (out.size() == kNosanaBucket.size() || out[kNosanaBucket.size()] == '/');
  return alias ? std::string(kNosanaUrl) + out.substr(kNosanaBucket.size()) : out;
}

OllamaName parse_ollama_name(std::string_view name) {
  OllamaName out{.host = "registry.ollama.ai", .ns = "library", .model = "", .tag = "latest"};
  std::vector<std::string> parts = split(trim(name), '/');
  std::string last = parts.back();
  parts.pop_back();
  if (const size_t colon = last.find(':'); colon != std::string::npos) {
    out.tag = last.substr(colon + 1);
    last.resize(colon);
  }
  out.model = last;
  if (!parts.empty()) out.ns = parts.back();
  if (parts.size() > 1) {
    parts.pop_back();
    out.host = join(parts, "/");
  }
  return out;
}

std::string asset_identity(const Asset& asset) {
  std::string out;
  add(out, asset.type);
  if (asset.type == "S3") {
    add_s3(out, asset);
  } else if (asset.type == "HF") {
    add(out, asset.repo);
    add(out, asset.revision.empty() ? "main" : asset.revision);
    add(out, asset.files);
    add(out, asset.access_token);
  } else {
    add(out, parse_ollama_name(asset.model).text());
  }
  return out;
}

std::string asset_title(const Asset& asset) {
  std::string out = asset.type + " ";
  if (asset.type == "HF") {
    out += asset.repo;
    if (!asset.revision.empty()) out += "@" + asset.revision;
  } else if (asset.type == "Ollama") {
    out += asset.model;
  } else {
    std::vector<std::string> urls;
    if (!asset.url.empty()) urls.push_back(canonical_s3_url(asset.url));
    if (!asset.bucket.empty()) urls.back() += "/" + asset.bucket;
    for (const AssetBucket& bucket : asset.buckets) urls.push_back(canonical_s3_url(bucket.url));
    out += join(urls, " ");
  }
  if (!asset.files.empty()) out += fmt::format(" ({} files)", asset.files.size());
  return printable(out, 300);
}

uint64_t asset_key(const Asset& asset) {
  const std::string identity = asset_identity(asset);
  return is_variable(identity) ? 0 : hash_of("asset:" + identity);
}

uint64_t image_key(std::string_view image) {
  if (image.empty() || is_variable(image)) return 0;
  std::string name(image);
  const size_t slash = name.find('/');
  const std::string front = slash == std::string::npos ? "" : name.substr(0, slash);
  const bool has_host = front == "localhost" || front.find_first_of(".:") != std::string::npos;
  if (!has_host) name = (slash == std::string::npos ? "docker.io/library/" : "docker.io/") + name;
  if (front == "index.docker.io" || front == "registry.hub.docker.com") name = "docker.io" + name.substr(slash);
  if (name.starts_with("docker.io/") && name.find('/', 10) == std::string::npos) name.insert(10, "library/");
  const size_t last = name.rfind('/');
  const size_t digest = name.find('@', last);
  if (digest != std::string::npos) {  // the digest says it all
    const size_t tag = name.find(':', last);
    if (tag < digest) name.erase(tag, digest - tag);
  } else if (name.find(':', last) == std::string::npos) {
    name += ":latest";
  }
  return hash_of("image:" + name);
}

void describe(codec::StructBuilder& d, HeldItem& r) {
  auto& [key, bytes] = r;
  d.name("HeldItem");
  d.field(1, key, "Key");
  d.field(2, bytes, "Bytes");
}

}  // namespace drover::model
