#include "assets/source.h"

#include "base/strings.h"

#include <algorithm>
#include <array>

namespace drover::assets {
namespace {

struct Pieces {
  std::string forced;  // "git" of "git::https://…"
  std::string address;
  std::string subdir;
};

bool is_getter_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

// "forced::address//subdir?query" → {forced, address?query, subdir}
Pieces take_apart(std::string_view text) {
  Pieces pieces;
  if (const size_t colons = text.find("::");
      colons != std::string_view::npos && is_getter_name(text.substr(0, colons))) {
    pieces.forced = to_lower(text.substr(0, colons));
    text.remove_prefix(colons + 2);
  }
  const size_t question = std::min(text.find('?'), text.size());
  const size_t scheme_end = text.substr(0, question).find("://");
  const size_t start = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const size_t slashes = text.substr(0, question).find("//", start);
  if (slashes == std::string_view::npos) {
    pieces.address = text;
    return pieces;
  }
  pieces.subdir = text.substr(slashes + 2, question - slashes - 2);
  pieces.address = std::string(text.substr(0, slashes)) + std::string(text.substr(question));
  return pieces;
}

// "github.com/org/repo/some/dir" is https://github.com/org/repo.git//some/dir.
void expand_hosted_repository(Pieces& pieces) {
  const size_t question = std::min(pieces.address.find('?'), pieces.address.size());
  const std::string query = pieces.address.substr(question);
  std::vector<std::string> parts = split(pieces.address.substr(0, question), '/');
  if (parts.size() < 3) return;
  std::string repository = parts[2];
  if (!repository.ends_with(".git")) repository += ".git";
  std::string below = join({parts.begin() + 3, parts.end()}, "/");
  if (!below.empty()) pieces.subdir = pieces.subdir.empty() ? below : below + "/" + pieces.subdir;
  pieces.address = "https://" + parts[0] + "/" + parts[1] + "/" + repository + query;
  if (pieces.forced.empty()) pieces.forced = "git";
}

// Addresses without a scheme.
Status detect(Pieces& pieces) {
  std::string& address = pieces.address;
  if (address.find("://") != std::string::npos) return Ok{};
  for (const std::string_view host : {"github.com/", "gitlab.com/", "bitbucket.org/"}) {
    if (address.starts_with(host)) {
      expand_hosted_repository(pieces);
      return Ok{};
    }
  }
  const std::string host = address.substr(0, address.find('/'));
  const size_t colon = host.find(':');
  if (host.find('@') < colon && colon != std::string::npos) {  // git@host:path
    address = "ssh://" + host.substr(0, colon) + "/" + address.substr(colon + 1);
    if (pieces.forced.empty()) pieces.forced = "git";
    return Ok{};
  }
  const bool s3 = host.ends_with(".amazonaws.com");
  if (s3 || host.ends_with(".googleapis.com")) {
    address = "https://" + address;
    if (pieces.forced.empty()) pieces.forced = s3 ? "s3" : "gcs";
    return Ok{};
  }
  if (pieces.forced.empty() && (address.starts_with('/') || address.starts_with('.'))) pieces.forced = "file";
  if (pieces.forced == "file") return Ok{};
  return err(ErrorCode::InvalidArgument,
             "\"{}\" is no source: it has no scheme (https://, s3::https://, git::https://)", redact_url(address));
}

Result<Getter> getter_of(const Pieces& pieces, const Url& url) {
  const std::string& name = pieces.forced.empty() ? url.scheme : pieces.forced;
  const auto one_of = [&](std::initializer_list<std::string_view> schemes) {
    return std::ranges::find(schemes, url.scheme) != schemes.end();
  };
  if ((name == "http" || name == "https") && one_of({"http", "https"})) return Getter::Http;
  if (name == "s3" && one_of({"http", "https", "s3"})) return Getter::S3;
  if (name == "gcs" && one_of({"http", "https", "gcs"})) return Getter::Gcs;
  if (name == "git" && one_of({"http", "https", "ssh", "git"})) return Getter::Git;
  if (name == "hg" && one_of({"http", "https", "ssh"})) return Getter::Hg;
  if (name == "file" || url.scheme == "file") {
    return err(ErrorCode::PermissionDenied, "artifacts cannot be files of the node itself (\"file\" is refused)");
  }
  return err(ErrorCode::InvalidArgument,
             "\"{}\" cannot be downloaded by \"{}\": there are http, https, s3, gcs, git, hg",
             printable(url.scheme, 40), printable(name, 40));
}

Status take_common(Source& source) {
  const auto take = [&](const char* name) { return take_parameter(source.url, name); };
  source.checksum = take("checksum").value_or("");
  source.archive = take("archive");
  source.filename = take("filename").value_or("");
  const std::string& name = source.filename;
  if (name == "." || name == ".." || name.find('/') != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "filename \"{}\" must be a name, not a path", printable(name, 80));
  }
  return Ok{};
}

// Parameters that the getter takes; all others are the server's.
void take_settings(Source& source) {
  const auto take = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (auto value = take_parameter(source.url, name)) source.settings[name] = std::move(*value);
    }
  };
  switch (source.getter) {
    case Getter::Http:
      return;
    case Getter::S3:
      return take(
          {"aws_access_key_id", "aws_access_key_secret", "aws_access_token", "aws_profile", "region", "version"});
    case Getter::Gcs:
      return take({"version"});
    case Getter::Git:
      return take({"ref", "depth", "sshkey"});
    case Getter::Hg:
      return take({"rev"});
  }
}

bool is_amazon_with_credentials(const Pieces& pieces, const Url& url) {
  const bool named = std::ranges::any_of(url.query, [](const auto& p) { return p.first == "aws_access_key_id"; });
  return pieces.forced.empty() && named && url.host.ends_with(".amazonaws.com");
}

Result<Url> address_of(const Pieces& pieces) {
  if (pieces.forced == "file" || pieces.address.starts_with("file:")) {
    return err(ErrorCode::PermissionDenied, "artifacts cannot be files of the node itself (\"file\" is refused)");
  }
  return parse_url(pieces.address);
}

}  // namespace

Result<Source> parse_source(std::string_view text, const std::map<std::string, std::string>& options) {
  Pieces pieces = take_apart(trim(text));
  TRY(detect(pieces));
  Source source;
  TRY_LET(source.url, address_of(pieces));
  for (const auto& [name, value] : options) {
    take_parameter(source.url, name);
    source.url.query.emplace_back(name, value);
  }
  if (is_amazon_with_credentials(pieces, source.url)) pieces.forced = "s3";
  TRY_LET(source.getter, getter_of(pieces, source.url));
  source.subdir = unescape(pieces.subdir);
  for (const std::string& part : split(source.subdir, '/')) {
    if (part == "..") return err(ErrorCode::InvalidArgument, "subdirectory \"{}\" leaves the artifact", source.subdir);
  }
  TRY(take_common(source));
  take_settings(source);
  return source;
}

std::string_view to_string(Getter getter) {
  constexpr std::array<std::string_view, 5> kNames = {"http", "s3", "gcs", "git", "hg"};
  return kNames[static_cast<size_t>(getter)];
}

}  // namespace drover::assets
