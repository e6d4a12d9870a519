#pragma once

#include <cstdint>
#include <string_view>

namespace drover {

inline constexpr uint64_t kFnvBasis = 0xcbf29ce484222325ULL;

// FNV-1a, 64 bits: the same on every machine and in every version, so it may be stored and compared elsewhere. `hash`
// goes on with what an earlier part gave. Whoever chooses the bytes can make two of them collide.
constexpr uint64_t fnv1a(std::string_view bytes, uint64_t hash = kFnvBasis) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace drover
