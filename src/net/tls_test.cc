#include "net/http_client.h"
#include "net/tls_testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::net {
namespace {

using testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  Result<HttpResponse> get(const std::string& host, TlsContext::Options trust, std::string server_name = "") {
    TlsClientOptions tls{.context = *TlsContext::create(std::move(trust)), .server_name = std::move(server_name)};
    auto client =
        BlockingHttpClient::create("https://" + host + ":" + std::to_string(server.port()), {.tls = std::move(tls)});
    return client->request({.target = "/hello"});
  }

  TlsTestServer server;
};

TEST_F(TlsTest, AServerIsTrustedWhoseCertificateIsKnown) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto response = get(host, {.ca_file = server.certificate_file()});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "GET /hello HTTP/1.1");
  }
}

TEST_F(TlsTest, AnUnknownCertificateIsRefusedUnlessNothingIsVerified) {
  const auto refused = get("127.0.0.1", {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("the certificate is refused: self-signed certificate"));
  EXPECT_TRUE(get("127.0.0.1", {.verify = false}));
}

TEST_F(TlsTest, TheCertificateHasToBeForTheNameThatIsAskedFor) {
  EXPECT_FALSE(get("127.0.0.1", {.ca_file = server.certificate_file()}, "example.org"));
  EXPECT_TRUE(get("127.0.0.1", {.ca_file = server.certificate_file()}, "localhost"));
}

TEST_F(TlsTest, SaysWhichCertificatesCannotBeRead) {
  const auto context = TlsContext::create({.ca_file = "/nonexistent"});
  ASSERT_FALSE(context);
  EXPECT_THAT(context.error().message(), HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace drover::net
