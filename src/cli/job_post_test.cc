#include "cli/test_support.h"
#include "codec/json.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

// `job post`: a definition goes to a market, and what became of it is told as Nosana's command does.
namespace drover::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDefinition = R"({"version":"0.1","type":"container","ops":[
  {"type":"container/run","id":"a","args":{"image":"busybox","cmd":"true"}}]})";

class JobPost : public CliTest {
 protected:
  JobPost() : folder_(std::filesystem::temp_directory_path() / "drover-cli-XXXXXX") {
    std::string name = folder_.string();
    folder_ = mkdtemp(name.data());
    api_.answer("GET /defs/hello.json", kDefinition);
    api_.answer("PUT /v1/jobs", R"({"EvalID":""})");
    api_.answer("GET /v1/job/hello", R"({"ID":"hello","NodePool":"small","Status":"dead"})");
    api_.answer("GET /v1/job/hello/allocations", R"([{"ID":"a1","CreateIndex":5,"NodeID":"n1"}])");
  }
  ~JobPost() override { std::filesystem::remove_all(folder_); }

  void ended(const std::string& op_status) {
    api_.answer("GET /v1/job/hello/flow",
                R"({"status":"success","startTime":1700000000000,"endTime":1700000001000,"opStates":[{"operationId":"a",
                    "status":")" +
                    op_status + R"(","exitCode":0,"logs":[{"type":"stdout","log":"hi"}]}],
                    "secrets":{"hello":{"x":{"url":"http://x.example"}}}})");
  }
  int post(std::vector<std::string> more) {
    std::vector<std::string> words = {"job", "post", "-m", "small", "-t", "5"};
    words.insert(words.end(), more.begin(), more.end());
    return ask(std::move(words));
  }
  std::string url() const { return api_.url() + "/defs/hello.json?raw=1"; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  codec::Value shown() const {
    auto value = codec::parse_json(out());
    EXPECT_TRUE(value) << out();
    return value ? std::move(*value) : codec::Value();
  }

  std::filesystem::path folder_;
};

TEST_F(JobPost, TakesTheDefinitionFromAUrlAndItsNameFromThere) {
  EXPECT_EQ(post({"-url", url()}), 0) << err();
  EXPECT_EQ(out(), "Job: hello\n");
  const auto sent = codec::parse_json(api_.last("PUT /v1/jobs").body);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent->find("Job")->find("ID"), codec::Value("hello"));
  EXPECT_EQ(*sent->find("Job")->find("NodePool"), codec::Value("small"));
}

TEST_F(JobPost, WantsOneDefinition) {
  EXPECT_EQ(post({}), 1);
  EXPECT_THAT(err(), HasSubstr("one of -file, -url and a command is needed"));
  EXPECT_EQ(post({"-url", url(), "echo"}), 1);
  EXPECT_EQ(post({"-url", url(), "-f", "x.json"}), 1);
  EXPECT_EQ(post({"-url", api_.url() + "/defs/none.json"}), 1);
  EXPECT_THAT(err(), HasSubstr("/defs/none.json\": the server answered 404 Not Found"));
  EXPECT_EQ(post({"-url", "http://127.0.0.1:1/x.json"}), 1);
  EXPECT_THAT(err(), AllOf(HasSubstr("127.0.0.1:1/x.json\": "), Not(HasSubstr("agent"))));
  EXPECT_EQ(api_.last("PUT").line, "");
}

TEST_F(JobPost, AnswersAsOneObject) {
  ended("success");
  EXPECT_EQ(post({"-url", url(), "-format", "json"}), 0) << err();
  EXPECT_EQ(*shown().find("job"), codec::Value("hello"));
  EXPECT_EQ(codec::dump(*shown().find("service_url")), R"(["http://x.example"])");
  EXPECT_EQ(post({"-url", url(), "-format", "json", "-verbose"}), 1);
  EXPECT_THAT(err(), HasSubstr("-verbose is for -format text"));
  api_.answer("GET /defs/bad.json", R"({"version":"0.1","type":"container","ops":[{}]})");
  EXPECT_EQ(post({"-url", api_.url() + "/defs/bad.json", "-format", "json"}), 1);
  EXPECT_EQ(*shown().find("isError"), codec::Value(true));
  EXPECT_THAT(out(), HasSubstr("problem"));
}

TEST_F(JobPost, ShowsWhatWasWrittenWhenItWaits) {
  ended("success");
  EXPECT_EQ(post({"-url", url(), "-wait"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("\n\nhi\n"));
}

TEST_F(JobPost, FailsWhenItWaitsForAJobThatFails) {
  ended("failed");
  EXPECT_EQ(post({"-url", url()}), 0) << err();
  EXPECT_EQ(post({"-url", url(), "-wait"}), 2);
  EXPECT_EQ(post({"-url", url(), "-wait", "-format", "json"}), 2);
}

TEST_F(JobPost, WritesTheResultButOverNothing) {
  ended("success");
  EXPECT_EQ(post({"-url", url(), "-download", folder_.string()}), 0) << err();
  const auto result = codec::parse_json(content(path("hello.json")));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result->find("status"), codec::Value("success"));
  const size_t requests = api_.seen().size();
  EXPECT_EQ(post({"-url", url(), "-download", path("hello.json")}), 1);
  EXPECT_THAT(err(), HasSubstr("hello.json\" exists already"));
  EXPECT_EQ(api_.seen().size(), requests + 1) << "nothing but the definition is asked for";
  EXPECT_EQ(post({"-url", url(), "-download", path("none/result.json")}), 1);
  EXPECT_THAT(err(), HasSubstr("none/result.json\": No such file or directory"));
}

}  // namespace
}  // namespace drover::cli
