#include "agent/asset_options.h"

#include "assets/url.h"

#include <cstdlib>

namespace drover::agent {
namespace {

constexpr int64_t kMaxParallel = 64;

uint64_t size_of(const std::string& text, const char* key, Diagnostics& diagnostics) {
  const auto size = assets::parse_size(text);
  if (size) return *size;
  diagnostics.error(std::string("client.assets.") + key, size.error().message());
  return 0;
}

uint32_t count_of(int64_t value, const char* key, Diagnostics& diagnostics) {
  if (value >= 1 && value <= kMaxParallel) return static_cast<uint32_t>(value);
  diagnostics.error(std::string("client.assets.") + key, fmt::format("must be from 1 to {}", kMaxParallel));
  return 1;
}

void check_url(const std::string& text, const char* key, Diagnostics& diagnostics) {
  const auto url = assets::parse_url(text);
  if (url && (url->scheme == "http" || url->scheme == "https")) return;
  diagnostics.error(std::string("client.assets.") + key, "must be an http or https address");
}

}  // namespace

assets::AssetStoreOptions asset_options(const Config& config, const assets::FetcherOptions& helper,
                                        Diagnostics& diagnostics) {
  const AssetsConfig& given = config.client.assets;
  assets::AssetStoreOptions out{.directory = given.dir.empty() ? config.data_dir + "/client/assets" : given.dir,
                                .max_bytes = size_of(given.max_size, "max_size", diagnostics),
                                .ttl = given.ttl,
                                .downloads = count_of(given.downloads, "downloads", diagnostics),
                                .connections = count_of(given.connections, "connections", diagnostics),
                                .helper = helper};
  if (given.ttl < Duration(0)) diagnostics.error("client.assets.ttl", "must not be below 0");
  if (given.timeout <= Duration(0)) diagnostics.error("client.assets.timeout", "must be above 0");
  if (given.max_files < 0) diagnostics.error("client.assets.max_files", "must not be below 0");
  out.limits = {.bytes = size_of(given.max_asset_size, "max_asset_size", diagnostics),
                .files = static_cast<uint64_t>(given.max_files),
                .timeout = given.timeout};
  if (!given.hugging_face_endpoint.empty()) {
    out.endpoints.hugging_face = given.hugging_face_endpoint;
  } else if (const char* endpoint = std::getenv("HF_ENDPOINT"); endpoint != nullptr && *endpoint != '\0') {
    out.endpoints.hugging_face = endpoint;  // NOLINT(concurrency-mt-unsafe): before there is a second thread
  }
  check_url(out.endpoints.hugging_face, "hugging_face_endpoint", diagnostics);
  out.endpoints.ollama = given.ollama_registry;
  check_url(out.endpoints.ollama, "ollama_registry", diagnostics);
  return out;
}

}  // namespace drover::agent
