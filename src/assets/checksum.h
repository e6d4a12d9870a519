#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace drover::sys {
class Fd;
}

namespace drover::assets {

struct Checksum {
  std::string kind;    // md5, sha1, sha256, sha512
  std::string digits;  // lower-case hexadecimal
};

// "sha256:9f86…", or the digits alone: their number says which kind it is.
Result<Checksum> parse_checksum(std::string_view text);

// From a file as md5sum and its kind write it ("<digits>  <name>", BSD's "SHA256 (<name>) = <digits>", or the digits
// alone): the line of `file_name`, or the only one.
Result<Checksum> find_checksum(std::string_view file, std::string_view file_name);

// In hexadecimal.
std::string sha256(std::string_view bytes);

// Of the whole file, from its start.
Status verify_checksum(const sys::Fd& file, const Checksum& expected);

}  // namespace drover::assets
