#include "assets/gcs.h"

#include "assets/fetch.h"
#include "assets/scripted_server.h"
#include "sys/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::assets {
namespace {

using ::testing::HasSubstr;

GcsPlace place_of(const std::string& source) {
  return parse_gcs(parse_source(source, {}).value()).value();
}

TEST(Gcs, AddressesNameABucketAndWhatIsInIt) {
  const GcsPlace place = place_of("gcs::https://www.googleapis.com/storage/v1/bucket/a/b%20c?version=7");
  EXPECT_EQ(place.key, "a/b c");
  EXPECT_EQ(to_text(gcs_object_url(place, place.key)),
            "https://www.googleapis.com/storage/v1/b/bucket/o/a%2Fb%20c?alt=media&generation=7");
  EXPECT_EQ(to_text(gcs_object_url(place_of("gcs://bucket/a/b"), "a/b")),
            "https://storage.googleapis.com/storage/v1/b/bucket/o/a%2Fb?alt=media");
  EXPECT_EQ(place_of("gcs://bucket").key, "");
  EXPECT_FALSE(parse_gcs(parse_source("gcs::https://www.googleapis.com/storage/v1", {}).value()));
}

TEST(Gcs, TheTokenGoesToGoogleOnly) {
  const std::map<std::string, std::string> env = {{"GOOGLE_OAUTH_ACCESS_TOKEN", "t0ken"}};
  EXPECT_EQ(gcs_headers(place_of("gcs://bucket/a"), env).at("Authorization"), "Bearer t0ken");
  for (const char* source : {"gcs::https://example.com/storage/v1/b/o", "gcs::http://www.googleapis.com/storage/v1/b/o",
                             "gcs::https://notgoogleapis.com/storage/v1/b/o"}) {
    EXPECT_TRUE(gcs_headers(place_of(source), env).empty()) << source;
  }
}

TEST(Gcs, ListingsAreRead) {
  const auto listing = parse_gcs_listing(R"({"nextPageToken": "more", "items": [{"name": "p/a", "size": "12"}, 7]})");
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->objects.size(), 1u);
  EXPECT_EQ(listing->objects[0].key, "p/a");
  EXPECT_EQ(listing->objects[0].bytes, 12u);
  EXPECT_EQ(listing->continuation, "more");
  EXPECT_TRUE(parse_gcs_listing("{}")->objects.empty());
  EXPECT_FALSE(parse_gcs_listing("<html>"));
}

class GcsPrefix : public ::testing::Test {
 protected:
  GcsPrefix() {
    std::string path = "/tmp/drover-gcs-XXXXXX";
    work_ = ::mkdtemp(path.data());
  }
  ~GcsPrefix() override {
    std::ignore = directory().remove_tree("");
    ::rmdir(work_.c_str());
  }

  sys::Directory directory() const { return sys::Directory::open(work_).value(); }
  std::string error(const std::string& path) {
    std::ignore = directory().remove_tree("");
    request_.source = "gcs::" + server_.url() + "/storage/v1/bucket/" + path;
    const auto fetched = fetch({.clock = clock_, .work = work_, .pause = [](Duration) {}}, request_);
    return fetched ? "fetched" : fetched.error().message();
  }

  // Two pages, and the contents of "p/a" and "p/q/b".
  static std::string answer(const std::string& head) {
    const auto reply = [](const std::string& body) {
      return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    };
    const bool listing = head.find("/o?") != std::string::npos && head.find("prefix=p%2F") != std::string::npos;
    if (listing && head.find("pageToken=t%2B2") != std::string::npos) {
      return reply(R"({"items": [{"name": "p/q/b"}, {"name": "p/empty/"}]})");
    }
    if (listing) return reply(R"({"nextPageToken": "t+2", "items": [{"name": "p/a"}]})");
    if (head.find("/o/p%2Fa?alt=media") != std::string::npos) return reply("first");
    if (head.find("/o/p%2Fq%2Fb?alt=media") != std::string::npos) return reply("second");
    if (head.find("/o?") != std::string::npos) return reply("{}");
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  }

  SystemClock clock_;
  std::string work_;
  FetchRequest request_;
  ScriptedServer server_{&GcsPrefix::answer};
};

TEST_F(GcsPrefix, AllObjectsBelowItAreFetched) {
  for (const char* prefix : {"p", "p/"}) {
    EXPECT_EQ(error(prefix), "fetched");
    EXPECT_EQ(directory().read("out/a").value_or(""), "first");
    EXPECT_EQ(directory().read("out/q/b").value_or(""), "second");
    EXPECT_FALSE(directory().exists("out/empty"));
  }
}

TEST_F(GcsPrefix, LimitsHoldForAllOfThemTogether) {
  request_.limits.download_bytes = 5;
  EXPECT_THAT(error("p"), HasSubstr("together the objects are larger"));
  request_.limits.download_bytes = 6;
  EXPECT_THAT(error("p"), HasSubstr("larger than this agent downloads"));
  request_.limits = {.unpacked_files = 1};
  EXPECT_THAT(error("p"), HasSubstr("more objects than this agent downloads (1)"));
}

TEST_F(GcsPrefix, WhatIsNotThereIsSaid) {
  EXPECT_THAT(error("nothing"), HasSubstr("404 Not Found"));
  EXPECT_THAT(error("nothing/"), HasSubstr("no object is named so or starts with \"nothing/\""));
}

}  // namespace
}  // namespace drover::assets
