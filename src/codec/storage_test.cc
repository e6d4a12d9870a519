#include "codec/storage.h"

#include <gtest/gtest.h>

#include "codec/compare.h"
#include "codec/json.h"
#include "codec/random_instance.h"
#include "codec/test_types.h"

namespace drover::codec::test {

// What an older program knows of Everything.
struct Older {
  int64_t whole = 7;
  std::vector<std::string> datacenters;
};
void describe(StructBuilder& d, Older& o) {
  auto& [whole, datacenters] = o;
  d.name("Older");
  d.field(3, whole, "Whole");
  d.field(16, datacenters, "Datacenters");
}

struct Textual {
  std::string whole;
};
void describe(StructBuilder& d, Textual& t) {
  auto& [whole] = t;
  d.name("Textual");
  d.field(3, whole, "Whole");
}

namespace {

template <class T>
void expect_round_trip(const T& original) {
  const auto copy = decode_record<T>(encode_record(original));
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_TRUE(equal(*copy, original)) << to_json(*copy) << "\n" << to_json(original);
}

TEST(Storage, EveryInstanceSurvivesTheRoundTrip) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    const auto original = random_instance<Everything>(random, {.max_depth = 2});
    expect_round_trip(original);
    EXPECT_EQ(encode_record(original), encode_record(*decode_record<Everything>(encode_record(original))));
  }
}

TEST(Storage, ZerosThatMeanSomethingSurvive) {
  expect_round_trip(Everything{.whole = 0, .usually = std::nullopt, .datacenters = {}});
  expect_round_trip(Everything{.maybe = 0, .maybe_port = Port(), .maybe_list = std::vector<std::string>()});
  expect_round_trip(
      Everything{.plain_list = {"", ""}, .numbers = {0, 0}, .matrix = {{}, {0}}, .holes = {std::nullopt, 0}});
  expect_round_trip(Everything{.constraints = {{}, {}}, .named_ports = {{"", {}}}});
  expect_round_trip(Everything{.tiny = -128, .small = 255, .huge = UINT64_MAX, .real = -1.5});
}

TEST(Storage, LeavesOutOnlyWhatIsZeroByDefault) {
  EXPECT_EQ(encode_record(Port()), "");
  EXPECT_NE(encode_record(Older()), "") << "a changed default must not change what was stored";
}

// Stored records must read for ever: a change of these bytes is a change of the format.
TEST(Storage, FormatIsFixed) {
  const Port port{.label = "a", .value = -1, .to = 300};
  EXPECT_EQ(encode_record(port), std::string("\x0a\x01"
                                             "a"
                                             "\x10\x01\x18\xac\x02"));
  EXPECT_EQ(encode_record(Constraint{.right = "x"}), std::string("\x12\x01x"));
}

TEST(Storage, SkipsFieldsOfNewerWriters) {
  SeededRandom random(3);
  const auto newer = random_instance<Everything>(random, {.max_depth = 2});
  const auto older = decode_record<Older>(encode_record(newer));
  ASSERT_TRUE(older) << older.error().message();
  EXPECT_EQ(older->whole, newer.whole);
  EXPECT_EQ(older->datacenters, newer.datacenters);
}

TEST(Storage, RefusesAnotherWireTypeByName) {
  const auto read = decode_record<Textual>(encode_record(Older()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(read.error().message(), "bad record: Textual.Whole: wire type 0 where 2 is expected");
}

TEST(Storage, NamesWhereANestedRecordIsBroken) {
  Everything object;
  object.tasks.emplace_back().resources.ports.push_back({.value = 1 << 30});
  std::string record = encode_record(object.tasks[0].resources.ports[0]);
  record.resize(record.size() - 1);
  const auto port = decode_record<Port>(record);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().message(), "bad record: Port.Value: malformed or cut off");
  EXPECT_FALSE(decode_record<Port>("\x18\xff\xff\xff\x7f")) << "out of range for uint16_t";
}

TEST(Storage, NoPrefixAndNoChangedByteDoesHarm) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SeededRandom random(seed);
    const std::string record = encode_record(random_instance<Everything>(random, {.max_depth = 1}));
    for (size_t i = 0; i < record.size(); i += 1 + record.size() / 2000) {
      (void)decode_record<Everything>(record.substr(0, i));
      std::string changed = record;
      changed[i] = static_cast<char>(random.next());
      if (const auto read = decode_record<Everything>(changed)) (void)to_json(*read);
    }
  }
}

TEST(Storage, RandomBytesDoNoHarm) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (uint64_t n = random.below(40); n > 0; --n) bytes += static_cast<char>(random.next() & (i % 2 ? 0xff : 0x1f));
    (void)decode_record<Everything>(bytes);
  }
}

TEST(Storage, NestingAndMemoryAreBounded) {
  std::string deep;
  for (int i = 0; i < 3000; ++i) {
    std::string outer = "\xca\x01";  // Children, as length-delimited field
    std::string list;
    for (size_t n = deep.size();; n >>= 7) {
      list += static_cast<char>(n >= 0x80 ? (n & 0x7f) | 0x80 : n);
      if (n < 0x80) break;
    }
    list += deep;
    for (size_t n = list.size();; n >>= 7) {
      outer += static_cast<char>(n >= 0x80 ? (n & 0x7f) | 0x80 : n);
      if (n < 0x80) break;
    }
    deep = outer + list;
  }
  const auto read = decode_record<Everything>(deep);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("nested too deeply"), std::string::npos);

  const std::string zeros(3'000'000, '\0');  // as many empty children
  std::string length;
  for (size_t n = zeros.size(); n > 0; n >>= 7) length += static_cast<char>(n >= 0x80 ? (n & 0x7f) | 0x80 : n);
  const auto many = decode_record<Everything>("\xca\x01" + length + zeros);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message(), "bad record: Everything.Children: too many entries");
}

}  // namespace
}  // namespace drover::codec::test
