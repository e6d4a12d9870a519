#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>

namespace drover::rpc {

// What one stream may cost, and how soon a dead peer is noticed. The same on both ends.
struct StreamLimits {
  size_t max_message_bytes = 64 << 20;  // larger messages end the stream
  size_t max_queued_bytes = 64 << 20;   // sent but not taken by the peer; one message may always be queued
  size_t max_queued_messages = 16384;
  size_t max_undelivered_bytes = 1 << 20;  // received but not yet handled; reading pauses above it
  Duration keepalive_time = std::chrono::seconds(10);
  Duration keepalive_timeout = std::chrono::seconds(5);
  Duration close_timeout = std::chrono::seconds(5);  // for the peer to take what was queued before close()
};

}  // namespace drover::rpc
