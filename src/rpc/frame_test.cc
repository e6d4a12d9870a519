#include "rpc/frame.h"

#include <set>

#include <gtest/gtest.h>

namespace drover::rpc {
namespace {

template <size_t... Index>
std::vector<AnyMessage> one_of_each(std::index_sequence<Index...>) {
  return {AnyMessage(std::in_place_index<Index>)...};
}

TEST(Frame, RoundTripsEveryKindOfMessage) {
  std::set<uint32_t> kinds;
  for (const AnyMessage& message : one_of_each(std::make_index_sequence<std::variant_size_v<AnyMessage>>())) {
    const Frame frame = encode_frame(message);
    const auto decoded = decode_frame(frame.kind, frame.body);
    ASSERT_TRUE(decoded) << decoded.error().message();
    ASSERT_TRUE(*decoded);
    EXPECT_EQ((*decoded)->index(), message.index());
    EXPECT_TRUE(kinds.insert(frame.kind).second) << "kind " << frame.kind << " is used twice";
  }
}

TEST(Frame, NumbersNeverChange) {
  EXPECT_EQ(encode_frame(Hello{}).kind, 1U);
  EXPECT_EQ(encode_frame(CallData{}).kind, 6U);
  EXPECT_EQ(encode_frame(Welcome{}).kind, 32U);
  EXPECT_EQ(encode_frame(Refused{}).kind, 38U);
}

TEST(Frame, CarriesFields) {
  const Frame frame = encode_frame(CallData{.call_id = 7, .bytes = std::string("a\0b", 3), .end = true});
  const auto decoded = decode_frame(frame.kind, frame.body);
  ASSERT_TRUE(decoded && *decoded);
  const auto& data = std::get<CallData>(**decoded);
  EXPECT_EQ(data.call_id, 7U);
  EXPECT_EQ(data.bytes, std::string("a\0b", 3));
  EXPECT_TRUE(data.end);
}

TEST(Frame, SkipsAKindItDoesNotKnow) {
  const auto decoded = decode_frame(999, "whatever");
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(*decoded);
}

TEST(Frame, RefusesABodyThatIsNoRecordAndNamesTheMessage) {
  const auto decoded = decode_frame(encode_frame(Ack{}).kind, "\xff\xff\xff");
  ASSERT_FALSE(decoded);
  EXPECT_TRUE(decoded.error().message().starts_with("Ack: ")) << decoded.error().message();
}

}  // namespace
}  // namespace drover::rpc
