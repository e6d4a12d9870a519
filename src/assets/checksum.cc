#include "assets/checksum.h"

#include "base/strings.h"
#include "sys/fd.h"
#include "sys/os_error.h"

#include <openssl/evp.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

namespace drover::assets {
namespace {

struct Kind {
  std::string_view name;
  size_t digits;
};
constexpr std::array<Kind, 4> kKinds = {{{"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}}};
constexpr size_t kChunk = 1 << 16;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string_view base_name(std::string_view path) {
  if (path.starts_with('*')) path.remove_prefix(1);  // md5sum's mark for binary files
  return path.substr(path.rfind('/') + 1);
}

struct Line {
  std::string digits;
  std::string name;
};

std::optional<Line> parse_line(std::string_view text) {
  text = trim(text);
  if (const size_t equals = text.rfind(" = "), open = text.find(" ("); equals != std::string_view::npos) {
    const size_t close = text.rfind(')', equals);
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    return Line{std::string(trim(text.substr(equals + 3))), std::string(text.substr(open + 2, close - open - 2))};
  }
  const size_t space = text.find(' ');
  const std::string_view digits = text.substr(0, space);
  if (digits.size() < 32 || !is_hex(digits)) return std::nullopt;
  return Line{std::string(digits), space == std::string_view::npos ? "" : std::string(trim(text.substr(space)))};
}

std::string to_hex(const unsigned char* bytes, unsigned size) {
  std::string out;
  for (unsigned i = 0; i < size; i++) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

Result<std::string> digest(const sys::Fd& file, const Checksum& kind) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (EVP_DigestInit_ex(context.get(), EVP_get_digestbyname(kind.kind.c_str()), nullptr) != 1) {
    return err(ErrorCode::Internal, "{} is not available here", kind.kind);
  }
  std::vector<char> chunk(kChunk);
  for (off_t at = 0;;) {
    const ssize_t count = ::pread(file.get(), chunk.data(), chunk.size(), at);
    if (count < 0) return sys::os_err(errno, "read what was downloaded");
    if (count == 0) break;
    EVP_DigestUpdate(context.get(), chunk.data(), static_cast<size_t>(count));
    at += count;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), bytes.data(), &size);
  return to_hex(bytes.data(), size);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr);
  return to_hex(out.data(), size);
}

Result<Checksum> parse_checksum(std::string_view text) {
  const size_t colon = text.find(':');
  std::string kind = colon == std::string_view::npos ? "" : to_lower(text.substr(0, colon));
  const std::string digits = to_lower(colon == std::string_view::npos ? text : text.substr(colon + 1));
  const auto* known = kind.empty() ? std::ranges::find(kKinds, digits.size(), &Kind::digits)
                                   : std::ranges::find(kKinds, kind, &Kind::name);
  if (known == kKinds.end()) {
    return err(ErrorCode::InvalidArgument,
               "checksum \"{}\" must be md5, sha1, sha256 or sha512, a colon and the digits", printable(text, 80));
  }
  if (digits.size() != known->digits || !is_hex(digits)) {
    return err(ErrorCode::InvalidArgument, "a {} checksum has {} hexadecimal digits, not \"{}\"", known->name,
               known->digits, printable(digits, 140));
  }
  return Checksum{.kind = std::string(known->name), .digits = digits};
}

Result<Checksum> find_checksum(std::string_view file, std::string_view file_name) {
  std::vector<Line> lines;
  for (const std::string& text : split(file, '\n')) {
    if (auto line = parse_line(text)) lines.push_back(std::move(*line));
  }
  const auto match = std::ranges::find_if(lines, [&](const Line& l) { return base_name(l.name) == file_name; });
  if (match != lines.end()) return parse_checksum(match->digits);
  if (lines.size() == 1) return parse_checksum(lines[0].digits);
  return err(ErrorCode::InvalidArgument, "the checksum file has no line for \"{}\"", printable(file_name, 80));
}

Status verify_checksum(const sys::Fd& file, const Checksum& expected) {
  TRY_LET(const std::string actual, digest(file, expected));
  if (actual == expected.digits) return Ok{};
  return err(ErrorCode::InvalidArgument, "checksums did not match: expected {}:{}, got {}", expected.kind,
             expected.digits, actual);
}

}  // namespace drover::assets
