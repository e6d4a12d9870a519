// The small languages: durations, UUIDs, URLs, base64.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "net/http.h"

namespace {

using namespace drover;

void try_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return;
  const auto again = parse_duration(format_duration(*duration));
  if (!again || *again != *duration) __builtin_trap();
}

void try_url(std::string_view text) {
  const auto decoded = net::url_decode(text);
  if (decoded && net::url_decode(net::url_encode(*decoded)).value_or("") != *decoded) __builtin_trap();
  static_cast<void>(net::parse_query(text));
  static_cast<void>(net::parse_http_url(text));
  net::HttpRequest request;
  static_cast<void>(net::parse_target(std::string(text), request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_duration(text);
  try_url(text);
  if (const auto uuid = Uuid::parse(text); uuid && !uuid->empty() && Uuid::parse(uuid->str()) != uuid) __builtin_trap();
  static_cast<void>(uuid_prefix_range(text));
  if (const auto bytes = base64_decode(text); bytes && base64_decode(base64_encode(*bytes)) != bytes) __builtin_trap();
  if (!is_valid_utf8(printable(text))) __builtin_trap();
  return 0;
}
