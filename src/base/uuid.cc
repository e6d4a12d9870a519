#include "base/uuid.h"

#include <array>

#include "base/uuid_text.h"

namespace drover {
namespace {

constexpr size_t kTextSize = 36;

bool is_dash(size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_uuid(std::string& out, Uuid uuid) {
  if (uuid.empty()) return;
  // Written by the hundred thousand in lists: a byte at a time, from a table of its two digits.
  static constexpr auto kPairs = [] {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kHex[i >> 4], kHex[i & 0xf]};
    return pairs;
  }();
  std::array<char, kTextSize> text;
  size_t at = 0;
  for (unsigned byte = 0; byte < 16; ++byte) {
    if (is_dash(at)) text[at++] = '-';
    const auto& pair = kPairs[((byte < 8 ? uuid.hi : uuid.lo) >> (56 - 8 * (byte % 8))) & 0xff];
    text[at++] = pair[0];
    text[at++] = pair[1];
  }
  out.append(text.data(), text.size());
}

std::string Uuid::str() const {
  std::string out;
  append_uuid(out, *this);
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  const auto range = uuid_prefix_range(text);
  if (!range) return std::nullopt;
  return range->first;
}

std::optional<UuidRange> uuid_prefix_range(std::string_view prefix) {
  if (prefix.size() > kTextSize) return std::nullopt;
  UuidRange range{.first = {0, 0}, .last = {~0ULL, ~0ULL}};
  unsigned digits = 0;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (is_dash(i)) {
      if (prefix[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = digit_of(prefix[i]);
    if (digit < 0) return std::nullopt;
    const unsigned shift = 60 - 4 * (digits % 16);
    uint64_t& first = digits < 16 ? range.first.hi : range.first.lo;
    uint64_t& last = digits < 16 ? range.last.hi : range.last.lo;
    first |= static_cast<uint64_t>(digit) << shift;
    last &= ~(static_cast<uint64_t>(0xf - digit) << shift);
    ++digits;
  }
  return range;
}

}  // namespace drover
