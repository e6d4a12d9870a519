#include "rpc/frame.h"

#include "codec/describe.h"
#include "codec/storage.h"

#include <array>
#include <type_traits>
#include <utility>

namespace drover::rpc {
namespace {

// The number of each message on the wire: never changed, never used again. In the order of AnyMessage.
constexpr std::array<uint32_t, std::variant_size_v<AnyMessage>> kKinds = {
    1,   // Hello
    2,   // Heartbeat
    3,   // AllocUpdates
    4,   // ServiceUpdates
    5,   // CallHead
    6,   // CallData
    7,   // WatchServices
    8,   // CallInputCredit
    32,  // Welcome
    33,  // Assignments
    34,  // Ack
    35,  // Call
    36,  // CallCredit
    37,  // CallCancel
    38,  // Refused
    39,  // Services
    40,  // CallInput
};

constexpr std::array<std::string_view, std::variant_size_v<AnyMessage>> kNames = {
    "Hello",         "Heartbeat",       "AllocUpdates", "ServiceUpdates", "CallHead", "CallData",
    "WatchServices", "CallInputCredit", "Welcome",      "Assignments",    "Ack",      "Call",
    "CallCredit",    "CallCancel",      "Refused",      "Services",       "CallInput"};

template <size_t Index>
Result<std::optional<AnyMessage>> decode_as(std::string_view body) {
  auto message = codec::decode_record<std::variant_alternative_t<Index, AnyMessage>>(body);
  if (!message) return err(message.error().context(kNames[Index]));
  return AnyMessage(std::in_place_index<Index>, std::move(*message));
}

using Decoder = Result<std::optional<AnyMessage>> (*)(std::string_view);

template <size_t... Index>
constexpr std::array<Decoder, sizeof...(Index)> decoders(std::index_sequence<Index...>) {
  return {decode_as<Index>...};
}

constexpr auto kDecoders = decoders(std::make_index_sequence<std::variant_size_v<AnyMessage>>());

}  // namespace

Frame encode_frame(const AnyMessage& message) {
  return Frame{.kind = kKinds[message.index()],
               .body = std::visit([](const auto& m) { return codec::encode_record(m); }, message)};
}

Result<std::optional<AnyMessage>> decode_frame(uint32_t kind, std::string_view body) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == kind) return kDecoders[i](body);
  }
  return std::nullopt;
}

std::string_view message_name(const AnyMessage& message) {
  return kNames[message.index()];
}

}  // namespace drover::rpc
