#include "assets/wire.h"

#include <cstring>

namespace drover::assets {
namespace {

constexpr uint64_t kMaxMessage = 1 << 20;

class Writer {
 public:
  void number(uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void duration(Duration value) { number(static_cast<uint64_t>(value.count())); }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void map(const std::map<std::string, std::string>& values) {
    number(values.size());
    for (const auto& [key, value] : values) {
      text(key);
      text(value);
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads nothing beyond the end: failed() then, and zeros.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t number() {
    uint64_t value = 0;
    if (!require(sizeof value)) return 0;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  Duration duration() { return Duration(static_cast<int64_t>(number())); }
  std::string text() {
    const uint64_t size = number();
    if (!require(size)) return {};
    std::string out(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return out;
  }
  std::map<std::string, std::string> map() {
    std::map<std::string, std::string> out;
    for (uint64_t left = number(); left > 0 && !failed_; left--) {
      std::string key = text();
      out[std::move(key)] = text();
    }
    return out;
  }
  bool failed() const { return failed_; }

 private:
  bool require(uint64_t size) {
    failed_ |= size > bytes_.size();
    return !failed_;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

enum class Tag : uint8_t { Progress, Fetched, Error };

}  // namespace

std::string encode(const HelperOrder& order) {
  const FetchRequest& request = order.request;
  const FetchLimits& limits = request.limits;
  Writer out;
  out.text(request.source);
  out.map(request.options);
  out.map(request.headers);
  out.number(static_cast<uint64_t>(request.mode));
  out.number(request.insecure);
  for (const Duration d : {limits.http_timeout, limits.s3_timeout, limits.gcs_timeout, limits.git_timeout}) {
    out.duration(d);
  }
  out.duration(limits.hg_timeout);
  out.number(limits.download_bytes);
  out.number(limits.unpacked_bytes);
  out.number(limits.unpacked_files);
  out.number(order.isolate);
  return out.take();
}

Result<HelperOrder> decode_order(std::string_view bytes) {
  Reader in(bytes);
  HelperOrder order;
  FetchRequest& request = order.request;
  FetchLimits& limits = request.limits;
  request.source = in.text();
  request.options = in.map();
  request.headers = in.map();
  request.mode = static_cast<Mode>(in.number());
  request.insecure = in.number() != 0;
  for (Duration* d : {&limits.http_timeout, &limits.s3_timeout, &limits.gcs_timeout, &limits.git_timeout}) {
    *d = in.duration();
  }
  limits.hg_timeout = in.duration();
  limits.download_bytes = in.number();
  limits.unpacked_bytes = in.number();
  limits.unpacked_files = in.number();
  order.isolate = in.number() != 0;
  if (in.failed()) return err(ErrorCode::Internal, "the order to fetch is damaged");
  return order;
}

std::string encode(const HelperMessage& message) {
  Writer body;
  if (const auto* progress = std::get_if<Progress>(&message)) {
    body.number(static_cast<uint64_t>(Tag::Progress));
    body.number(progress->bytes);
    body.number(progress->total);
    body.number(progress->bytes_per_second);
  } else if (const auto* fetched = std::get_if<Fetched>(&message)) {
    body.number(static_cast<uint64_t>(Tag::Fetched));
    body.number(fetched->directory);
    body.text(fetched->name);
    body.number(fetched->bytes);
  } else {
    const Error& error = std::get<Error>(message);
    body.number(static_cast<uint64_t>(Tag::Error));
    body.number(static_cast<uint64_t>(error.code()));
    body.text(error.message());
  }
  Writer out;
  out.text(body.take());
  return out.take();
}

Result<std::optional<HelperMessage>> take_message(std::string& buffer) {
  Reader frame(buffer);
  const std::string body = frame.text();
  if (frame.failed()) {
    if (buffer.size() > kMaxMessage) return err(ErrorCode::Internal, "the fetching process speaks nonsense");
    return std::nullopt;
  }
  buffer.erase(0, sizeof(uint64_t) + body.size());
  Reader in(body);
  std::optional<HelperMessage> message;
  switch (static_cast<Tag>(in.number())) {
    case Tag::Progress: {
      Progress progress;
      progress.bytes = in.number();
      progress.total = in.number();
      progress.bytes_per_second = in.number();
      message = progress;
      break;
    }
    case Tag::Fetched: {
      Fetched fetched;
      fetched.directory = in.number() != 0;
      fetched.name = in.text();
      fetched.bytes = in.number();
      message = std::move(fetched);
      break;
    }
    case Tag::Error: {
      const auto code =
          static_cast<ErrorCode>(std::min<uint64_t>(in.number(), static_cast<uint64_t>(ErrorCode::Internal)));
      message = Error(code, in.text());
      break;
    }
  }
  if (!message || in.failed()) return err(ErrorCode::Internal, "the fetching process speaks nonsense");
  return message;
}

}  // namespace drover::assets
