#include "assets/asset_fetch.h"

#include "assets/asset_listing.h"
#include "assets/content_hash.h"
#include "base/log.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/directory.h"
#include "sys/os_error.h"

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

// In the working directory: "<id>.part" is under way, "<id>.from" its validator, "<id>.<sha256>" complete.
namespace drover::assets {
namespace {

constexpr Duration kReportInterval = std::chrono::milliseconds(250);
constexpr size_t kMaxValidator = 4096;
constexpr uint64_t kLarge = 32 << 20;  // a file that another thread hashes
constexpr size_t kMaxEntries = 1'000'000;
constexpr uint32_t kMaxConnections = 64;

// What all threads of one fetch share.
struct Shared {
  std::atomic<uint64_t> bytes = 0;  // that are here
  std::atomic<bool> stopping = false;

  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex.
  size_t next = 0;
  size_t running = 0;
  std::optional<Error> failure;
};

// A file on its way: what is written is hashed, beside the download once the file is large.
class PartFile final : public Sink {
 public:
  // `readable`: the same file.
  PartFile(Shared& shared, const sys::Fd& file, const sys::Fd& readable, const RemoteFile& remote, uint64_t max_bytes)
      : shared_(shared), file_(file), readable_(readable), remote_(remote), max_bytes_(max_bytes), hash_(remote) {}

  // What an earlier attempt wrote.
  Status take_up(uint64_t bytes) {
    if (::lseek(file_.get(), static_cast<off_t>(bytes), SEEK_SET) < 0) return sys::os_err(errno, "continue the file");
    if (bytes == 0) return Ok{};
    following_.emplace(readable_, 0, *hash_);
    grow(bytes);
    return Ok{};
  }

  Status write(std::string_view bytes) override {
    if (shared_.stopping) return err(ErrorCode::Cancelled, "another file failed");
    if (max_bytes_ != 0 && shared_.bytes + bytes.size() > max_bytes_) {
      return err(ErrorCode::ResourceExhausted, "it is larger than this node takes ({} bytes)", max_bytes_);
    }
    TRY(sys::write_all(file_, bytes));
    if (!following_) hash_->add(bytes);
    grow(bytes.size());
    return Ok{};
  }

  Status clear() override {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
      return sys::os_err(errno, "empty the file");
    }
    following_.reset();
    hash_.emplace(remote_);
    shared_.bytes -= size_;
    size_ = 0;
    return Ok{};
  }

  uint64_t size() const { return size_; }

  // Of a complete file: its SHA-256; what is wrong no longer counts as here. Once. `md5_counts`: the server's ETags are
  // MD5.
  Result<std::string> verify(bool md5_counts) {
    if (following_) TRY(following_->finish());
    auto sha256 = hash_->verify(md5_counts);
    if (!sha256) shared_.bytes -= std::exchange(size_, 0);
    return sha256;
  }

 private:
  void grow(uint64_t bytes) {
    size_ += bytes;
    shared_.bytes += bytes;
    if (!following_ && size_ >= kLarge) following_.emplace(readable_, size_, *hash_);
    if (following_) following_->grown_to(size_);
  }

  Shared& shared_;
  const sys::Fd& file_;
  const sys::Fd& readable_;
  const RemoteFile& remote_;
  const uint64_t max_bytes_;
  uint64_t size_ = 0;
  std::optional<ContentHash> hash_;
  std::optional<FollowingHash> following_;  // goes before what it hashes into
};

// Amazon's ETags are no MD5 of what is encrypted with keys of others.
bool has_md5_etag(const HttpReply& reply) {
  const auto kind = reply.headers.find("x-amz-server-side-encryption");
  return !reply.headers.contains("x-amz-server-side-encryption-customer-algorithm") &&
         (kind == reply.headers.end() || !kind->second.starts_with("aws:kms"));
}

class AssetFetch {
 public:
  AssetFetch(const FetchContext& context, const AssetOrder& order, sys::Directory work, DownloadContext download)
      : context_(context), order_(order), work_(std::move(work)), download_(std::move(download)) {}

  Result<Fetched> run(HttpClient http);

 private:
  Status look_around();
  Status start_threads(HttpClient first);
  void work_through(HttpClient& http);
  std::optional<size_t> take_next();
  Status fetch(const DownloadContext& context, const RemoteFile& file, AssetFile& entry);
  Result<std::string> transfer(const DownloadContext& context, const RemoteFile& file, const std::string& part);
  Result<std::string> attempt(const DownloadContext& context, const RemoteFile& file, const std::string& part,
                              bool continues);
  Begun begun_of(const RemoteFile& file, const std::string& part, uint64_t bytes) const;
  void report();

  const FetchContext& context_;
  const AssetOrder& order_;
  const sys::Directory work_;
  const DownloadContext download_;
  std::vector<RemoteFile> files_;
  std::vector<AssetFile> entries_;               // one for each of files_, each written by one thread
  std::map<std::string, std::string> complete_;  // id → SHA-256, of earlier attempts
  uint64_t total_ = 0;                           // 0: unknown
  MonoTime started_;
  uint64_t bytes_at_start_ = 0;
  std::vector<std::thread> threads_;
  Shared shared_;
};

Status AssetFetch::look_around() {
  TRY_LET(const auto entries, work_.list("", kMaxEntries));
  for (const sys::FileInfo& entry : entries) {
    const size_t dot = entry.name.rfind('.');
    if (entry.kind != sys::FileKind::Regular || dot == std::string::npos) continue;
    const std::string suffix = entry.name.substr(dot + 1);
    if (suffix.size() == 64) complete_[entry.name.substr(0, dot)] = suffix;
  }
  bool known = true;
  for (const RemoteFile& file : files_) {
    known = known && file.bytes.has_value();
    total_ += file.bytes.value_or(0);
  }
  if (!known) total_ = 0;
  entries_.resize(files_.size());
  return Ok{};
}

std::optional<size_t> AssetFetch::take_next() {
  const std::lock_guard lock(shared_.mutex);
  if (shared_.stopping || shared_.next == files_.size()) return std::nullopt;
  return shared_.next++;
}

void AssetFetch::work_through(HttpClient& http) {
  const DownloadContext context{.http = http,
                                .clock = download_.clock,
                                .deadline = download_.deadline,
                                .reach = download_.reach,
                                .pause = download_.pause};
  while (const auto index = take_next()) {
    const auto done = fetch(context, files_[*index], entries_[*index]);
    if (done) continue;
    const std::lock_guard lock(shared_.mutex);
    if (!shared_.failure) shared_.failure = done.error().context(printable(files_[*index].path));
    shared_.stopping = true;
  }
  const std::lock_guard lock(shared_.mutex);
  shared_.running--;
  shared_.changed.notify_all();
}

// The libraries behind the clients are set up before there is a second thread.
Status AssetFetch::start_threads(HttpClient first) {
  auto clients = std::make_shared<std::vector<HttpClient>>();
  clients->push_back(std::move(first));
  const size_t count = std::min<size_t>(std::clamp(order_.connections, 1u, kMaxConnections), files_.size());
  while (clients->size() < count) {
    TRY_LET(HttpClient client, HttpClient::create());
    clients->push_back(std::move(client));
  }
  shared_.running = clients->size();
  for (size_t i = 0; i < clients->size(); i++) {
    threads_.emplace_back([this, clients, i] { work_through((*clients)[i]); });
  }
  return Ok{};
}

void AssetFetch::report() {
  const uint64_t bytes = shared_.bytes;
  const double seconds = std::chrono::duration<double>(context_.clock.mono() - started_).count();
  const uint64_t rate =
      seconds < 0.1 ? 0
                    : static_cast<uint64_t>(static_cast<double>(bytes - std::min(bytes, bytes_at_start_)) / seconds);
  if (context_.on_progress) context_.on_progress({.bytes = bytes, .total = total_, .bytes_per_second = rate});
}

Result<Fetched> AssetFetch::run(HttpClient http) {
  DownloadContext listing = download_;
  TRY_LET(files_, list_asset(listing, order_));
  TRY(look_around());
  started_ = context_.clock.mono();
  report();
  const auto begun = start_threads(std::move(http));
  if (begun) {
    std::unique_lock lock(shared_.mutex);
    while (shared_.running > 0) {
      shared_.changed.wait_for(lock, kReportInterval);
      lock.unlock();
      report();
      lock.lock();
    }
  }
  for (std::thread& thread : threads_) thread.join();
  TRY(begun);
  if (shared_.failure) return err(*shared_.failure);
  Fetched fetched{.directory = true};
  for (const AssetFile& entry : entries_) fetched.bytes += entry.bytes;
  TRY(work_.write_atomic(kManifestName, codec::encode_record(AssetManifest{.files = std::move(entries_)})));
  return fetched;
}

Status AssetFetch::fetch(const DownloadContext& context, const RemoteFile& file, AssetFile& entry) {
  entry.path = file.path;
  entry.bytes = file.bytes.value_or(0);
  if (!file.sha256.empty() && std::ranges::binary_search(order_.have, file.sha256)) {
    entry.sha256 = file.sha256;
    shared_.bytes += entry.bytes;
    return Ok{};
  }
  const std::string id = file.id();
  const std::string part = id + ".part";
  const auto complete = complete_.find(id);
  if (complete != complete_.end()) {
    entry.sha256 = complete->second;
  } else {
    TRY_LET(entry.sha256, transfer(context, file, part));
    TRY(work_.rename(part, id + "." + entry.sha256));
  }
  entry.part = id + "." + entry.sha256;
  TRY_LET(const sys::FileInfo info, work_.stat(entry.part));
  if (complete != complete_.end()) shared_.bytes += info.size;
  entry.bytes = info.size;
  return Ok{};
}

Begun AssetFetch::begun_of(const RemoteFile& file, const std::string& part, uint64_t bytes) const {
  Begun begun{.bytes = bytes, .validator = file.validator, .verified = file.has_hash() && file.md5.empty()};
  if (begun.validator.empty() && !begun.verified) {
    begun.validator = work_.read(part + ".from", kMaxValidator).value_or("");
  }
  if (begun.validator.empty() && !begun.verified) begun.bytes = 0;
  return begun;
}

// Once more from the start, if what was continued turns out to be something else.
Result<std::string> AssetFetch::transfer(const DownloadContext& context, const RemoteFile& file,
                                         const std::string& part) {
  const auto left = work_.stat(part);
  const bool continues = left && left->size > 0;
  auto sha256 = attempt(context, file, part, continues);
  if (sha256 || !continues || sha256.error().code() != ErrorCode::InvalidArgument) return sha256;
  return attempt(context, file, part, false);
}

Result<std::string> AssetFetch::attempt(const DownloadContext& context, const RemoteFile& file, const std::string& part,
                                        bool continues) {
  if (!continues) std::ignore = work_.remove_file(part);
  TRY_LET(const sys::Fd fd, work_.create_file(part, {.mode = 0644, .truncate = false}));
  TRY_LET(const sys::Fd readable, work_.open_file(part));
  PartFile sink(shared_, fd, readable, file, order_.limits.bytes);
  if (file.content) {
    TRY(sink.clear());
    TRY(sink.write(*file.content));
    return sink.verify(true);
  }
  DownloadSpec spec = file.spec;
  TRY_LET(const sys::FileInfo left, work_.stat(part));
  spec.begun = begun_of(file, part, left.size);
  TRY(sink.take_up(spec.begun.bytes));
  if (spec.begun.bytes == 0) TRY(sink.clear());
  if (file.bytes && sink.size() > 0 && sink.size() >= *file.bytes) return sink.verify(false);
  if (file.validator.empty() && !file.has_hash()) {
    spec.on_validator = [&](const std::string& validator) {
      std::ignore = work_.write_atomic(part + ".from", validator);
    };
  }
  TRY_LET(const HttpReply reply, download(context, spec, sink));
  return sink.verify(has_md5_etag(reply));
}

}  // namespace

Result<Fetched> fetch_asset(const FetchContext& context, const AssetOrder& order) {
  TRY_LET(sys::Directory work, sys::Directory::open(context.work, "working directory"));
  TRY_LET(HttpClient http, HttpClient::create());
  TRY_LET(HttpClient for_listing, HttpClient::create());
  const Duration timeout = order.limits.timeout > Duration(0) ? order.limits.timeout : std::chrono::hours(24 * 365);
  DownloadContext download{
      .http = for_listing, .clock = context.clock, .deadline = context.clock.mono() + timeout, .pause = context.pause};
  return AssetFetch(context, order, std::move(work), std::move(download)).run(std::move(http));
}

}  // namespace drover::assets
