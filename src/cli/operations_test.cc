#include "cli/test_support.h"

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kNode = "44444444-aaaa-bbbb-cccc-000000000004";
constexpr const char* kEval = "11111111-aaaa-bbbb-cccc-000000000001";
constexpr const char* kAlloc = "33333333-aaaa-bbbb-cccc-000000000003";

// Drains, stops, collection and the scheduler's configuration.
class OperationCommands : public CliTest {
 protected:
  OperationCommands() {
    api_.answer("GET /v1/nodes", fmt::format(R"([{{"ID":"{}"}}])", kNode));
    api_.answer("PUT " + drain_path_, "{}");
  }
  void node_drains(bool draining, const std::string& deadline = "3600000000000") {
    api_.answer("GET " + node_path_,
                draining ? fmt::format(R"({{"ID":"{}","Drain":true,"DrainStrategy":{{"Deadline":{},"ForceDeadline":
                                 "2026-01-01T00:00:00Z"}}}})",
                                       kNode, deadline)
                         : fmt::format(R"({{"ID":"{}","LastDrain":{{"Status":"complete"}}}})", kNode));
  }
  void alloc_is(const std::string& status, bool migrates, uint64_t index) {
    api_.answer("GET " + node_path_ + "/allocations",
                fmt::format(R"([{{"ID":"{}","ClientStatus":"{}","DesiredTransition":{{"Migrate":{}}}}}])", kAlloc,
                            status, migrates),
                200, index);
  }

  const std::string node_path_ = std::string("/v1/node/") + kNode;
  const std::string drain_path_ = node_path_ + "/drain";
};

TEST_F(OperationCommands, DrainsANodeAndFollowsIt) {
  alloc_is("running", false, 10);
  alloc_is("running", true, 11);
  alloc_is("complete", true, 12);
  node_drains(true);
  node_drains(true);
  node_drains(false);
  EXPECT_EQ(ask({"node", "drain", "-enable", "-yes", "-m", "new disk", "-meta", "who=me", "4444"}), 0) << err();
  EXPECT_EQ(out(),
            "Node \"44444444\" drain strategy set\n"
            "==> Monitoring node \"44444444\": deadline 2026-01-01T00:00:00Z\n"
            "    Alloc \"33333333\" marked for migration\n"
            "    Alloc \"33333333\" status running -> complete\n"
            "==> Drain complete for node \"44444444\"\n"
            "==> All allocations on node \"44444444\" have stopped\n");
  const std::string body = api_.last("PUT " + drain_path_).body;
  EXPECT_THAT(body, HasSubstr(R"("DrainSpec":{"Deadline":3600000000000,"IgnoreSystemJobs":false})"));
  EXPECT_THAT(body, HasSubstr(R"("Meta":{"message":"new disk","who":"me"})"));
}

TEST_F(OperationCommands, DrainsWithOtherDeadlines) {
  const auto spec = [&](std::vector<std::string> options) {
    std::vector<std::string> words = {"node", "drain", "-enable", "-yes", "-detach"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("4444");
    EXPECT_EQ(ask(words), 0) << err();
    return api_.last("PUT " + drain_path_).body;
  };
  EXPECT_THAT(spec({"-deadline", "30m"}), HasSubstr("\"Deadline\":1800000000000,"));
  EXPECT_THAT(spec({"-force"}), HasSubstr("\"Deadline\":-1,"));
  EXPECT_THAT(spec({"-no-deadline", "-ignore-system"}), HasSubstr("\"Deadline\":0,\"IgnoreSystemJobs\":true"));
}

TEST_F(OperationCommands, EndsADrain) {
  EXPECT_EQ(ask({"node-drain", "-disable", "-yes", "4444"}), 0) << err();
  EXPECT_EQ(out(), "Node \"44444444\" drain strategy unset\n");
  EXPECT_THAT(api_.last("PUT " + drain_path_).body, HasSubstr(R"("DrainSpec":null,"MarkEligible":true)"));
  EXPECT_EQ(ask({"node", "drain", "-disable", "-keep-ineligible", "-yes", "4444"}), 0);
  EXPECT_THAT(api_.last("PUT " + drain_path_).body, HasSubstr(R"("MarkEligible":false)"));
}

TEST_F(OperationCommands, AsksBeforeItDrainsWhatWasNamedByItsBeginning) {
  in_.str("n\n");
  EXPECT_EQ(ask({"node", "drain", "-enable", "4444"}), 0);
  EXPECT_THAT(out(), HasSubstr("[y/N]\nNothing was changed.\n"));
  EXPECT_EQ(api_.last("PUT").line, "");
}

TEST_F(OperationCommands, RefusesDrainsThatMakeNoSense) {
  for (const auto& options : std::vector<std::vector<std::string>>{{"4444"},
                                                                   {"-enable", "-disable", "4444"},
                                                                   {"-enable", "-force", "-no-deadline", "4444"},
                                                                   {"-enable", "-deadline", "soon", "4444"},
                                                                   {"-enable", "-self", "4444"},
                                                                   {"-enable"},
                                                                   {"-monitor", "-detach", "4444"}}) {
    std::vector<std::string> words = {"node", "drain", "-yes"};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_EQ(ask(words), 1);
    EXPECT_THAT(err(), HasSubstr("draining node")) << err();
  }
  EXPECT_EQ(api_.last("PUT").line, "");
}

TEST_F(OperationCommands, ShowsADrain) {
  node_drains(true, "-1");
  api_.answer("GET " + node_path_ + "/allocations", "[]");
  EXPECT_EQ(ask({"node", "status", "4444"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("= true; force drain\n"));
}

TEST_F(OperationCommands, StopsAnAllocation) {
  api_.answer("GET /v1/allocations", fmt::format(R"([{{"ID":"{}"}}])", kAlloc));
  const std::string path = std::string("PUT /v1/allocation/") + kAlloc + "/stop";
  api_.answer(path, fmt::format(R"({{"EvalID":"{}"}})", kEval));
  EXPECT_EQ(ask({"alloc", "stop", "-detach", "-no-shutdown-delay", "3333"}), 0) << err();
  EXPECT_EQ(out(), std::string("Evaluation ID: ") + kEval + "\n");
  EXPECT_THAT(api_.last(path).line, HasSubstr("no_shutdown_delay=true"));
}

TEST_F(OperationCommands, ListsEvaluations) {
  api_.answer("GET /v1/evaluations", fmt::format(R"([{{"ID":"{}","JobID":"web","Namespace":"default","Priority":50,
      "TriggeredBy":"job-register","Status":"blocked"}}])",
                                                 kEval));
  EXPECT_EQ(ask({"eval", "list", "-job", "web", "-status=blocked", "-per-page", "5"}), 0) << err();
  EXPECT_THAT(api_.last("GET /v1/evaluations").line, HasSubstr("job=web&status=blocked&per_page=5"));
  EXPECT_THAT(out(),
              HasSubstr("11111111  50        job-register  web     default    <none>   blocked  N/A - In Progress"));
}

TEST_F(OperationCommands, CollectsGarbageInSilence) {
  api_.answer("PUT /v1/system/gc", "");
  api_.answer("PUT /v1/system/reconcile/summaries", "");
  EXPECT_EQ(ask({"system", "gc"}), 0) << err();
  EXPECT_EQ(ask({"system", "reconcile", "summaries"}), 0) << err();
  EXPECT_EQ(out(), "");
}

TEST_F(OperationCommands, ShowsAndChangesTheSchedulersConfiguration) {
  const std::string path = "/v1/operator/scheduler/configuration";
  api_.answer("GET " + path, R"({"SchedulerConfig":{"SchedulerAlgorithm":"binpack","PauseEvalBroker":true,
      "PreemptionConfig":{"SystemSchedulerEnabled":true},"ModifyIndex":7}})");
  api_.answer("PUT " + path, R"({"Updated":true})");
  api_.answer("PUT " + path, R"({"Updated":false})");
  EXPECT_EQ(ask({"operator", "scheduler", "get-config"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Scheduler Algorithm           = binpack\nMemory Oversubscription       = false\n"));
  EXPECT_THAT(out(), HasSubstr("Modify Index                  = 7\n"));
  EXPECT_EQ(ask({"operator", "scheduler", "set-config", "-scheduler-algorithm", "spread",
                 "-preempt-batch-scheduler=true", "-pause-eval-broker=false"}),
            0)
      << err();
  EXPECT_EQ(out(), "Scheduler configuration updated!\n");
  EXPECT_THAT(api_.last("PUT").line, HasSubstr("cas=7"));
  EXPECT_THAT(api_.last("PUT").body, HasSubstr(R"("SchedulerAlgorithm":"spread","PauseEvalBroker":false)"));
  EXPECT_THAT(api_.last("PUT").body, HasSubstr(R"({"SystemSchedulerEnabled":true,"BatchSchedulerEnabled":true})"));
  EXPECT_EQ(ask({"operator", "scheduler", "set-config", "-pause-eval-broker"}), 1);
  EXPECT_THAT(err(), HasSubstr("not at index 7 any more"));
  EXPECT_EQ(ask({"operator", "scheduler", "set-config"}), 1);
}

}  // namespace
}  // namespace drover::cli
