#include "assets/download.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/os_error.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace drover::assets {
namespace {

constexpr int kAttempts = 5;  // in a row that bring nothing
constexpr Duration kFirstPause = std::chrono::milliseconds(200);
constexpr Duration kLongestPause = std::chrono::seconds(10);
constexpr int kMaxRedirects = 10;
constexpr size_t kErrorBody = 4 << 10;

class FileSink final : public Sink {
 public:
  explicit FileSink(const sys::Fd& file) : file_(file) {}
  Status write(std::string_view bytes) override { return sys::write_all(file_, bytes); }
  Status clear() override {
    if (::ftruncate(file_.get(), 0) == 0 && ::lseek(file_.get(), 0, SEEK_SET) == 0) return Ok{};
    return sys::os_err(errno, "empty the file");
  }

 private:
  const sys::Fd& file_;
};

class TextSink final : public Sink {
 public:
  explicit TextSink(std::string& text) : text_(text) {}
  Status write(std::string_view bytes) override {
    text_ += bytes;
    return Ok{};
  }
  Status clear() override {
    text_.clear();
    return Ok{};
  }

 private:
  std::string& text_;
};

ErrorCode code_of(int status) {
  if (status >= 500 || status == 408 || status == 429) return ErrorCode::Unavailable;
  if (status == 404 || status == 410) return ErrorCode::NotFound;
  if (status == 401 || status == 403) return ErrorCode::PermissionDenied;
  return ErrorCode::InvalidArgument;
}

// S3 says why in <Code>, and where a bucket is in a header.
std::string explanation(const HttpReply& reply, std::string_view body) {
  std::string out;
  const size_t start = body.find("<Code>");
  const size_t end = body.find("</Code>");
  if (start < end && end != std::string_view::npos)
    out += " (" + printable(body.substr(start + 6, end - start - 6), 80) + ")";
  const auto region = reply.headers.find("x-amz-bucket-region");
  if (region != reply.headers.end() && reply.status / 100 != 2) {
    out += ", the bucket is in region " + printable(region->second, 40);
  }
  return out;
}

// One download over as many attempts as it takes.
class Download {
 public:
  Download(const DownloadContext& context, const DownloadSpec& spec, Sink& sink)
      : context_(context),
        spec_(spec),
        sink_(sink),
        size_(spec.begun.bytes),
        validator_(spec.begun.validator),
        verified_(spec.begun.verified) {}

  Result<Document> run() {
    Duration pause = kFirstPause;
    for (int attempt = 1;;) {
      const uint64_t before = size_;
      auto document = follow();
      if (document || document.error().code() != ErrorCode::Unavailable) return document;
      attempt = size_ > before ? 1 : attempt + 1;
      if (attempt > kAttempts || context_.clock.mono() + pause >= context_.deadline) return document;
      context_.pause(pause);
      pause = size_ > before ? kFirstPause : std::min(pause * 3, kLongestPause);
    }
  }

 private:
  Result<Document> follow();
  Result<HttpReply> request(const Url& url, Reach reach);
  Status on_reply(const HttpReply& reply);
  Status on_body(std::string_view bytes);
  Status check_size(uint64_t bytes) const;
  Result<Url> next_url(const Url& from, const HttpReply& reply) const;
  tl::unexpected<Error> refusal(const HttpReply& reply) const;

  const DownloadContext& context_;
  const DownloadSpec& spec_;
  Sink& sink_;
  uint64_t size_;          // what the sink has
  uint64_t total_ = 0;     // 0: unknown
  std::string validator_;  // names the version that the sink has a part of; "": cannot be resumed
  const bool verified_;    // but for what is verified at the end
  bool taking_ = false;    // the body is the wanted one
  std::string error_body_;
};

Status Download::check_size(uint64_t bytes) const {
  if (context_.max_bytes == 0 || bytes <= context_.max_bytes) return Ok{};
  return err(ErrorCode::ResourceExhausted, "it is larger than this agent downloads ({} bytes)", context_.max_bytes);
}

Status Download::on_reply(const HttpReply& reply) {
  error_body_.clear();
  const auto header = [&](const char* name) {
    const auto found = reply.headers.find(name);
    return found == reply.headers.end() ? std::string() : found->second;
  };
  taking_ = reply.status / 100 == 2;
  if (!taking_) return Ok{};
  const uint64_t length = parse_uint(header("content-length")).value_or(0);
  const bool continues = reply.status == 206 && header("content-range").starts_with(fmt::format("bytes {}-", size_));
  if (reply.status == 206 && !continues)
    return err(ErrorCode::Unavailable, "the server sent another part than asked for");
  const std::string etag = header("etag");
  if (continues && !verified_ && validator_.starts_with('"') && !etag.empty() && etag != validator_) {
    validator_.clear();  // a server that does not know If-Range
    return err(ErrorCode::Unavailable, "it has changed meanwhile");
  }
  if (!continues) {
    TRY(sink_.clear());
    size_ = 0;
    validator_ = etag.empty() || etag.starts_with("W/") ? header("last-modified") : etag;
    if (spec_.on_validator) spec_.on_validator(validator_);
  }
  total_ = length == 0 ? 0 : size_ + length;
  return check_size(total_);
}

Status Download::on_body(std::string_view bytes) {
  if (!taking_) {
    error_body_ += bytes.substr(0, kErrorBody - std::min(kErrorBody, error_body_.size()));
    return Ok{};
  }
  TRY(check_size(size_ + bytes.size()));
  TRY(sink_.write(bytes));
  size_ += bytes.size();
  if (context_.on_progress) context_.on_progress(size_, total_);
  return Ok{};
}

Result<HttpReply> Download::request(const Url& url, Reach reach) {
  HttpCall call{.url = url, .signing = spec_.signing, .insecure = context_.insecure, .reach = reach};
  if (same_origin(url, spec_.url)) {
    call.headers.assign(spec_.headers.begin(), spec_.headers.end());
    call.url.user = spec_.url.user;
    call.url.password = spec_.url.password;
  }
  const bool resumes = size_ > 0 && (verified_ || !validator_.empty());
  if (resumes) {
    call.headers.emplace_back("Range", fmt::format("bytes={}-", size_));
    if (!verified_) call.headers.emplace_back("If-Range", validator_);
  }
  call.timeout = context_.deadline - context_.clock.mono();
  if (call.timeout <= Duration(0)) return err(ErrorCode::DeadlineExceeded, "it took too long");
  call.on_reply = [this](const HttpReply& reply) { return on_reply(reply); };
  call.on_body = [this](std::string_view bytes) { return on_body(bytes); };
  auto reply = context_.http.get(call);
  if (!reply && context_.clock.mono() >= context_.deadline) return err(ErrorCode::DeadlineExceeded, "it took too long");
  return reply;
}

Result<Url> Download::next_url(const Url& from, const HttpReply& reply) const {
  if (spec_.signing || reply.location.empty()) return refusal(reply);
  const std::string scheme = to_lower(reply.location.substr(0, reply.location.find(':')));
  if (scheme != "http" && scheme != "https") {
    return err(ErrorCode::PermissionDenied, "the server redirects to \"{}\"", redact_url(reply.location));
  }
  TRY_LET(Url next, parse_url(reply.location));
  if (from.scheme == "https" && next.scheme == "http" && !context_.insecure) {
    return err(ErrorCode::PermissionDenied, "the server redirects from https to {}", redact_url(reply.location));
  }
  return next;
}

tl::unexpected<Error> Download::refusal(const HttpReply& reply) const {
  return err(code_of(reply.status), "{}{}",
             reply.reason.empty() ? fmt::format("status {}", reply.status) : reply.reason,
             explanation(reply, error_body_));
}

Result<Document> Download::follow() {
  Url url = spec_.url;
  Reach reach = context_.reach;
  for (int hop = 0; hop <= kMaxRedirects; hop++) {
    TRY_LET(HttpReply reply, request(url, reach));
    if (reply.status / 100 == 2) return Document{.reply = std::move(reply), .url = std::move(url)};
    if (reply.status == 416 && size_ > 0) {  // what was begun does not exist any more
      validator_.clear();
      TRY(sink_.clear());
      size_ = 0;
      return err(ErrorCode::Unavailable, "{}", reply.reason);
    }
    if (reply.status / 100 != 3) return refusal(reply);
    if (!reply.from_loopback) reach = Reach::Elsewhere;
    TRY_LET(url, next_url(url, reply));
  }
  return err(ErrorCode::InvalidArgument, "more than {} redirections", kMaxRedirects);
}

}  // namespace

Result<HttpReply> download(const DownloadContext& context, const DownloadSpec& spec, Sink& sink) {
  TRY_LET(Document document, Download(context, spec, sink).run());
  return std::move(document.reply);
}

Result<HttpReply> download(const DownloadContext& context, const DownloadSpec& spec, const sys::Fd& file) {
  FileSink sink(file);
  return download(context, spec, sink);
}

Result<Document> download_text(const DownloadContext& context, const DownloadSpec& spec, size_t limit) {
  DownloadContext limited = context;
  limited.max_bytes = limit;
  limited.on_progress = nullptr;
  std::string text;
  TextSink sink(text);
  TRY_LET(Document document, Download(limited, spec, sink).run());
  document.text = std::move(text);
  return document;
}

}  // namespace drover::assets
