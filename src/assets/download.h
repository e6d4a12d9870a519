#pragma once

#include "assets/http_client.h"
#include "base/clock.h"
#include "sys/fd.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace drover::assets {

// What all downloads of one fetch share.
struct DownloadContext {
  HttpClient& http;
  const Clock& clock;
  MonoTime deadline;
  uint64_t max_bytes = 0;  // of one object; 0: no limit
  bool insecure = false;
  Reach reach = Reach::Anywhere;  // of the first server; what another one names is narrower
  std::function<void(uint64_t bytes, uint64_t total)> on_progress;
  std::function<void(Duration)> pause;  // between attempts
};

// A part of the object from an earlier attempt, which is continued if it still belongs to it.
struct Begun {
  uint64_t bytes = 0;
  std::string validator;  // an ETag, or a date
  bool verified = false;  // the whole is verified at the end: no validator is needed
};

struct DownloadSpec {
  Url url;
  std::map<std::string, std::string> headers;  // for the server of `url` only, not for those it redirects to
  std::optional<Signing> signing;              // redirections are then refused
  Begun begun;
  std::function<void(const std::string& validator)> on_validator;  // what Begun takes later; "": nothing
};

// Where bytes go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status write(std::string_view bytes) = 0;
  // All that was written, and what had been begun, is void.
  virtual Status clear() = 0;
};

// Into an empty file. Breaks of the connection, 5xx, 408 and 429 are tried again, where the server allows it from where
// the last attempt ended; up to 10 redirections are followed, but not from https to http, nor to this machine. Blocks.
// The error of a final answer is its status: NotFound "404 Not Found". The reply is the one that brought the body.
Result<HttpReply> download(const DownloadContext& context, const DownloadSpec& spec, const sys::Fd& file);

// The same into a sink that has spec.begun already.
Result<HttpReply> download(const DownloadContext& context, const DownloadSpec& spec, Sink& sink);

// A small document.
struct Document {
  HttpReply reply;
  Url url;  // after redirections
  std::string text;
};
Result<Document> download_text(const DownloadContext& context, const DownloadSpec& spec, size_t limit);

}  // namespace drover::assets
