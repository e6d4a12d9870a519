#include "cli/test_support.h"
#include "codec/json.h"

#include <gmock/gmock.h>

// `job get`: the output of operations as Nosana's command shows it.
namespace drover::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobGet : public CliTest {
 protected:
  JobGet() {
    api_.answer("GET /v1/jobs", R"([{"ID":"def","Name":"def","JobSummary":{"Namespace":"default"}}])");
    api_.answer("GET /v1/job/def/allocations",
                R"([{"ID":"a1","CreateIndex":5,"NodeID":"11111111-2222-3333-4444-555555555555"}])");
  }
  void job(const std::string& rest) {
    api_.answer("GET /v1/job/def", R"({"ID":"def","NodePool":"small",)" + rest + "}");
  }
  void flow(const std::string& status, const std::string& ops) {
    api_.answer("GET /v1/job/def/flow",
                R"({"status":")" + status + R"(","startTime":1700000000000,"endTime":1700000012500,"opStates":[)" +
                    ops + R"(],"secrets":{"urlmode":"public","def":{"x":{"url":"http://x.example"}}}})");
  }
  static std::string op(const std::string& rest) { return R"({"operationId":"a",)" + rest + "}"; }
};

TEST_F(JobGet, ShowsWhatOperationsWroteAndHowTheyEnded) {
  job(R"("Status":"dead")");
  flow("success", op(R"("status":"failed","startTime":1700000000000,"endTime":1700000001250,"exitCode":3,
                        "logs":[{"type":"stdout","log":"one"},{"type":"stderr","log":"two"}])"));
  EXPECT_EQ(ask({"job", "get", "def"}), 0) << err();
  EXPECT_EQ(out(),
            "Job:        def\n"
            "Market:     small\n"
            "Service:    http://x.example\n"
            "Node:       11111111\n"
            "Start Time: 2023-11-14T22:13:20Z\n"
            "Duration:   12.5 seconds\n"
            "Status:     COMPLETED\n"
            "Logs:\n"
            "\n- Executed step a in 1.25s\n"
            "\none\ntwo\n"
            "\nExited with status failed with code 3\n");
}

TEST_F(JobGet, ShowsWhatIsStillRunning) {
  job(R"("Status":"running")");
  flow("running", op(R"("status":"running","startTime":1700000000000,"endTime":null,"exitCode":null,
                        "logs":[{"type":"stdout","log":"so far"}])") +
                      R"(,{"operationId":"b","status":"init","startTime":null,"exitCode":null,"logs":[]})");
  EXPECT_EQ(ask({"job", "get", "def"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Status:     RUNNING"));
  EXPECT_THAT(out(), HasSubstr("- Executing step a\n\nso far\n"));
  EXPECT_THAT(out(), HasSubstr("- Step b has not run"));
  EXPECT_THAT(out(), Not(HasSubstr("Exited")));
  EXPECT_THAT(out(), Not(HasSubstr("Duration")));
}

TEST_F(JobGet, JsonHasTheKeysOfNosanasCommand) {
  job(R"("Status":"dead","Stop":true)");
  flow("stopped", op(R"("status":"stopped","startTime":1700000000000,"endTime":1700000001000,"exitCode":143,
                        "logs":[{"type":"stdout","log":"one"}])"));
  EXPECT_EQ(ask({"job", "get", "-format", "json", "def"}), 0) << err();
  const auto shown = codec::parse_json(out());
  ASSERT_TRUE(shown) << out();
  EXPECT_EQ(*shown->find("status"), codec::Value("STOPPED"));
  EXPECT_EQ(codec::dump(*shown->find("executions")),
            R"([{"operationId":"a","duration":1,"logs":["one"],"exitCode":143,"status":"stopped"}])");
  EXPECT_EQ(ask({"job", "get", "-format", "xml", "def"}), 1);
  EXPECT_THAT(err(), HasSubstr("-format is text or json"));
}

TEST_F(JobGet, FollowsWhatIsToRunAgain) {
  job(R"("Status":"pending")");
  flow("success", "");
  EXPECT_EQ(ask({"job", "get", "def"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Status:     QUEUED"));
  EXPECT_EQ(ask({"job", "get", "-wait", "def"}), 1);
  EXPECT_THAT(err(), HasSubstr("Error following the job"));
}

TEST_F(JobGet, SaysWhatCannotBeFollowed) {
  job(R"("Status":"running")");
  flow("running", "");
  EXPECT_EQ(ask({"job", "get", "-wait", "def"}), 1);
  EXPECT_THAT(err(), HasSubstr("Error following the job"));
}

}  // namespace
}  // namespace drover::cli
