#include "client/slots.h"

#include <utility>

namespace drover::client {

struct Slots::Claim {
  net::Event granted_event;
  bool granted = false;
};

Slots::Slot::Slot(std::shared_ptr<State> state, std::shared_ptr<Claim> claim)
    : state_(std::move(state)), claim_(std::move(claim)) {}

Slots::Slot::~Slot() {
  if (!state_) return;
  if (!claim_->granted) {
    std::erase(state_->waiting, claim_);
    return;
  }
  if (state_->waiting.empty()) {
    state_->free++;
    return;
  }
  const auto next = std::move(state_->waiting.front());
  state_->waiting.pop_front();
  next->granted = true;
  next->granted_event.set();
}

net::Task<Slots::Slot> Slots::take_from(std::shared_ptr<State> state) {
  auto claim = std::make_shared<Claim>();
  Slot slot(state, claim);
  if (state->free > 0) {
    state->free--;
    claim->granted = true;
    co_return slot;
  }
  state->waiting.push_back(claim);
  co_await claim->granted_event.wait();
  co_return slot;
}

}  // namespace drover::client
