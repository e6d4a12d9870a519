// Models of Ollama's registry, laid out as an Ollama models store: manifests/<host>/<namespace>/<model>/<tag> and
// blobs/sha256-<digest>.

#include "assets/asset_listing.h"
#include "base/strings.h"
#include "codec/json.h"
#include "model/holdings.h"

#include <set>

namespace drover::assets {
namespace {

constexpr size_t kMaxManifest = 4 << 20;
constexpr std::string_view kDefaultHost = "registry.ollama.ai";
constexpr std::string_view kDigestKind = "sha256:";

Result<RemoteFile> blob_of(const codec::Value* layer, const Url& repository) {
  const codec::Value* digest = layer == nullptr ? nullptr : layer->find("digest");
  const codec::Value* size = layer == nullptr ? nullptr : layer->find("size");
  const std::string* text = digest == nullptr ? nullptr : digest->as_string();
  const int64_t* bytes = size == nullptr ? nullptr : size->as_int();
  if (text == nullptr || !text->starts_with(kDigestKind) || text->size() != kDigestKind.size() + 64 ||
      text->find_first_not_of("0123456789abcdef", kDigestKind.size()) != std::string::npos || bytes == nullptr ||
      *bytes < 0) {
    return err(ErrorCode::InvalidArgument, "the model's manifest has a layer without a digest or a size");
  }
  RemoteFile file{.spec = {.url = repository}, .bytes = static_cast<uint64_t>(*bytes)};
  file.sha256 = text->substr(kDigestKind.size());
  file.path = "blobs/sha256-" + file.sha256;
  file.spec.url.path += "/blobs/" + *text;
  return file;
}

}  // namespace

Result<std::vector<RemoteFile>> list_ollama(const DownloadContext& context, const AssetOrder& order) {
  const model::OllamaName name = model::parse_ollama_name(order.asset.model);
  const std::string host = name.host == kDefaultHost ? order.endpoints.ollama : "https://" + name.host;
  TRY_LET(Url repository, parse_url(host));
  while (repository.path.ends_with('/')) repository.path.pop_back();
  repository.path += "/v2/" + escape_component(name.ns) + "/" + escape_component(name.model);
  DownloadSpec spec{.url = repository};
  spec.url.path += "/manifests/" + escape_component(name.tag);
  spec.headers["Accept"] = "application/vnd.docker.distribution.manifest.v2+json";
  const auto manifest = download_text(context, spec, kMaxManifest);
  if (!manifest) return err(manifest.error().context("model " + printable(order.asset.model)));
  const auto parsed = codec::parse_json(manifest->text);
  const codec::Value* layers = parsed ? parsed->find("layers") : nullptr;
  if (layers == nullptr || layers->as_array() == nullptr) {
    return err(ErrorCode::InvalidArgument, "the server does not answer as Ollama's registry does");
  }
  std::vector<RemoteFile> files;
  std::set<std::string> seen;
  const auto add = [&](const codec::Value* layer) -> Status {
    TRY_LET(RemoteFile file, blob_of(layer, repository));
    if (seen.insert(file.sha256).second) files.push_back(std::move(file));
    return Ok{};
  };
  TRY(add(parsed->find("config")));
  for (const codec::Value& layer : *layers->as_array()) TRY(add(&layer));
  files.push_back({.path = fmt::format("manifests/{}/{}/{}/{}", name.host, name.ns, name.model, name.tag),
                   .spec = {},
                   .bytes = manifest->text.size(),
                   .content = manifest->text});
  return files;
}

}  // namespace drover::assets
