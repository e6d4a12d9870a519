#include "net/http.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

TEST(UrlCoding, RoundTripsEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const auto decoded = url_decode(url_encode(all));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, all);
  EXPECT_EQ(url_encode("a/b c+d~"), "a%2Fb%20c%2Bd~");
}

TEST(UrlCoding, RefusesBrokenEscapes) {
  for (const char* bad : {"%", "%z", "%zz", "%4", "a%", "%g0", "%%"}) EXPECT_FALSE(url_decode(bad)) << bad;
  EXPECT_EQ(url_decode("a+b%2f").value(), "a+b/");
}

TEST(ParseQuery, DecodesNamesAndValuesInOrder) {
  const auto query = parse_query("a=1&b=x+y%26z&c&&a=2&=e");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("a"), "1");
  EXPECT_EQ(query->get("b"), "x y&z");
  EXPECT_TRUE(query->contains("c"));
  EXPECT_EQ(query->get("c"), "");
  EXPECT_FALSE(query->contains("d"));
  EXPECT_EQ(query->find_all("a"), (std::vector<std::string_view>{"1", "2"}));
}

TEST(ParseQuery, RefusesBrokenEscapesAndNul) {
  EXPECT_FALSE(parse_query("prefix=%zz"));
  EXPECT_FALSE(parse_query("%zz=1"));
  EXPECT_FALSE(parse_query("a=%00"));
}

TEST(ParseTarget, SplitsPathAndQuery) {
  HttpRequest request;
  ASSERT_TRUE(parse_target("/v1/job/a%2Fb?pretty&x=%20", request));
  EXPECT_EQ(request.raw_path, "/v1/job/a%2Fb");
  EXPECT_EQ(request.path, "/v1/job/a/b");
  EXPECT_EQ(request.query.get("x"), " ");
  EXPECT_EQ(request.target, "/v1/job/a%2Fb?pretty&x=%20");
}

TEST(ParseTarget, ReadsAbsoluteAndAsteriskForms) {
  HttpRequest request;
  ASSERT_TRUE(parse_target("http://host:80/v1/jobs?a=1", request));
  EXPECT_EQ(request.path, "/v1/jobs");
  HttpRequest bare;
  ASSERT_TRUE(parse_target("http://host", bare));
  EXPECT_EQ(bare.path, "/");
  HttpRequest star;
  ASSERT_TRUE(parse_target("*", star));
  EXPECT_EQ(star.path, "*");
}

TEST(ParseTarget, RefusesControlCharactersAndRelativePaths) {
  HttpRequest request;
  for (const char* bad : {"v1/jobs", "", "/a\rb", "/a%00b", "/a%0d%0ab", "/%zz", "/a?b=%z"}) {
    EXPECT_FALSE(parse_target(bad, request)) << bad;
  }
}

TEST(HttpHeaders, CompareNamesWithoutCase) {
  HttpHeaders headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  headers.set("X", "3");
  EXPECT_EQ(headers.all().size(), 2u);
  EXPECT_EQ(headers.get("x"), "3");
  headers.add("Connection", "keep-alive, Upgrade");
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_FALSE(headers.has_token("connection", "close"));
}

TEST(ParseHttpUrl, ReadsHostsPortsAndSockets) {
  const auto v4 = parse_http_url("http://127.0.0.1:4646");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 4646);
  const auto v6 = parse_http_url("http://[::1]:80/v1?x");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->path, "/v1?x");
  EXPECT_EQ(parse_http_url("http://host")->port, 80);
  EXPECT_EQ(parse_http_url("https://host")->port, 443);
  EXPECT_EQ(parse_http_url("unix:///run/docker.sock")->path, "/run/docker.sock");
  for (const char* bad : {"https://", "ftp://x", "http://", "http://:80", "http://a:0", "http://a:70000", "http://a:x",
                          "unix://relative", "http://[::1", "http://a b"}) {
    EXPECT_FALSE(parse_http_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace drover::net
