#include "assets/fetch.h"

#include "assets/bucket.h"
#include "assets/checksum.h"
#include "assets/download.h"
#include "assets/repository.h"
#include "assets/unpack.h"
#include "base/strings.h"
#include "sys/directory.h"

#include <fnmatch.h>
#include <sys/stat.h>
#include <algorithm>
#include <utility>

namespace drover::assets {
namespace {

constexpr const char* kDownloadName = "download";
constexpr const char* kWholeName = "whole";  // what a subdirectory is taken out of
constexpr size_t kMaxChecksumFile = 1 << 20;
constexpr size_t kMaxPage = 1 << 20;
constexpr Duration kProgressInterval = std::chrono::milliseconds(200);

// One fetch, from the source to what is left in the working directory.
class Fetch {
 public:
  Fetch(const FetchContext& context, const FetchRequest& request, Source source, HttpClient http, sys::Directory work,
        Reach reach)
      : context_(context),
        request_(request),
        source_(std::move(source)),
        http_(std::move(http)),
        work_(std::move(work)),
        started_(context.clock.mono()),
        download_{.http = http_,
                  .clock = context.clock,
                  .deadline = started_ + timeout_of(source_.getter, request.limits),
                  .max_bytes = request.limits.download_bytes,
                  .insecure = request.insecure,
                  .reach = reach,
                  .on_progress = [this](uint64_t bytes, uint64_t total) { progress(bytes, total); },
                  .pause = context.pause} {}

  Result<Fetched> run();

 private:
  void progress(uint64_t bytes, uint64_t total);
  std::optional<ArchiveKind> archive_kind() const;
  Result<std::optional<ArchiveKind>> forced_kind() const;
  std::string file_name() const;
  bool wants_directory(const std::optional<ArchiveKind>& kind) const {
    return !kind && (request_.mode == Mode::Dir || source_.url.path.ends_with('/'));
  }

  Result<Fetched> fetch_repository();
  Result<Fetched> fetch_file();
  Result<Fetched> fetch_object(const std::optional<ArchiveKind>& kind);
  Result<Fetched> fetch_prefix(const Bucket& bucket);
  Result<Fetched> fetch_page();
  Result<Fetched> fetch_single(const DownloadSpec& spec, const std::optional<ArchiveKind>& kind);
  DownloadSpec http_request() const { return {.url = source_.url, .headers = request_.headers}; }
  Status verify(const sys::Fd& file);
  Result<Fetched> unpack(const sys::Fd& file, const ArchiveKind& kind);
  Result<Fetched> take_subdirectory(Fetched whole);
  UnpackLimits unpack_limits() const;

  const FetchContext& context_;
  const FetchRequest& request_;
  Source source_;
  HttpClient http_;
  sys::Directory work_;
  MonoTime started_;
  MonoTime last_progress_{};
  DownloadContext download_;
  uint64_t finished_bytes_ = 0;  // of objects before the one under way
};

void Fetch::progress(uint64_t bytes, uint64_t total) {
  const MonoTime now = context_.clock.mono();
  if (!context_.on_progress || now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  bytes += finished_bytes_;
  const auto millis =
      std::max<int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count());
  context_.on_progress({.bytes = bytes,
                        .total = finished_bytes_ > 0 ? 0 : total,
                        .bytes_per_second = bytes * 1000 / static_cast<uint64_t>(millis)});
}

std::string Fetch::file_name() const {
  if (!source_.filename.empty()) return source_.filename;
  std::string name = unescape(source_.url.path.substr(source_.url.path.rfind('/') + 1));
  const bool usable = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                      name.find('\0') == std::string::npos && name.size() <= 255;
  return usable ? name : "download";
}

Result<std::optional<ArchiveKind>> Fetch::forced_kind() const {
  const std::string& name = *source_.archive;
  if (name == "false" || name == "0") return std::optional<ArchiveKind>();
  const auto kind = find_archive_kind(name);
  if (!kind) return err(ErrorCode::InvalidArgument, "unknown kind of archive \"{}\"", printable(name, 40));
  return std::optional(*kind);
}

std::optional<ArchiveKind> Fetch::archive_kind() const {
  if (source_.archive) return forced_kind().value_or(std::nullopt);
  return archive_kind_of_file(source_.filename.empty() ? unescape(source_.url.path) : source_.filename);
}

UnpackLimits Fetch::unpack_limits() const {
  return {.bytes = request_.limits.unpacked_bytes,
          .files = request_.limits.unpacked_files,
          .deadline = context_.clock.mono() + timeout_of(source_.getter, request_.limits)};
}

Result<Fetched> Fetch::run() {
  if (source_.archive) TRY(forced_kind());
  const bool file = source_.getter == Getter::Http || source_.getter == Getter::S3 || source_.getter == Getter::Gcs;
  TRY_LET(Fetched whole, file ? fetch_file() : fetch_repository());
  if (!source_.subdir.empty()) {
    TRY_LET(whole, take_subdirectory(std::move(whole)));
  }
  if (request_.mode == Mode::File && whole.directory) {
    return err(ErrorCode::InvalidArgument, "mode is \"file\", but the source is a directory");
  }
  if (request_.mode == Mode::Dir && !whole.directory) {
    return err(ErrorCode::InvalidArgument, "mode is \"dir\", but the source is a single file");
  }
  return whole;
}

Result<Fetched> Fetch::fetch_repository() {
  if (!source_.checksum.empty()) {
    return err(ErrorCode::InvalidArgument, "checksum cannot be specified for directory download");
  }
  const RepositoryContext repository{.download = download_, .env = context_.env, .work = context_.work};
  TRY(source_.getter == Getter::Git ? fetch_git(repository, source_) : fetch_hg(repository, source_));
  return Fetched{.directory = true};
}

Status Fetch::verify(const sys::Fd& file) {
  if (source_.checksum.empty()) return Ok{};
  std::string text = source_.checksum;
  if (text.starts_with("file:")) {
    std::string address = text.substr(5);
    if (address.starts_with("./")) {  // beside the artifact
      Url beside = source_.url;
      beside.path = beside.path.substr(0, beside.path.rfind('/') + 1) + escape_path(address.substr(2));
      address = to_text(beside);
    }
    TRY_LET(const Url url, parse_url(address));
    if (url.scheme != "http" && url.scheme != "https") {
      return err(ErrorCode::PermissionDenied, "a checksum file can come over http and https only");
    }
    DownloadSpec spec{.url = url};
    if (same_origin(url, source_.url)) spec.headers = request_.headers;
    const auto document = download_text(download_, spec, kMaxChecksumFile);
    if (!document) return err(document.error().context("checksum file " + redact_url(address)));
    TRY_LET(const Checksum checksum, find_checksum(document->text, file_name()));
    return verify_checksum(file, checksum);
  }
  TRY_LET(const Checksum checksum, parse_checksum(text));
  return verify_checksum(file, checksum);
}

Result<Fetched> Fetch::unpack(const sys::Fd& file, const ArchiveKind& kind) {
  const std::string out(kOutputName);
  if (request_.mode == Mode::File || kind.single) {
    if (request_.mode == Mode::Dir) {
      return err(ErrorCode::InvalidArgument, "{} holds a single file, but mode is \"dir\"", kind.name);
    }
    TRY_LET(const uint64_t bytes, unpack_single_file(file, kind, work_, out, unpack_limits(), context_.clock));
    return Fetched{.name = name_without_extension(file_name(), kind), .bytes = bytes};
  }
  TRY(work_.make_directories(out));
  TRY_LET(const auto directory, work_.open_directory(out));
  TRY_LET(const uint64_t bytes, unpack_archive(file, kind, directory, unpack_limits(), context_.clock));
  return Fetched{.directory = true, .bytes = bytes};
}

Result<Fetched> Fetch::fetch_file() {
  const auto kind = archive_kind();
  if (source_.getter != Getter::Http) return fetch_object(kind);
  return wants_directory(kind) ? fetch_page() : fetch_single(http_request(), kind);
}

Result<Fetched> Fetch::fetch_object(const std::optional<ArchiveKind>& kind) {
  TRY_LET(const auto bucket, open_bucket(source_, context_.env));
  if (wants_directory(kind) || bucket->key().empty()) return fetch_prefix(*bucket);
  auto object = fetch_single(bucket->object(bucket->key()), kind);
  const bool missing = !object && object.error().code() == ErrorCode::NotFound;
  if (!missing || kind || request_.mode != Mode::Any || !source_.checksum.empty()) return object;
  auto prefix = fetch_prefix(*bucket);
  const bool neither = !prefix && prefix.error().code() == ErrorCode::NotFound;
  return neither ? std::move(object) : std::move(prefix);
}

Result<Fetched> Fetch::fetch_single(const DownloadSpec& spec, const std::optional<ArchiveKind>& kind) {
  TRY_LET(const sys::Fd file, work_.create_file(kDownloadName, {.mode = 0644, .exclusive = true}));
  TRY(download(download_, spec, file));
  TRY_LET(const sys::Fd readable, work_.open_file(kDownloadName));
  TRY(verify(readable));
  struct stat info = {};
  ::fstat(readable.get(), &info);
  if (kind) {
    auto unpacked = unpack(readable, *kind);
    TRY(work_.remove_file(kDownloadName));
    return unpacked;
  }
  TRY(work_.rename(kDownloadName, kOutputName));
  return Fetched{.name = file_name(), .bytes = static_cast<uint64_t>(info.st_size)};
}

Result<Fetched> Fetch::fetch_prefix(const Bucket& bucket) {
  if (!source_.checksum.empty()) {
    return err(ErrorCode::InvalidArgument, "checksum cannot be specified for directory download");
  }
  TRY_LET(const auto keys, list_below(download_, bucket, request_.limits.unpacked_files));
  const std::string prefix = directory_prefix(bucket.key());
  const std::string out(kOutputName);
  TRY(work_.make_directories(out));
  TRY_LET(const auto directory, work_.open_directory(out));
  for (const std::string& key : keys) {
    TRY_LET(const std::string path, safe_relative_path(key));
    if (const size_t slash = path.rfind('/'); slash != std::string::npos) {
      TRY(directory.make_directories(path.substr(0, slash)));
    }
    TRY_LET(const sys::Fd file, directory.create_file(path));
    if (const uint64_t most = request_.limits.download_bytes; most != 0) {
      if (finished_bytes_ >= most) {
        return err(ErrorCode::ResourceExhausted, "together the objects are larger than this agent downloads ({} bytes)",
                   most);
      }
      download_.max_bytes = most - finished_bytes_;
    }
    const auto reply = download(download_, bucket.object(prefix + key), file);
    if (!reply) return err(reply.error().context(printable(key)));
    struct stat info = {};
    ::fstat(file.get(), &info);
    finished_bytes_ += static_cast<uint64_t>(info.st_size);
  }
  return Fetched{.directory = true, .bytes = finished_bytes_};
}

// A page that says where the directory really is: the header X-Terraform-Get, or <meta name="terraform-get">.
std::optional<std::string> forwarding_address(const Document& page) {
  const auto header = page.reply.headers.find("x-terraform-get");
  if (header != page.reply.headers.end()) return header->second;
  const size_t name = page.text.find("name=\"terraform-get\"");
  if (name == std::string::npos) return std::nullopt;
  const size_t start = page.text.find("content=\"", name);
  const size_t end = start == std::string::npos ? start : page.text.find('"', start + 9);
  if (end == std::string::npos || page.text.find('>', name) < start) return std::nullopt;
  return page.text.substr(start + 9, end - start - 9);
}

Result<Fetched> Fetch::fetch_page() {
  DownloadSpec spec = http_request();
  spec.url.query.emplace_back("terraform-get", "1");
  TRY_LET(const Document page, download_text(download_, spec, kMaxPage));
  const auto address = forwarding_address(page);
  if (!address) {
    return err(ErrorCode::InvalidArgument,
               "a directory cannot be downloaded over {}: name an archive, or use s3 or git", source_.url.scheme);
  }
  TRY_LET(Source next, parse_source(*address, {}));
  if (next.url.scheme == "http" && source_.url.scheme == "https" && !request_.insecure) {
    return err(ErrorCode::PermissionDenied, "the server forwards from https to {}", redact_url(*address));
  }
  FetchRequest forwarded = request_;
  forwarded.headers.clear();
  forwarded.mode = Mode::Dir;
  TRY_LET(HttpClient http, HttpClient::create());
  TRY_LET(auto work, sys::Directory::open(context_.work, "the working directory"));
  if (next.getter == Getter::Http && !archive_kind_of_file(next.url.path) && !next.archive) {
    return err(ErrorCode::InvalidArgument, "the server forwards to {}, which is no archive", redact_url(*address));
  }
  const Reach reach = page.reply.from_loopback ? download_.reach : Reach::Elsewhere;
  Fetch fetch(context_, forwarded, std::move(next), std::move(http), std::move(work), reach);
  return fetch.run();
}

// The one entry of a directory that a component with wildcards means.
Result<std::string> match_component(const sys::Directory& directory, const std::string& at,
                                    const std::string& pattern) {
  if (pattern.find_first_of("*?[") == std::string::npos) return pattern;
  TRY_LET(const auto entries, directory.list(at));
  std::vector<std::string> found;
  for (const auto& entry : entries) {
    if (::fnmatch(pattern.c_str(), entry.name.c_str(), FNM_PERIOD) == 0) found.push_back(entry.name);
  }
  if (found.size() == 1) return found[0];
  return err(ErrorCode::NotFound, "subdirectory \"{}\" matches {} entries", printable(pattern, 80), found.size());
}

Result<Fetched> Fetch::take_subdirectory(Fetched whole) {
  if (!whole.directory)
    return err(ErrorCode::InvalidArgument, "the source is a file, which has no \"{}\"", source_.subdir);
  TRY(work_.rename(kOutputName, kWholeName));
  std::string path = kWholeName;
  for (const std::string& part : split(source_.subdir, '/')) {
    if (part.empty() || part == ".") continue;
    TRY_LET(const std::string name, match_component(work_, path, part));
    path += "/" + name;
  }
  const auto info = work_.stat(path);
  if (!info || (info->kind != sys::FileKind::Directory && info->kind != sys::FileKind::Regular)) {
    return err(ErrorCode::NotFound, "subdirectory \"{}\" not found", printable(source_.subdir, 200));
  }
  TRY(work_.rename(path, kOutputName));
  TRY(work_.remove_tree(kWholeName));
  if (info->kind == sys::FileKind::Directory) return whole;
  return Fetched{.name = info->name, .bytes = info->size};
}

}  // namespace

Duration timeout_of(Getter getter, const FetchLimits& limits) {
  Duration timeout{};
  switch (getter) {
    case Getter::Http:
      timeout = limits.http_timeout;
      break;
    case Getter::S3:
      timeout = limits.s3_timeout;
      break;
    case Getter::Gcs:
      timeout = limits.gcs_timeout;
      break;
    case Getter::Git:
      timeout = limits.git_timeout;
      break;
    case Getter::Hg:
      timeout = limits.hg_timeout;
      break;
  }
  constexpr Duration kNone = std::chrono::hours(24 * 365);
  return timeout > Duration(0) ? timeout : kNone;
}

Result<Fetched> fetch(const FetchContext& context, const FetchRequest& request) {
  TRY_LET(Source source, parse_source(request.source, request.options));
  TRY_LET(HttpClient http, HttpClient::create());
  TRY_LET(auto work, sys::Directory::open(context.work, "the working directory"));
  Fetch fetch(context, request, std::move(source), std::move(http), std::move(work), Reach::Anywhere);
  return fetch.run();
}

}  // namespace drover::assets
