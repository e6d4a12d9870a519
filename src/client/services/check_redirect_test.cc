#include "client/services/check_redirect.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

CheckRequest asked(std::string method = "GET", std::string host = "") {
  CheckRequest out{.server = {.scheme = "http", .host = "10.0.0.1", .port = 8080},
                   .request = {.method = std::move(method), .target = "/a/b?x=1", .body = "body"}};
  if (!host.empty()) out.request.headers.set("Host", host);
  return out;
}

// "http://10.0.0.1:8080 GET /path"
std::string led_to(const CheckRequest& last, std::string_view location, int status = 302) {
  const auto next = follow_redirection(last, status, location);
  if (!next) return next.error().message();
  return to_text(next->server) + " " + next->request.method + " " + next->request.target;
}

TEST(CheckRedirect, LeadsToOtherPlacesOfTheSameHost) {
  EXPECT_EQ(led_to(asked(), "/login#top"), "http://10.0.0.1:8080 GET /login");
  EXPECT_EQ(led_to(asked(), "c?y=2"), "http://10.0.0.1:8080 GET /a/c?y=2");
  EXPECT_EQ(led_to(asked(), "?y=2"), "http://10.0.0.1:8080 GET /a/b?y=2");
  EXPECT_EQ(led_to(asked(), "https://10.0.0.1:8443/x"), "https://10.0.0.1:8443 GET /x");
  EXPECT_EQ(led_to(asked(), "//10.0.0.1:8080"), "http://10.0.0.1:8080 GET /");
}

TEST(CheckRedirect, KnowsTheHostByTheNameThatTheCheckGivesIt) {
  EXPECT_EQ(led_to(asked("GET", "shop.example"), "http://Shop.example/login"), "http://10.0.0.1:8080 GET /login");
  EXPECT_EQ(led_to(asked("GET", "shop.example:80"), "http://shop.example/"), "http://10.0.0.1:8080 GET /");
}

TEST(CheckRedirect, LeadsTheNodeNowhereElse) {
  for (const char* location : {"http://169.254.169.254/latest/meta-data", "//127.0.0.1/", "https://shop.example/"}) {
    EXPECT_EQ(led_to(asked("GET", "shop.example"), location), std::string("redirected to another host, ") + location);
  }
  EXPECT_NE(led_to(asked(), "file:///etc/shadow").find("file"), std::string::npos);
}

TEST(CheckRedirect, KeepsTheMethodOnlyIfTheServerSaysSo) {
  EXPECT_EQ(led_to(asked("POST"), "/x", 303), "http://10.0.0.1:8080 GET /x");
  EXPECT_EQ(led_to(asked("HEAD"), "/x", 301), "http://10.0.0.1:8080 HEAD /x");
  EXPECT_EQ(led_to(asked("POST"), "/x", 307), "http://10.0.0.1:8080 POST /x");
  EXPECT_EQ(follow_redirection(asked("POST"), 308, "/x")->request.body, "body");
  EXPECT_EQ(follow_redirection(asked("POST"), 302, "/x")->request.body, "");
}

}  // namespace
}  // namespace drover::client
