#include "assets/fetch.h"

#include "assets/checksum.h"
#include "assets/scripted_server.h"
#include "sys/directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace drover::assets {
namespace {

class FetchHttp : public testing::Test {
 protected:
  FetchHttp() {
    std::string path = "/tmp/drover-fetch-XXXXXX";
    work_ = ::mkdtemp(path.data());
  }
  ~FetchHttp() override {
    std::ignore = sys::Directory::open(work_).value().remove_tree("");
    ::rmdir(work_.c_str());
  }

  Result<Fetched> fetch(const std::string& source) {
    request_.source = source;
    std::ignore = sys::Directory::open(work_).value().remove_tree("");
    const FetchContext context{
        .clock = clock_, .work = work_, .env = {}, .on_progress = nullptr, .pause = [this](Duration) { pauses_++; }};
    return assets::fetch(context, request_);
  }
  std::string error(const std::string& source) {
    const auto fetched = fetch(source);
    return fetched ? "fetched" : fetched.error().message();
  }
  std::string content() const { return sys::Directory::open(work_).value().read("out").value_or("(none)"); }

  SystemClock clock_;
  std::string work_;
  FetchRequest request_;
  int pauses_ = 0;
};

TEST_F(FetchHttp, SendsHeadersAndKeepsTheName) {
  std::string seen;
  const ScriptedServer server([&](const std::string& head) {
    seen = head;
    return reply("200 OK", "bytes");
  });
  request_.headers = {{"X-Token", "t"}};
  const auto fetched = fetch(server.url() + "/dir/app.bin?arch=x");
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(fetched->name, "app.bin");
  EXPECT_EQ(content(), "bytes");
  EXPECT_TRUE(seen.starts_with("GET /dir/app.bin?arch=x HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("X-Token: t\r\n"), std::string::npos);
}

TEST_F(FetchHttp, FinalErrorsAreTheServersAnswer) {
  const ScriptedServer server([](const std::string&) { return reply("404 Not Found", "no"); });
  EXPECT_EQ(error(server.url() + "/x"), "404 Not Found");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(FetchHttp, ServerErrorsAreTriedAgain) {
  int left = 3;
  const ScriptedServer server(
      [&](const std::string&) { return left-- > 0 ? reply("503 Busy", "") : reply("200 OK", "at last"); });
  EXPECT_TRUE(fetch(server.url() + "/x"));
  EXPECT_EQ(pauses_, 3);
  const ScriptedServer broken([&](const std::string&) { return reply("500 Oops", ""); });
  EXPECT_EQ(error(broken.url() + "/x"), "500 Oops");
  EXPECT_EQ(broken.requests(), 5);
}

TEST_F(FetchHttp, BrokenDownloadsAreResumed) {
  const std::string all = "0123456789";
  std::string ranges;
  const ScriptedServer server([&](const std::string& head) -> std::string {
    const size_t range = head.find("Range: bytes=");
    if (range == std::string::npos) return "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n0123";
    ranges += head.substr(range + 13, head.find('\r', range) - range - 13);
    EXPECT_NE(head.find("If-Range: \"v1\""), std::string::npos);
    return reply("206 Partial Content", "456789", "Content-Range: bytes 4-9/10\r\n");
  });
  request_.options["checksum"] = "sha256:" + sha256(all);
  const auto fetched = fetch(server.url() + "/x");
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(content(), all);
  EXPECT_EQ(ranges, "4-");
}

TEST_F(FetchHttp, StartsAnewWhenThereIsAnotherVersion) {
  int count = 0;
  const ScriptedServer server([&](const std::string&) -> std::string {
    return count++ == 0 ? "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nold"
                        : reply("200 OK", "new bytes");
  });
  ASSERT_TRUE(fetch(server.url() + "/x"));
  EXPECT_EQ(content(), "new bytes");
}

TEST_F(FetchHttp, RedirectionsAreFollowedWithoutSecrets) {
  std::string seen;
  const ScriptedServer other([&](const std::string& head) {
    seen = head;
    return reply("200 OK", "there");
  });
  const ScriptedServer server(
      [&](const std::string&) { return reply("302 Found", "", "Location: " + other.url() + "/y\r\n"); });
  request_.headers = {{"Authorization", "Bearer secret"}};
  ASSERT_TRUE(fetch(server.url() + "/x"));
  EXPECT_EQ(content(), "there");
  EXPECT_EQ(seen.find("secret"), std::string::npos);
  const ScriptedServer loop([](const std::string&) { return reply("302 Found", "", "Location: /again\r\n"); });
  EXPECT_EQ(error(loop.url() + "/x"), "more than 10 redirections");
}

// cases.md 56
TEST_F(FetchHttp, RedirectionsToWhatIsForbiddenAreRefused) {
  std::string location;
  const ScriptedServer server(
      [&](const std::string&) { return reply("302 Found", "", "Location: " + location + "\r\n"); });
  for (const char* to : {"file:///etc/passwd", "gopher://h/x", "http://169.254.169.254/latest/meta-data/",
                         "http://[fe80::1]/x", "http://[::ffff:169.254.169.254]/"}) {
    location = to;
    const auto fetched = fetch(server.url() + "/x");
    ASSERT_FALSE(fetched) << to;
    EXPECT_EQ(fetched.error().code(), ErrorCode::PermissionDenied) << fetched.error().message();
  }
  EXPECT_NE(error("http://169.254.169.254/latest/meta-data/").find("link-local"), std::string::npos);
}

// cases.md 50
TEST_F(FetchHttp, EndlessBodiesEnd) {
  const ScriptedServer server(
      [](const std::string&) { return std::string("HTTP/1.1 200 OK\r\n\r\n") + ScriptedServer::kEndless; });
  request_.limits.download_bytes = 1 << 20;
  EXPECT_NE(error(server.url() + "/x").find("larger than this agent downloads"), std::string::npos);
  request_.limits = {.http_timeout = std::chrono::milliseconds(100), .download_bytes = 0};
  EXPECT_EQ(error(server.url() + "/x"), "it took too long");
}

TEST_F(FetchHttp, ChecksumsAreCompared) {
  const std::string good = sha256("bytes");
  const ScriptedServer server([&](const std::string& head) {
    return head.starts_with("GET /sums") ? reply("200 OK", good + "  app\n" + std::string(64, '0') + "  other\n")
                                         : reply("200 OK", "bytes");
  });
  request_.options["checksum"] = "md5:00000000000000000000000000000000";
  EXPECT_NE(error(server.url() + "/app").find("checksums did not match"), std::string::npos);
  request_.options["checksum"] = "file:" + server.url() + "/sums";
  EXPECT_EQ(error(server.url() + "/app"), "fetched");
  EXPECT_NE(error(server.url() + "/other").find("checksums did not match"), std::string::npos);
  request_.options["checksum"] = "file:./sums";
  EXPECT_EQ(error(server.url() + "/app"), "fetched");
  request_.options["checksum"] = "file:///etc/passwd";
  EXPECT_NE(error(server.url() + "/app"), "fetched");
}

TEST_F(FetchHttp, ModesAreHeldTo) {
  const ScriptedServer server([](const std::string&) { return reply("200 OK", "bytes"); });
  request_.mode = Mode::Dir;
  EXPECT_NE(error(server.url() + "/x").find("a directory cannot be downloaded over http"), std::string::npos);
  request_.mode = Mode::Any;
  EXPECT_NE(error(server.url() + "/x.tar.gz").find("this is no tar.gz archive"), std::string::npos);
  request_.options["archive"] = "false";
  EXPECT_EQ(fetch(server.url() + "/x.tar.gz")->name, "x.tar.gz");
  request_.options = {{"archive", "rar"}};
  EXPECT_EQ(error(server.url() + "/x"), "unknown kind of archive \"rar\"");
}

}  // namespace
}  // namespace drover::assets
