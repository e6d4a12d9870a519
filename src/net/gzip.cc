#include "net/gzip.h"

#include "base/check.h"
#include "base/strings.h"

#include <zlib.h>

namespace drover::net {

struct GzipEncoder::Impl {
  z_stream stream{};
};

GzipEncoder::GzipEncoder() : impl_(std::make_unique<Impl>()) {
  constexpr int kGzipWindow = 15 + 16;  // The largest window, in gzip's framing.
  const int result = deflateInit2(&impl_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  CHECK(result == Z_OK, "zlib can be initialised");
}

GzipEncoder::~GzipEncoder() {
  deflateEnd(&impl_->stream);
}

void GzipEncoder::add(std::string_view bytes, std::string& out) {
  deflate_into(bytes, Z_NO_FLUSH, out);
}

void GzipEncoder::finish(std::string& out) {
  deflate_into({}, Z_FINISH, out);
}

void GzipEncoder::deflate_into(std::string_view bytes, int flush, std::string& out) {
  char chunk[16 << 10];
  z_stream& stream = impl_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    deflate(&stream, flush);
    out.append(chunk, sizeof chunk - stream.avail_out);
  } while (stream.avail_out == 0);
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  for (const std::string& item : split(accept_encoding, ',')) {
    const std::vector<std::string> parts = split(item, ';');
    const std::string_view coding = trim(parts[0]);
    double weight = 1;
    for (size_t i = 1; i < parts.size(); ++i) {
      const std::string parameter = to_lower(trim(parts[i]));
      if (parameter.starts_with("q=")) weight = parse_double(parameter.substr(2)).value_or(0);
    }
    if (equals_ignore_case(coding, "gzip")) return weight > 0;
    if (coding == "*") any = weight > 0;
  }
  return any;
}

}  // namespace drover::net
