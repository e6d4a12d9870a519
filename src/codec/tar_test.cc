#include "codec/tar.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::codec {
namespace {

struct Read {
  std::vector<TarEntry> entries;
  std::vector<std::string> bytes;
  size_t ends = 0;
  bool ended = false;
  Status status = Ok{};
};

Read read(const std::string& archive, size_t piece) {
  Read out;
  TarReader reader({.on_entry =
                        [&](TarEntry entry) {
                          out.entries.push_back(std::move(entry));
                          out.bytes.emplace_back();
                          return Status(Ok{});
                        },
                    .on_bytes =
                        [&](std::string_view bytes) {
                          out.bytes.back() += bytes;
                          return Status(Ok{});
                        },
                    .on_entry_end =
                        [&] {
                          out.ends++;
                          return Status(Ok{});
                        }});
  for (size_t at = 0; at < archive.size() && out.status; at += piece) {
    out.status = reader.add(std::string_view(archive).substr(at, piece));
  }
  out.ended = reader.ended();
  return out;
}

TEST(Tar, WhatIsWrittenIsRead) {
  const std::string long_name = "alloc/data/" + std::string(200, 'n') + "/f";
  const std::string bytes(1000, 'x');
  std::string archive = tar_header({.name = "alloc/data/d", .kind = TarKind::Directory, .mode = 0750, .uid = 7});
  archive += tar_header({.name = long_name, .size = 1000, .mode = 0640, .uid = 3'000'000, .modified_seconds = 12345});
  archive += bytes + tar_padding(1000) + tar_pause();
  archive += tar_header({.name = "alloc/data/l", .kind = TarKind::Symlink, .target = std::string(150, 't')});
  archive += tar_header({.name = "alloc/data/empty"}) + tar_end();
  for (const size_t piece : {1, 7, 512, 4096, 1'000'000}) {
    const Read out = read(archive, piece);
    ASSERT_TRUE(out.status);
    EXPECT_TRUE(out.ended);
    ASSERT_EQ(out.entries.size(), 4u);
    EXPECT_EQ(out.ends, 4u);
    EXPECT_EQ(out.entries[0].name, "alloc/data/d");
    EXPECT_EQ(out.entries[0].kind, TarKind::Directory);
    EXPECT_EQ(out.entries[0].mode, 0750u);
    EXPECT_EQ(out.entries[0].uid, 7u);
    EXPECT_EQ(out.entries[1].name, long_name);
    EXPECT_EQ(out.entries[1].uid, 3'000'000u);
    EXPECT_EQ(out.entries[1].modified_seconds, 12345);
    EXPECT_EQ(out.bytes[1], bytes);
    EXPECT_EQ(out.entries[2].target, std::string(150, 't'));
    EXPECT_EQ(out.entries[3].size, 0u);
  }
}

TEST(Tar, OtherProgramsFindTheFieldsWhereUstarHasThem) {
  const std::string archive =
      tar_header({.name = "pause", .size = 3, .mode = 0755}) + "abc" + tar_padding(3) + tar_end();
  EXPECT_EQ(archive.size(), 2048u);
  EXPECT_EQ(archive.substr(0, 6), std::string("pause\0", 6));
  EXPECT_EQ(archive.substr(100, 7), "0000755");
  EXPECT_EQ(archive.substr(124, 11), "00000000003");
  EXPECT_EQ(archive.substr(257, 5), "ustar");
  EXPECT_EQ(archive.substr(512, 4), std::string("abc\0", 4));
}

TEST(Tar, DamageIsAnError) {
  std::string archive = tar_header({.name = "a", .size = 3}) + "abc" + tar_padding(3) + tar_end();
  archive[5] ^= 1;
  EXPECT_FALSE(read(archive, 100).status);
  EXPECT_FALSE(read(std::string(2000, 'z'), 100).status);
}

TEST(Tar, KindsThatAreNotWrittenAreRefused) {
  for (const char type : {'1', '3', '4', '6', 'L', 'S'}) {
    std::string archive = tar_header({.name = "a"});
    archive[156] = type;
    uint64_t sum = 0;
    for (size_t i = 0; i < kTarBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(archive[i]);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", static_cast<unsigned>(sum));
    archive.replace(148, 7, digits, 7);
    EXPECT_FALSE(read(archive, 512).status) << type;
  }
}

}  // namespace
}  // namespace drover::codec
