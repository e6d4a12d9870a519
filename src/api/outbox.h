#pragma once

#include "net/task.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace drover::api {

// The messages that wait until a WebSocket takes them: many put, one takes. Bounded: who puts waits for room. One loop.
class Outbox {
 public:
  static constexpr size_t kMaxBytes = 256 << 10;  // of messages but the last one put

  struct Close {
    uint16_t code = 0;
    std::string reason;
  };

  net::Task<void> put(std::string message);
  // Once the messages before it have been taken; what is put after it is dropped.
  void close(uint16_t code, std::string reason);

  // The next message; nothing when `patience` has passed without one, or when it is closed (closed() says how).
  net::Task<std::optional<std::string>> take(Duration patience);
  const std::optional<Close>& closed() const { return closed_; }

 private:
  std::deque<std::string> messages_;
  size_t bytes_ = 0;
  std::optional<Close> closed_;
  net::Notifier changed_;
};

}  // namespace drover::api
