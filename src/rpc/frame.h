#pragma once

#include "base/result.h"
#include "rpc/messages.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace drover::rpc {

// Any message of the protocol. The kinds' numbers are in frame.cc.
using AnyMessage = std::variant<Hello, Heartbeat, AllocUpdates, ServiceUpdates, CallHead, CallData, WatchServices,
                                CallInputCredit,  // up to here from the node
                                Welcome, Assignments, Ack, Call, CallCredit, CallCancel, Refused, Services, CallInput>;

// What travels on the stream: a kind and the storage record of the message.
struct Frame {
  uint32_t kind = 0;
  std::string body;

  // What the frame costs in a queue.
  size_t size() const { return body.size() + 64; }
};

Frame encode_frame(const AnyMessage& message);

// Nothing for a kind that this version does not know. Fails, naming the message, if the body is not its record.
Result<std::optional<AnyMessage>> decode_frame(uint32_t kind, std::string_view body);

// "Welcome", for logs and errors.
std::string_view message_name(const AnyMessage& message);

}  // namespace drover::rpc
