#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/frames.h"
#include "drivers/docker/image_ref.h"
#include "drivers/docker/pull_progress.h"
#include "drivers/docker/registry_auth.h"
#include "drivers/docker/stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string frame(char stream, const std::string& payload) {
  std::string out = {stream, 0, 0, 0, 0, 0, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  return out + payload;
}

std::string ref_text(std::string_view text) {
  const auto ref = parse_image_ref(text);
  return ref ? ref->registry + " " + ref->str() : ref.error().message();
}

TEST(ImageRef, FillsInWhatIsLeftOut) {
  EXPECT_EQ(ref_text("redis"), "docker.io redis:latest");
  EXPECT_EQ(ref_text("library/redis:3.2"), "docker.io library/redis:3.2");
  EXPECT_EQ(ref_text("https://ghcr.io/Org/app"), ref_text("ghcr.io/Org/app"));
  EXPECT_EQ(ref_text("localhost:5000/a/b"), "localhost:5000 localhost:5000/a/b:latest");
}

TEST(ImageRef, PrefersTheDigestToTheTag) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(ref_text("redis:7@" + digest), "docker.io redis@" + digest);
  EXPECT_THAT(ref_text("redis@sha256:x"), HasSubstr("a digest looks like"));
}

TEST(ImageRef, SaysWhatIsWrong) {
  EXPECT_THAT(ref_text("Redis"), HasSubstr("lower-case"));
  EXPECT_THAT(ref_text("redis:"), HasSubstr("tag"));
  EXPECT_THAT(ref_text(""), HasSubstr("not the name of an image"));
  EXPECT_THAT(ref_text("a/../b"), HasSubstr("not the name of an image"));
  EXPECT_THAT(ref_text("a?x=1"), HasSubstr("not the name of an image"));
}

TEST(FrameParser, PutsFramesTogetherHoweverTheyArrive) {
  const std::string bytes = frame(1, "out") + frame(2, std::string(300, 'e')) + frame(1, "");
  for (size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
    FrameParser parser(FrameParser::Format::Frames);
    std::vector<std::string> seen;
    for (size_t at = 0; at < bytes.size(); at += step) {
      const auto fed = parser.feed(bytes.substr(at, step), [&](Stream stream, std::string_view payload) {
        seen.push_back((stream == Stream::Err ? "e" : "o") + std::to_string(payload.size()));
      });
      EXPECT_TRUE(fed);
    }
    EXPECT_THAT(seen, ElementsAre("o3", "e300", "o0"));
  }
}

TEST(FrameParser, RefusesWhatIsNotInFrames) {
  FrameParser parser(FrameParser::Format::Frames);
  EXPECT_FALSE(parser.feed("HTTP/1.1 200 OK", [](Stream, std::string_view) {}));
}

TEST(LogEntry, ReadsTimesWithAnyFraction) {
  const auto entry = parse_log_entry("2024-02-29T00:00:01.000000005Z text with spaces\n");
  EXPECT_EQ(entry.unix_nanos, 1709164801000000005);
  EXPECT_EQ(entry.text, "text with spaces\n");
  EXPECT_EQ(parse_log_entry("2024-02-29T02:00:01.5+02:00 x").unix_nanos, 1709164801500000000);
  EXPECT_EQ(parse_log_entry("no time here").text, "no time here");
}

TEST(PullProgress, SumsUpTheLayers) {
  PullProgress progress;
  EXPECT_TRUE(
      progress.feed("{\"status\":\"Pulling fs layer\",\"id\":\"a\"}\n{\"status\":\"Downloading\",\"id\":\"b\","));
  EXPECT_TRUE(
      progress.feed("\"progressDetail\":{\"current\":1000000,\"total\":4000000}}\n"
                    "{\"status\":\"Pull complete\",\"id\":\"a\"}\r\n"));
  EXPECT_EQ(progress.summary(), "1/2 layers, 1 of 4 MB");
}

TEST(PullProgress, FailsAsTheDaemonSays) {
  const auto fed = PullProgress().feed("{\"errorDetail\":{\"message\":\"x\"},\"error\":\"manifest unknown\"}\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message(), "manifest unknown");
}

TEST(RegistryAuth, FindsTheEntryOfARegistry) {
  const std::string config = R"({"auths": {"https://index.docker.io/v1/": {"auth": ")" + base64_encode("me:p:w") +
                             R"("}, "ghcr.io": {"username": "u", "password": "v"}}})";
  const auto hub = find_auth(config, "docker.io");
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->credentials.auth.username, "me");
  EXPECT_EQ(hub->credentials.auth.password, "p:w");
  EXPECT_EQ(find_auth(config, "ghcr.io")->credentials.auth.password, "v");
  EXPECT_EQ(find_auth(config, "quay.io").error().code(), ErrorCode::NotFound);
}

TEST(RegistryAuth, NamesTheHelperOfARegistry) {
  const std::string config = R"({"auths": {"ghcr.io": {}, "quay.io": {"auth": "", "identitytoken": "t"}},
                                 "credHelpers": {"1.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"},
                                 "credsStore": "pass"})";
  EXPECT_EQ(find_auth(config, "1.dkr.ecr.us-east-1.amazonaws.com")->helper, "ecr-login");
  EXPECT_EQ(find_auth(config, "ghcr.io")->helper, "pass");
  EXPECT_EQ(find_auth(config, "quay.io")->credentials.identity_token, "t");
}

TEST(RegistryAuth, EncodesForTheDaemon) {
  const auto text = encode_auth({.auth = {.username = "u", .password = "p"}}, {.registry = "ghcr.io"});
  EXPECT_EQ(text.find_first_of("+/"), std::string::npos);
  EXPECT_THAT(base64_decode(text).value_or(""), HasSubstr(R"("serveraddress":"ghcr.io")"));
  const auto token = encode_auth({.identity_token = "t"}, {.registry = "docker.io"});
  EXPECT_EQ(base64_decode(token).value_or(""),
            R"({"serveraddress":"https://index.docker.io/v1/","identitytoken":"t"})");
}

TEST(DockerStats, ReadBothCgroupVersions) {
  const auto v1 = parse_docker_stats(*codec::parse_json(
      R"({"cpu_stats":{"cpu_usage":{"total_usage":5}},"memory_stats":{"usage":9,"max_usage":11,"stats":{"rss":3}}})"));
  EXPECT_EQ(v1.cpu_nanos, 5u);
  EXPECT_EQ(v1.memory_rss_bytes, 3u);
  EXPECT_EQ(v1.memory_max_usage_bytes, 11u);
  const auto v2 = parse_docker_stats(*codec::parse_json(R"({"memory_stats":{"usage":9,"stats":{"anon":4}}})"));
  EXPECT_EQ(v2.memory_rss_bytes, 4u);
  EXPECT_FALSE(v2.cpu_nanos);
}

}  // namespace
}  // namespace drover::drivers
