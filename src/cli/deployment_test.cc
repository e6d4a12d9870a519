#include "cli/test_support.h"

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kDeployment = "55555555-aaaa-bbbb-cccc-000000000005";
constexpr const char* kEval = "11111111-aaaa-bbbb-cccc-000000000001";

// Deployments, versions, scaling and launches of jobs.
class DeploymentCommands : public CliTest {
 protected:
  static std::string deployment(const std::string& status, int healthy = 0, const std::string& group = "") {
    return fmt::format(
        R"({{"ID":"{}","JobID":"web","JobVersion":3,"Status":"{}","StatusDescription":"Deployment is {}","CreateIndex":7,
            "TaskGroups":{{"api":{{"DesiredTotal":2,"PlacedAllocs":2,"HealthyAllocs":{},"UnhealthyAllocs":0,
            "RequireProgressBy":"2026-01-01T00:00:00Z"{}}}}}}})",
        kDeployment, status, status, healthy, group);
  }
  void have_deployment() {
    api_.answer("GET /v1/deployments", fmt::format(R"([{{"ID":"{}","JobID":"web","JobVersion":3}}])", kDeployment));
  }
  void have_job() { api_.answer("GET /v1/jobs", R"([{"ID":"web"}])"); }
  void have_eval(const std::string& more = "") {
    const std::string path = std::string("GET /v1/evaluation/") + kEval;
    api_.answer(path, fmt::format(R"({{"ID":"{}","JobID":"web","Status":"complete"{}}})", kEval, more));
    api_.answer(path + "/allocations", "[]");
  }
  static std::string with_eval(const std::string& more = "") {
    return fmt::format(R"({{"EvalID":"{}"{}}})", kEval, more);
  }

  const std::string path_ = std::string("GET /v1/deployment/") + kDeployment;
};

TEST_F(DeploymentCommands, ListsDeployments) {
  api_.answer("GET /v1/deployments", "[" + deployment("running") + "]");
  EXPECT_EQ(ask({"deployment", "list"}), 0) << err();
  EXPECT_EQ(out(),
            "ID        Job ID  Job Version  Status   Description\n"
            "55555555  web     3            running  Deployment is running\n");
}

TEST_F(DeploymentCommands, SaysThatThereAreNone) {
  api_.answer("GET /v1/deployments", "[]");
  EXPECT_EQ(ask({"deployment", "list"}), 0);
  EXPECT_EQ(out(), "No deployments found\n");
}

TEST_F(DeploymentCommands, ShowsADeployment) {
  have_deployment();
  api_.answer(path_, deployment("running", 1, R"(,"DesiredCanaries":1,"AutoRevert":true)"));
  EXPECT_EQ(ask({"deployment", "status", "5555"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("ID          = 55555555\nJob ID      = web\nJob Version = 3\nStatus      = running\n"));
  EXPECT_THAT(out(), HasSubstr("Task Group  Auto Revert  Promoted  Desired  Canaries  Placed  Healthy  Unhealthy  "
                               "Progress Deadline\n"
                               "api         true         false     2        1         2       1        0          "
                               "2026-01-01T00:00:00Z\n"));
}

TEST_F(DeploymentCommands, FollowsADeploymentToItsEnd) {
  have_deployment();
  api_.answer(path_, deployment("running", 0), 200, 10);
  api_.answer(path_, deployment("running", 1), 200, 11);
  api_.answer(path_, deployment("successful", 2), 200, 12);
  EXPECT_EQ(ask({"deployment", "status", "-monitor", "5555"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("==> Monitoring deployment \"55555555\"\n"
                               "    Task group \"api\": 2/2 placed, 0 healthy, 0 unhealthy\n"
                               "    Deployment is running\n"
                               "    Task group \"api\": 2/2 placed, 1 healthy, 0 unhealthy\n"));
  EXPECT_THAT(out(), HasSubstr("==> Deployment \"55555555\" successful\n"));
  EXPECT_THAT(api_.last(path_).line, HasSubstr("index=11"));
}

TEST_F(DeploymentCommands, ADeploymentThatFailsIsAFailure) {
  have_deployment();
  api_.answer(path_, deployment("failed"));
  EXPECT_EQ(ask({"deployment", "status", "-monitor", "5555"}), 1);
  EXPECT_THAT(out(), HasSubstr("==> Deployment \"55555555\" failed\n"));
}

TEST_F(DeploymentCommands, FailsADeploymentAndSaysWhatTheJobGoesBackTo) {
  have_deployment();
  have_eval();
  const std::string path = std::string("PUT /v1/deployment/fail/") + kDeployment;
  api_.answer(path, with_eval(R"(,"RevertedJobVersion":1)"));
  EXPECT_EQ(ask({"deployment", "fail", "5555"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Deployment \"55555555\" failed; the job goes back to version 1\n==> Monitoring"));
}

TEST_F(DeploymentCommands, PausesAndResumes) {
  have_deployment();
  const std::string path = std::string("PUT /v1/deployment/pause/") + kDeployment;
  api_.answer(path, R"({"EvalID":""})");
  EXPECT_EQ(ask({"deployment", "pause", "5555"}), 0) << err();
  EXPECT_EQ(out(), "Deployment \"55555555\" paused\n");
  EXPECT_THAT(api_.last(path).body, HasSubstr("\"Pause\":true"));
  EXPECT_EQ(ask({"deployment", "resume", "5555"}), 0);
  EXPECT_THAT(api_.last(path).body, HasSubstr("\"Pause\":false"));
}

TEST_F(DeploymentCommands, PromotesAllGroupsOrThoseNamed) {
  have_deployment();
  have_job();
  const std::string path = std::string("PUT /v1/deployment/promote/") + kDeployment;
  api_.answer(path, with_eval());
  EXPECT_EQ(ask({"deployment", "promote", "-detach", "5555"}), 0) << err();
  EXPECT_THAT(api_.last(path).body, HasSubstr("\"All\":true"));
  EXPECT_EQ(ask({"deployment", "promote", "-detach", "-group", "a", "-group=b", "5555"}), 0);
  EXPECT_THAT(api_.last(path).body, HasSubstr(R"("All":false,"Groups":["a","b"])"));
  api_.answer("GET /v1/job/web/deployment", deployment("running"));
  EXPECT_EQ(ask({"job", "promote", "-detach", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("of job \"web\" promoted\nEvaluation ID: 1111"));
}

TEST_F(DeploymentCommands, ShowsTheDeploymentsOfAJob) {
  have_job();
  api_.answer("GET /v1/job/web/deployments", "[" + deployment("successful") + "]");
  api_.answer("GET /v1/job/web/deployment", "null");
  EXPECT_EQ(ask({"job", "deployments", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("55555555  web     3            successful"));
  EXPECT_EQ(ask({"job", "deployments", "-latest", "web"}), 0);
  EXPECT_EQ(out(), "No deployment found\n");
}

TEST_F(DeploymentCommands, DispatchesAJobWithMetaAndPayload) {
  have_job();
  have_eval();
  in_.str("hello");
  api_.answer("PUT /v1/job/web/dispatch", with_eval(R"(,"DispatchedJobID":"web/dispatch-1")"));
  EXPECT_EQ(ask({"job", "dispatch", "-meta", "a=1", "-meta=b=x=y", "web", "-"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Dispatched Job ID = web/dispatch-1\nEvaluation ID     = 11111111\n\n==> Monitoring"));
  EXPECT_EQ(api_.last("PUT /v1/job/web/dispatch").body, R"({"Payload":"aGVsbG8=","Meta":{"a":"1","b":"x=y"}})");
  EXPECT_EQ(ask({"job", "dispatch", "-meta", "novalue", "web"}), 1);
}

TEST_F(DeploymentCommands, EvaluatesForcesAndReverts) {
  have_job();
  have_eval();
  api_.answer("PUT /v1/job/web/evaluate", with_eval());
  api_.answer("PUT /v1/job/web/periodic/force", with_eval());
  api_.answer("PUT /v1/job/web/revert", with_eval());
  EXPECT_EQ(ask({"job", "eval", "-force-reschedule", "-detach", "web"}), 0) << err();
  EXPECT_EQ(out(), "Created eval ID: \"11111111\"\n");
  EXPECT_THAT(api_.last("PUT /v1/job/web/evaluate").body, HasSubstr("\"ForceReschedule\":true"));
  EXPECT_EQ(ask({"job", "periodic", "force", "-detach", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Force periodic successful\nEvaluation ID: "));
  EXPECT_EQ(ask({"job", "revert", "web", "2"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Job \"web\" reverted to version 2\n==> Monitoring evaluation"));
  EXPECT_EQ(ask({"job", "revert", "web", "two"}), 1);
  EXPECT_THAT(err(), HasSubstr("\"two\" is not a version"));
}

TEST_F(DeploymentCommands, ShowsTheHistoryOfAJob) {
  have_job();
  api_.answer("GET /v1/job/web/versions", R"({"Versions":[{"Version":1,"Stable":false,"SubmitTime":1700000000000000000},
      {"Version":0,"Stable":true}],"Diffs":[{"Type":"Edited","ID":"web","Fields":[{"Type":"Edited","Name":"Priority",
      "Old":"50","New":"60"}]}]})");
  EXPECT_EQ(ask({"job", "history", "-p", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Version     = 1\nStable      = false\nSubmit Date = 2023-11-14T22:13:20Z\n"));
  EXPECT_THAT(out(), HasSubstr("Priority: \"50\" => \"60\""));
  EXPECT_THAT(out(), HasSubstr("\n\nVersion     = 0\nStable      = true\n"));
  EXPECT_EQ(ask({"job", "history", "-version", "0", "-full", "web"}), 0);
  EXPECT_THAT(out(), HasSubstr("\"Version\": 0"));
  EXPECT_EQ(ask({"job", "history", "-version", "9", "web"}), 1);
}

TEST_F(DeploymentCommands, ScalesTheOnlyGroupOrTheOneNamed) {
  have_job();
  api_.answer("GET /v1/job/web", R"({"ID":"web","TaskGroups":[{"Name":"api"}]})");
  api_.answer("PUT /v1/job/web/scale", with_eval());
  EXPECT_EQ(ask({"job", "scale", "-detach", "web", "5"}), 0) << err();
  EXPECT_THAT(api_.last("PUT /v1/job/web/scale").body, HasSubstr(R"("Count":5,"Target":{"Group":"api"})"));
  EXPECT_EQ(ask({"job", "scale", "-detach", "web", "db", "2"}), 0) << err();
  EXPECT_THAT(api_.last("PUT /v1/job/web/scale").body, HasSubstr(R"("Target":{"Group":"db"})"));
  EXPECT_EQ(ask({"job", "scale", "web", "many"}), 1);
}

TEST_F(DeploymentCommands, ShowsScalingEventsAndPolicies) {
  have_job();
  api_.answer("GET /v1/job/web/scale", R"({"TaskGroups":{"api":{"Events":[{"Time":1700000000000000000,"Count":3,
      "PreviousCount":1,"Message":"busy"}]},"db":{"Events":null}}})");
  EXPECT_EQ(ask({"job", "scaling-events", "web"}), 0) << err();
  EXPECT_EQ(out(),
            "Task Group  Count  PrevCount  Date\n"
            "api         3      1          2023-11-14T22:13:20Z\n");
  api_.answer(
      "GET /v1/scaling/policies",
      fmt::format(R"([{{"ID":"{}","Type":"horizontal","Enabled":true,"Target":{{"Job":"web","Group":"api"}}}}])",
                  kDeployment));
  EXPECT_EQ(ask({"scaling", "policy", "list"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("55555555  true     horizontal  Job:web,Group:api"));
  api_.answer(std::string("GET /v1/scaling/policy/") + kDeployment,
              R"({"ID":"x","Min":1,"Max":9,"Enabled":true,"Policy":{"cooldown":"1m"}})");
  EXPECT_EQ(ask({"scaling", "policy", "info", "5555"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Max     = 9\n\nPolicy:\n"));
}

TEST_F(DeploymentCommands, ExplainsAJob) {
  have_job();
  api_.answer("GET /v1/job/web/explain", R"({"TaskGroups":[{"TaskGroup":"api","Desired":2,"Missing":1,"NodesLookedAt":3,
      "NodesByCode":{"":1,"memory":2},
      "Placed":[{"AllocID":"33333333-aaaa","Name":"web.api[0]","NodeID":"44444444-aaaa","NodeName":"box","NormScore":0.5,
                 "Scores":{"binpack":0.5}}],
      "Nodes":[{"NodeID":"66666666-aaaa","NodeName":"small","Code":"memory","Reason":"100 MB of memory are free",
                "Remedy":"needs 200 MB more memory"}]}]})");
  EXPECT_EQ(ask({"job", "explain", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Task Group \"api\": 2 desired, 1 not placed\n"
                               "1 of 3 nodes could take one more; not: 2 memory\n"));
  EXPECT_THAT(out(), HasSubstr("33333333    web.api[0]  44444444 (box)  0.5    binpack 0.5"));
  EXPECT_THAT(out(), HasSubstr("66666666 (small)  no: memory  100 MB of memory are free  needs 200 MB more memory"));
}

TEST_F(DeploymentCommands, RunningAJobFollowsItsDeployment) {
  in_.str(R"(job "web" { datacenters = ["dc1"] group "api" { task "t" { driver = "raw_exec"
      config { command = "/bin/sleep" } } } })");
  api_.answer("PUT /v1/jobs", with_eval());
  have_eval(fmt::format(R"(,"DeploymentID":"{}")", kDeployment));
  api_.answer(path_, deployment("running", 1));
  api_.answer(path_, deployment("failed", 1));
  EXPECT_EQ(ask({"job", "run", "-"}), 1) << err();
  EXPECT_THAT(out(), HasSubstr("finished with status \"complete\"\n==> Monitoring deployment \"55555555\"\n"));
  EXPECT_THAT(out(), HasSubstr("==> Deployment \"55555555\" failed\n"));
}

TEST_F(DeploymentCommands, RunningAJobFindsTheDeploymentThatItsEvaluationBegan) {
  in_.str(R"(job "web" { datacenters = ["dc1"] group "api" { task "t" { driver = "raw_exec"
      config { command = "/bin/sleep" } } } })");
  api_.answer("PUT /v1/jobs", with_eval());
  have_eval(R"(,"JobModifyIndex":5)");
  api_.answer("GET /v1/job/web/deployment", fmt::format(R"({{"ID":"{}","JobSpecModifyIndex":5}})", kDeployment));
  api_.answer(path_, deployment("successful", 2));
  EXPECT_EQ(ask({"job", "run", "-"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("==> Deployment \"55555555\" successful\n"));
}

TEST_F(DeploymentCommands, RegisteringAPeriodicJobTellsItsNextLaunch) {
  in_.str(R"(job "web" { datacenters = ["dc1"] type = "batch" periodic { cron = "0 12 * * *" } group "api" {
      task "t" { driver = "raw_exec" config { command = "/bin/true" } } } })");
  api_.answer("PUT /v1/jobs", R"({"EvalID":""})");
  EXPECT_EQ(ask({"job", "run", "-"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Approximate next launch time: 2023-11-15T12:00:00Z (13h45m from now)"));
}

TEST_F(DeploymentCommands, TheStatusOfAJobShowsItsDeployment) {
  have_job();
  api_.answer("GET /v1/job/web", R"({"ID":"web","Status":"running"})");
  api_.answer("GET /v1/job/web/summary", "{}");
  api_.answer("GET /v1/job/web/evaluations",
              R"([{"ID":"77777777-aaaa","Status":"pending","WaitUntil":"2026-01-01T00:00:00Z"}])");
  api_.answer("GET /v1/job/web/deployment", deployment("running"));
  api_.answer("GET /v1/job/web/allocations", "[]");
  EXPECT_EQ(ask({"job", "status", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Latest Deployment\nID          = 55555555\nStatus      = running\n"));
  EXPECT_THAT(out(), HasSubstr("Future Rescheduling Attempts\nEval ID   Eval Time\n77777777  2026-01-01T00:00:00Z\n"));
}

TEST_F(DeploymentCommands, TheStatusOfAPeriodicJobShowsItsNextLaunch) {
  api_.answer("GET /v1/jobs", R"([{"ID":"web"}])");
  api_.answer("GET /v1/job/web", R"({"ID":"web","Periodic":{"Enabled":true,"Spec":"0 12 * * *","TimeZone":"UTC"}})");
  api_.answer("GET /v1/job/web/summary", "{}");
  EXPECT_EQ(ask({"job", "status", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Next Periodic Launch = 2023-11-15T12:00:00Z (13h45m from now)"));
}

TEST_F(DeploymentCommands, TheStatusOfATemplateShowsItsChildren) {
  api_.answer("GET /v1/jobs", R"([{"ID":"web"},{"ID":"web/dispatch-1","ParentID":"web","Status":"dead"},
      {"ID":"web/other","ParentID":"x"}])");
  api_.answer("GET /v1/job/web", R"({"ID":"web","ParameterizedJob":{"Payload":"required","MetaRequired":["k"]}})");
  api_.answer("GET /v1/job/web/summary", R"({"Children":{"Pending":0,"Running":1,"Dead":2}})");
  EXPECT_EQ(ask({"job", "status", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Payload           = required\nRequired Metadata = k\n"));
  EXPECT_THAT(out(), HasSubstr("Pending  Running  Dead\n0        1        2\n"));
  EXPECT_THAT(out(), HasSubstr("web/dispatch-1  dead"));
  EXPECT_THAT(out(), Not(HasSubstr("web/other")));
}

}  // namespace
}  // namespace drover::cli
