#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace drover::server {

// How many evaluations may be worked on at once. Many keep the workers busy while the disk is synced; but plans that
// are made beside each other collide where room is short, and have to be made again. So it grows by one with each plan
// that fits and halves with each that does not. Written by one thread, read by any.
class WorkWindow {
 public:
  // REQUIRES 0 < least <= most.
  WorkWindow(size_t least, size_t most) : least_(least), most_(most), size_(most) {}

  size_t size() const { return size_.load(std::memory_order_relaxed); }
  void fitted() { size_.store(std::min(most_, size() + 1), std::memory_order_relaxed); }
  void collided() { size_.store(std::max(least_, size() / 2), std::memory_order_relaxed); }

 private:
  const size_t least_;
  const size_t most_;
  std::atomic<size_t> size_;
};

}  // namespace drover::server
