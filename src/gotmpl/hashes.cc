#include "gotmpl/hashes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/strings.h"

namespace drover::gotmpl {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string hex(const unsigned char* bytes, size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

const EVP_MD* algorithm_of(Digest digest) {
  switch (digest) {
    case Digest::Md5:
      return EVP_md5();
    case Digest::Sha1:
      return EVP_sha1();
    case Digest::Sha256:
      return EVP_sha256();
    case Digest::Sha512:
      return EVP_sha512();
  }
  return nullptr;
}

std::string exchange_letters(std::string text, std::string_view from, std::string_view to) {
  for (char& c : text) {
    const size_t at = from.find(c);
    if (at != std::string_view::npos) c = to[at];
  }
  return text;
}

std::string without_line_ends(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\n' && c != '\r') out += c;
  }
  return out;
}

}  // namespace

Result<std::string> digest_hex(Digest digest, std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &size, algorithm_of(digest), nullptr) != 1) {
    return err(ErrorCode::Unavailable, "this hash is not available on this machine");
  }
  return hex(bytes, size);
}

Result<std::string> hmac_sha256_hex(std::string_view key, std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, text.size(), bytes, &size) == nullptr) {
    return err(ErrorCode::Unavailable, "this hash is not available on this machine");
  }
  return hex(bytes, size);
}

uint32_t adler32(std::string_view text) {
  constexpr uint32_t kModulus = 65521;
  uint32_t a = 1, b = 0;
  for (const char c : text) {
    a = (a + static_cast<unsigned char>(c)) % kModulus;
    b = (b + a) % kModulus;
  }
  return b << 16 | a;
}

std::string to_base64(std::string_view bytes, Alphabet alphabet) {
  std::string out = base64_encode(bytes);
  return alphabet == Alphabet::Url ? exchange_letters(std::move(out), "+/", "-_") : out;
}

Result<std::string> from_base64(std::string_view text, Alphabet alphabet) {
  std::string plain = without_line_ends(text);
  // The letters of the other alphabet are errors, so they are turned into something that is.
  if (alphabet == Alphabet::Url) plain = exchange_letters(std::move(plain), "-_+/", "+/!!");
  auto bytes = base64_decode(plain);
  if (!bytes || plain.size() % 4 != 0) return err(ErrorCode::InvalidArgument, "illegal base64 data");
  return std::move(*bytes);
}

std::string to_base32(std::string_view bytes) {
  std::string out;
  uint64_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) out += kBase32[(bits >> (count - 5)) & 31];
  }
  if (count > 0) out += kBase32[(bits << (5 - count)) & 31];
  while (out.size() % 8 != 0) out += '=';
  return out;
}

Result<std::string> from_base32(std::string_view text) {
  const std::string plain = without_line_ends(text);
  const size_t end = std::min(plain.find('='), plain.size());
  std::string out;
  uint64_t bits = 0;
  int count = 0;
  for (const char c : std::string_view(plain).substr(0, end)) {
    const size_t value = kBase32.find(c);
    if (value == std::string_view::npos) return err(ErrorCode::InvalidArgument, "illegal base32 data");
    bits = bits << 5 | value;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255);
  }
  const bool only_padding = plain.find_first_not_of('=', end) == std::string::npos;
  if (plain.size() % 8 != 0 || !only_padding) return err(ErrorCode::InvalidArgument, "illegal base32 data");
  return out;
}

}  // namespace drover::gotmpl
