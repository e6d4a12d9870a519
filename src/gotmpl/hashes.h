#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// Digests in lower-case hexadecimal, and both alphabets of base64; OpenSSL is in the .cc file only.
namespace drover::gotmpl {

enum class Digest : uint8_t { Md5, Sha1, Sha256, Sha512 };
Result<std::string> digest_hex(Digest digest, std::string_view text);
Result<std::string> hmac_sha256_hex(std::string_view key, std::string_view text);
uint32_t adler32(std::string_view text);

enum class Alphabet : uint8_t { Standard, Url };
std::string to_base64(std::string_view bytes, Alphabet alphabet);
// With padding; line ends are ignored, as in Go.
Result<std::string> from_base64(std::string_view text, Alphabet alphabet);
std::string to_base32(std::string_view bytes);
Result<std::string> from_base32(std::string_view text);

}  // namespace drover::gotmpl
