#include "client/services/check.h"

#include "base/strings.h"
#include "client/testing.h"
#include "net/http_server.h"
#include "net/tls_testing.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() { loop.start(); }
  ~CheckTest() override {
    loop.stop();
    loop.join();
  }
  CheckResult perform(model::Check check, uint16_t port) {
    check.timeout = 5s;
    auto target = std::make_shared<CheckTarget>(
        CheckTarget{.check = std::move(check), .endpoint = {.address = "127.0.0.1", .port = port}});
    return net::run_to_end(loop, runner.run(std::move(target))).value_or(CheckResult{});
  }

  net::Loop loop{"check"};
  CheckRunner runner;
};

TEST_F(CheckTest, AnHttpCheckGoesByTheStatus) {
  net::HttpServer server({}, {&loop}, [](net::HttpRequest request) -> net::Task<net::HttpResponse> {
    const auto status = parse_int(request.path.substr(1)).value_or(500);
    co_return net::text_response(static_cast<int>(status),
                                 request.method + " " + std::string(request.headers.get("X-A")));
  });
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  const auto good = perform({.type = "http", .path = "/204", .method = "POST", .header = {{"X-A", {"b"}}}}, *port);
  EXPECT_EQ(good.status, "passing");
  const auto shown = perform({.type = "http", .path = "/200", .method = "PUT", .header = {{"X-A", {"b"}}}}, *port);
  EXPECT_TRUE(shown.output.ends_with("Output: PUT b")) << shown.output;
  EXPECT_EQ(perform({.type = "http", .path = "/429"}, *port).status, "warning");
  EXPECT_EQ(perform({.type = "http", .path = "/503"}, *port).status, "critical");
  EXPECT_EQ(perform({.type = "tcp"}, *port).status, "passing");
  server.stop();
  EXPECT_EQ(perform({.type = "tcp"}, *port).status, "critical");
  EXPECT_EQ(perform({.type = "http", .path = "/200"}, *port).status, "critical");
}

TEST_F(CheckTest, AnHttpCheckFollowsRedirections) {
  net::HttpServer server({}, {&loop}, [](net::HttpRequest request) -> net::Task<net::HttpResponse> {
    auto response = net::text_response(request.path == "/login" ? 200 : 302, "welcome");
    if (request.path == "/") response.headers.set("Location", "/login");
    if (request.path == "/around") response.headers.set("Location", "/around");
    if (request.path == "/away") response.headers.set("Location", "http://169.254.169.254/latest");
    co_return response;
  });
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  const auto good = perform({.type = "http", .path = "/"}, *port);
  EXPECT_EQ(good.status, "passing") << good.output;
  EXPECT_TRUE(good.output.ends_with("200 Output: welcome")) << good.output;
  EXPECT_EQ(perform({.type = "http", .path = "/around"}, *port).status, "critical");
  EXPECT_EQ(perform({.type = "http", .path = "/nowhere"}, *port).status, "critical");
  EXPECT_EQ(perform({.type = "http", .path = "/away"}, *port).output,
            "redirected to another host, http://169.254.169.254/latest");
  server.stop();
}

TEST_F(CheckTest, ShowsNoMoreThanTheStartOfABody) {
  net::HttpServer server({}, {&loop}, [](net::HttpRequest) -> net::Task<net::HttpResponse> {
    co_return net::text_response(200, std::string(1 << 20, 'x'));
  });
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  const auto result = perform({.type = "http", .path = "/"}, *port);
  EXPECT_EQ(result.status, "passing");
  EXPECT_EQ(result.output.size(), kMaxCheckOutput);
}

TEST_F(CheckTest, HttpsVerifiesTheCertificateUnlessToldNotTo) {
  const net::TlsTestServer server;
  const model::Check check{.type = "http", .path = "/x", .protocol = "https", .tls_skip_verify = true, .method = "put"};
  const auto trusting = perform(check, server.port());
  EXPECT_EQ(trusting.status, "passing") << trusting.output;
  EXPECT_TRUE(trusting.output.ends_with("Output: PUT /x HTTP/1.1")) << trusting.output;
  auto careful = check;
  careful.tls_skip_verify = false;
  const auto refused = perform(careful, server.port());
  EXPECT_EQ(refused.status, "critical");
  EXPECT_NE(refused.output.find("the certificate is refused"), std::string::npos) << refused.output;
}

TEST_F(CheckTest, SendsABody) {
  net::HttpServer server({}, {&loop}, [](net::HttpRequest request) -> net::Task<net::HttpResponse> {
    co_return net::text_response(200, request.body);
  });
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  const auto result = perform({.type = "http", .path = "/", .method = "POST", .body = "are you well?"}, *port);
  EXPECT_TRUE(result.output.ends_with("Output: are you well?")) << result.output;
  server.stop();
}

TEST_F(CheckTest, SaysWhatItCannotDo) {
  EXPECT_EQ(perform({.type = "grpc"}, 1).status, "critical");
  EXPECT_EQ(perform({.type = "ping"}, 1).output, "there are no checks of type \"ping\"");
  EXPECT_EQ(perform({.type = "script", .command = "x"}, 1).output, "the task does not run");
}

}  // namespace
}  // namespace drover::client
