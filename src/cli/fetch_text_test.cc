#include "cli/fetch_text.h"

#include "net/http_server.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::cli {
namespace {

using ::testing::HasSubstr;

// Answers paths with redirections, "/there?x=1" with a text, all else with 404.
class FetchText : public testing::Test {
 protected:
  FetchText()
      : loop_("test"), server_({}, {&loop_}, [this](net::HttpRequest r) { return handle(this, std::move(r)); }) {
    loop_.start();
    url_ = "http://127.0.0.1:" + std::to_string(*server_.listen("127.0.0.1", 0));
  }
  ~FetchText() override {
    server_.stop();
    loop_.stop();
    loop_.join();
  }

  std::string error_of(const std::string& path, size_t limit = 100) const {
    const auto text = fetch_text(path.starts_with('/') ? url_ + path : path, limit);
    return text ? "" : text.error().message();
  }

  std::map<std::string, std::string> redirections_;  // REQUIRES no change once something is fetched
  std::string url_;

 private:
  static net::Task<net::HttpResponse> handle(FetchText* self, net::HttpRequest request) {
    if (request.target == "/there?x=1") co_return net::text_response(200, "text");
    const auto found = self->redirections_.find(request.target);
    if (found == self->redirections_.end()) co_return net::text_response(404, "");
    net::HttpResponse response = net::text_response(302, "");
    response.headers.add("Location", found->second);
    co_return response;
  }

  net::Loop loop_;
  net::HttpServer server_;
};

TEST_F(FetchText, FollowsRedirectionsOfEveryForm) {
  redirections_ = {{"/whole", url_ + "/there?x=1#part"},
                   {"/host", url_.substr(5) + "/there?x=1"},
                   {"/path", "/there?x=1"},
                   {"/there", "?x=1"},
                   {"/a/relative?y=/z", "../name"},
                   {"/a/../name", "/name"},
                   {"/name", "there?x=1"}};
  for (const char* from : {"/whole", "/host", "/path", "/there", "/a/relative?y=/z", "/name", "/there?x=1"}) {
    const auto text = fetch_text(url_ + from, 100);
    ASSERT_TRUE(text) << from << ": " << text.error().message();
    EXPECT_EQ(*text, "text");
  }
}

TEST_F(FetchText, SaysWhatItDoesNotFetch) {
  redirections_ = {{"/round", "/round"}, {"/file", "file:///etc/passwd"}, {"/odd", "mailto:x"}};
  EXPECT_THAT(error_of("/missing"), HasSubstr("the server answered 404 Not Found"));
  EXPECT_THAT(error_of("/round"), HasSubstr("redirected more than 5 times"));
  EXPECT_THAT(error_of("/file"), HasSubstr("\"file:///etc/passwd\" is no http or https URL"));
  EXPECT_THAT(error_of("/odd"), HasSubstr("\"mailto:x\" is no http or https URL"));
  EXPECT_THAT(error_of("definition.json"), HasSubstr("\"definition.json\" is no http or https URL"));
  EXPECT_THAT(error_of("http://127.0.0.1/a b"), HasSubstr("is no http or https URL"));
  EXPECT_THAT(error_of("/there?x=1", 3), HasSubstr("has 4 bytes, more than 3"));
}

TEST(FileNameOfUrl, IsTheLastPartOfItsPath) {
  EXPECT_EQ(file_name_of_url("https://x.example/a/job.yaml?raw=/1#top"), "job.yaml");
  EXPECT_EQ(file_name_of_url("https://x.example/a/"), "");
  EXPECT_EQ(file_name_of_url("https://x.example?y"), "");
}

}  // namespace
}  // namespace drover::cli
