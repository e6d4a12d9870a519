#include "assets/content_hash.h"

#include "assets/checksum.h"
#include "sys/files.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <optional>
#include <utility>

namespace drover::assets {
namespace {

class FollowingHashTest : public testing::Test {
 protected:
  void append(const std::string& bytes) {
    ASSERT_TRUE(sys::write_all(file_, bytes));
    content_ += bytes;
  }

  const sys::Fd file_{::memfd_create("part", MFD_CLOEXEC)};
  std::string content_;
  RemoteFile remote_;
  ContentHash hash_{remote_};
};

TEST_F(FollowingHashTest, HashesWhatIsAppended) {
  append("known already, ");
  hash_.add(content_);
  FollowingHash following(file_, content_.size(), hash_);
  for (int i = 0; i < 10; i++) {
    append(std::string(300'000, static_cast<char>('a' + i)));
    following.grown_to(content_.size());
  }
  ASSERT_TRUE(following.finish());
  EXPECT_EQ(hash_.verify(true).value(), sha256(content_));
}

TEST_F(FollowingHashTest, SaysThatTheFileHasLessThanItShould) {
  append("short");
  FollowingHash following(file_, 0, hash_);
  following.grown_to(content_.size() + 1);
  EXPECT_FALSE(following.finish());
}

TEST_F(FollowingHashTest, GivesUpWhatIsNoLongerWanted) {
  constexpr uint64_t kHours = uint64_t{1} << 42;  // of hashing; a hole takes no memory
  ASSERT_EQ(::ftruncate(file_.get(), kHours), 0);
  remote_.bytes = kHours;
  ContentHash hash(remote_);
  std::optional<FollowingHash> following(std::in_place, file_, 0, hash);
  following->grown_to(kHours);
  following.reset();
  EXPECT_FALSE(hash.verify(true));
}

TEST(ContentHashTest, TellsWhatIsOfAnotherSize) {
  RemoteFile remote;
  remote.bytes = 3;
  ContentHash hash(remote);
  hash.add("four");
  const auto verified = hash.verify(true);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().message(), "4 bytes came, the source says 3");
}

}  // namespace
}  // namespace drover::assets
