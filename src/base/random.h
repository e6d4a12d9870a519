#pragma once

#include "base/uuid.h"

#include <cstdint>

namespace drover {

// A source of random numbers. Injected, so that tests and the simulation replay from a seed.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;

  // Uniform in [0, bound); REQUIRES bound > 0.
  uint64_t below(uint64_t bound);

  // A random (version 4) UUID.
  Uuid uuid();
};

// The kernel's generator (getrandom), buffered. Not thread-safe: one for each thread.
class SystemRandom final : public Random {
 public:
  uint64_t next() override;

 private:
  static constexpr unsigned kWords = 32;
  uint64_t buffer_[kWords];
  unsigned left_ = 0;
};

// SplitMix64: small, fast, the same sequence everywhere for a seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override;

 private:
  uint64_t state_;
};

}  // namespace drover
