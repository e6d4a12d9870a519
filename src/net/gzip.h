#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace drover::net {

// Compresses one gzip member piece by piece, at zlib's fastest level.
class GzipEncoder {
 public:
  GzipEncoder();
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  void add(std::string_view bytes, std::string& out);
  void finish(std::string& out);

 private:
  struct Impl;
  void deflate_into(std::string_view bytes, int flush, std::string& out);
  std::unique_ptr<Impl> impl_;
};

// True if an Accept-Encoding header takes gzip: "gzip", "br, gzip;q=0.5", "*", but not "gzip;q=0".
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace drover::net
