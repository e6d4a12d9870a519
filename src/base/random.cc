#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace drover {

uint64_t Random::below(uint64_t bound) {
  DCHECK(bound > 0, "an empty range has no member");
  return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

Uuid Random::uuid() {
  const uint64_t hi = next(), lo = next();
  return {(hi & ~0xf000ULL) | 0x4000ULL,                          // version 4
          (lo & 0x3fffffffffffffffULL) | 0x8000000000000000ULL};  // RFC 4122 variant
}

uint64_t SystemRandom::next() {
  if (left_ == 0) {
    const ssize_t n = getrandom(buffer_, sizeof buffer_, 0);
    CHECK(n == static_cast<ssize_t>(sizeof buffer_),
          "getrandom up to 256 bytes never fails or falls short");  // getrandom(2)
    left_ = kWords;
  }
  return buffer_[--left_];
}

uint64_t SeededRandom::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace drover
