// Repositories of Hugging Face: the tree API lists them, the resolve API has the files.

#include "assets/asset_listing.h"
#include "base/strings.h"
#include "codec/json.h"

#include <algorithm>

namespace drover::assets {
namespace {

constexpr size_t kMaxPage = 16 << 20;
constexpr int kMaxPages = 1000;

const std::string& text_of(const codec::Value& value, std::string_view name) {
  static const std::string kNothing;
  const codec::Value* member = value.find(name);
  return member != nullptr && member->as_string() != nullptr ? *member->as_string() : kNothing;
}

std::optional<uint64_t> size_of(const codec::Value& value) {
  const codec::Value* member = value.find("size");
  const int64_t* size = member == nullptr ? nullptr : member->as_int();
  return size != nullptr && *size >= 0 ? std::optional<uint64_t>(*size) : std::nullopt;
}

// `<https://…>; rel="next"`
std::string next_page(const HttpReply& reply) {
  const auto link = reply.headers.find("link");
  if (link == reply.headers.end()) return {};
  for (const std::string& part : split(link->second, ',')) {
    const size_t open = part.find('<');
    const size_t close = part.find('>');
    if (part.find("rel=\"next\"") != std::string::npos && open < close && close != std::string::npos) {
      return part.substr(open + 1, close - open - 1);
    }
  }
  return {};
}

class Repository {
 public:
  Repository(const DownloadContext& context, const AssetOrder& order, Url endpoint)
      : context_(context), asset_(order.asset), endpoint_(std::move(endpoint)), max_files_(order.limits.files) {
    while (endpoint_.path.ends_with('/')) endpoint_.path.pop_back();
    if (!asset_.access_token.empty()) headers_["Authorization"] = "Bearer " + asset_.access_token;
  }

  Result<std::vector<RemoteFile>> list() {
    DownloadSpec page{.url = endpoint_, .headers = headers_};
    page.url.path += "/api/" + std::string(is_model() ? "models/" : "") + escape_path(asset_.repo) + "/tree/" +
                     escape_component(revision());
    page.url.query = {{"recursive", "true"}};
    for (int pages = 0; pages < kMaxPages; pages++) {
      const auto document = download_text(context_, page, kMaxPage);
      if (!document) return err(explain(document.error()));
      TRY(read(document->text));
      const std::string next = next_page(document->reply);
      if (next.empty()) break;
      TRY_LET(page.url, parse_url(next));
    }
    TRY(check_missing());
    return std::move(files_);
  }

 private:
  std::string revision() const { return asset_.revision.empty() ? "main" : asset_.revision; }
  bool is_model() const { return !asset_.repo.starts_with("datasets/") && !asset_.repo.starts_with("spaces/"); }

  Error explain(const Error& error) const {
    if (error.code() != ErrorCode::PermissionDenied && error.code() != ErrorCode::NotFound) return error;
    return {error.code(), fmt::format("{}: there is no such repository or revision, or it needs {}access token",
                                      error.message(), asset_.access_token.empty() ? "an " : "another ")};
  }

  Status read(const std::string& text) {
    const auto page = codec::parse_json(text);
    if (!page || page->as_array() == nullptr) {
      return err(ErrorCode::InvalidArgument, "the server does not answer as Hugging Face does");
    }
    for (const codec::Value& entry : *page->as_array()) {
      if (text_of(entry, "type") != "file") continue;
      const std::string& path = text_of(entry, "path");
      if (!is_wanted(path, asset_.files)) continue;
      files_.push_back(file_of(entry, path));
      if (max_files_ != 0 && files_.size() > max_files_) {
        return err(ErrorCode::ResourceExhausted, "it has more files than this node takes ({})", max_files_);
      }
    }
    return Ok{};
  }

  RemoteFile file_of(const codec::Value& entry, const std::string& path) const {
    RemoteFile file{.path = path, .spec = {.url = endpoint_, .headers = headers_}, .bytes = size_of(entry)};
    file.spec.url.path +=
        "/" + escape_path(asset_.repo) + "/resolve/" + escape_component(revision()) + "/" + escape_path(path);
    const codec::Value* lfs = entry.find("lfs");
    if (lfs != nullptr && lfs->as_object() != nullptr) {
      file.sha256 = to_lower(text_of(*lfs, text_of(*lfs, "oid").empty() ? "sha256" : "oid"));
      if (const auto bytes = size_of(*lfs)) file.bytes = bytes;
    } else {
      file.git_sha1 = to_lower(text_of(entry, "oid"));
    }
    return file;
  }

  Status check_missing() const {
    for (const std::string& wanted : asset_.files) {
      const bool found = std::ranges::any_of(files_, [&](const RemoteFile& f) { return is_wanted(f.path, {wanted}); });
      if (!found) return err(ErrorCode::NotFound, "the repository has no file \"{}\"", printable(wanted));
    }
    if (files_.empty()) return err(ErrorCode::NotFound, "the repository has no files");
    return Ok{};
  }

  const DownloadContext& context_;
  const model::Asset& asset_;
  Url endpoint_;
  const uint64_t max_files_;
  std::map<std::string, std::string> headers_;
  std::vector<RemoteFile> files_;
};

}  // namespace

Result<std::vector<RemoteFile>> list_hugging_face(const DownloadContext& context, const AssetOrder& order) {
  TRY_LET(Url endpoint, parse_url(order.endpoints.hugging_face));
  return Repository(context, order, std::move(endpoint)).list();
}

}  // namespace drover::assets
