#pragma once

#include "net/task.h"

#include <cstddef>
#include <deque>
#include <memory>

namespace drover::client {

// Bounds how much of something goes on at once; who comes first is first. One loop's thread.
class Slots {
 public:
  explicit Slots(size_t count) : state_(std::make_shared<State>(State{.free = count})) {}

  struct Claim;
  struct State {
    size_t free;
    std::deque<std::shared_ptr<Claim>> waiting;
  };

  // The slot, for as long as it lives. Movable only.
  class Slot {
   public:
    Slot(std::shared_ptr<State> state, std::shared_ptr<Claim> claim);
    ~Slot();
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&&) = delete;

   private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Claim> claim_;
  };

  // Unwinds when cancelled, and gives up its place.
  net::Task<Slot> take() { return take_from(state_); }

 private:
  static net::Task<Slot> take_from(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace drover::client
