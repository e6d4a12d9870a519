#include "api/outbox.h"

#include <utility>

namespace drover::api {

net::Task<void> Outbox::put(std::string message) {
  while (bytes_ >= kMaxBytes && !closed_) {
    const uint64_t seen = changed_.version();
    co_await changed_.wait(seen, net::kNoTimeout);
  }
  if (closed_) co_return;
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  changed_.notify();
}

void Outbox::close(uint16_t code, std::string reason) {
  if (closed_) return;
  closed_ = Close{.code = code, .reason = std::move(reason)};
  changed_.notify();
}

net::Task<std::optional<std::string>> Outbox::take(Duration patience) {
  while (messages_.empty() && !closed_) {
    const uint64_t seen = changed_.version();
    const bool changed = co_await changed_.wait(seen, patience);
    if (!changed) co_return std::optional<std::string>();
  }
  if (messages_.empty()) co_return std::optional<std::string>();
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.size();
  changed_.notify();
  co_return std::optional(std::move(message));
}

}  // namespace drover::api
