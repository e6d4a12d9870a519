#include "cli/test_support.h"
#include "codec/json.h"
#include "jobspec/example.h"
#include "jobspec/parse.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kEval = "11111111-aaaa-bbbb-cccc-000000000001";
constexpr const char* kBlocked = "22222222-aaaa-bbbb-cccc-000000000002";

class JobCommands : public CliTest {
 protected:
  JobCommands() : directory_(std::filesystem::temp_directory_path() / "drover-cli-XXXXXX") {
    std::string name = directory_.string();
    directory_ = mkdtemp(name.data());
    job_file_ = path("web.nomad");
    std::ofstream(job_file_) << jobspec::short_example_job();
  }
  ~JobCommands() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  static std::string eval(const std::string& status, const std::string& more = "") {
    return fmt::format(
        R"({{"ID":"{}","JobID":"example","TriggeredBy":"job-register","CreateIndex":5,"Status":"{}"{}}})", kEval,
        status, more);
  }
  static std::string alloc(const std::string& status, const std::string& more = "") {
    return fmt::format(
        R"([{{"ID":"33333333-aaaa","NodeID":"44444444-aaaa","NodeName":"box","TaskGroup":"cache","JobID":"example",
            "DesiredStatus":"run","CreateIndex":6,"ClientStatus":"{}"{}}}])",
        status, more);
  }
  void accept_job() { api_.answer("PUT /v1/jobs", fmt::format(R"({{"EvalID":"{}","JobModifyIndex":5}})", kEval)); }

  const std::string eval_path_ = std::string("GET /v1/evaluation/") + kEval;
  const std::string allocs_path_ = eval_path_ + "/allocations";
  std::filesystem::path directory_;
  std::string job_file_;
};

TEST_F(JobCommands, PrintsTheDocumentsExamplesWithoutAServer) {
  const std::filesystem::path examples = "src/jobspec/testdata";  // tests run in the source tree's root
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("00") || name == "002_resources.json") continue;  // what is not a whole job
    EXPECT_EQ(run_cli({"job", "run", "-output", entry.path().string()}), 0) << name << err();
    const auto value = codec::parse_json(out());
    ASSERT_TRUE(value) << name;
    EXPECT_NE(value->find("Job"), nullptr) << name;
    EXPECT_EQ(jobspec::parse(out()).format, jobspec::Format::NomadJson) << name;
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST_F(JobCommands, PointsIntoABadFile) {
  std::ofstream(path("bad.nomad")) << "job \"x\" {\n  datacenters = [\n";
  EXPECT_EQ(run_cli({"run", "-output", path("bad.nomad")}), 1);
  EXPECT_THAT(err(), HasSubstr("bad.nomad:"));
  EXPECT_EQ(out(), "");
  EXPECT_EQ(run_cli({"run", "-output", path("none.nomad")}), 1);
  EXPECT_THAT(err(), HasSubstr("No such file or directory"));
  EXPECT_EQ(run_cli({"run", "-output", directory_.string()}), 1);
  EXPECT_THAT(err(), HasSubstr("directory"));
}

TEST_F(JobCommands, ReadsStandardInput) {
  in_.str(std::string(jobspec::short_example_job()));
  EXPECT_EQ(run_cli({"run", "-output", "-"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("\"ID\": \"example\""));
}

TEST_F(JobCommands, FollowsAnEvaluationUntilTheAllocationRuns) {
  accept_job();
  api_.answer(eval_path_, eval("pending"), 200, 5);
  api_.answer(eval_path_, eval("complete"), 200, 7);
  api_.answer(allocs_path_, "[]", 200, 5);
  api_.answer(allocs_path_, alloc("pending"), 200, 6);
  api_.answer(allocs_path_, alloc("running", R"(,"ClientDescription":"Tasks are running")"), 200, 8);
  EXPECT_EQ(ask({"job", "run", job_file_}), 0) << err();
  EXPECT_EQ(out(), R"x(==> Monitoring evaluation "11111111"
    Evaluation triggered by job "example"
    Allocation "33333333" created: node "44444444 (box)", group "cache"
    Evaluation status changed: "pending" -> "complete"
==> Evaluation "11111111" finished with status "complete"
    Allocation "33333333" status changed: "pending" -> "running" (Tasks are running)
)x");
  EXPECT_THAT(api_.last(eval_path_ + "?").line, HasSubstr("index=5&wait=1m0s"));
  const auto sent = codec::parse_json(api_.last("PUT /v1/jobs").body);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent->find("Job")->find("ID")->as_string(), "example");
}

TEST_F(JobCommands, SaysWhyNothingWasPlaced) {
  accept_job();
  const std::string failures =
      fmt::format(R"(,"BlockedEval":"{}","FailedTGAllocs":{{"webs":{{"NodesEvaluated":3,"NodesExhausted":2,
        "CoalescedFailures":2,"ConstraintFiltered":{{"${{attr.kernel.name}} = windows":1}},
        "DimensionExhausted":{{"network: reserved port collision 443":2}}}}}})",
                  kBlocked);
  api_.answer(eval_path_, eval("complete", failures));
  api_.answer(allocs_path_, "[]");
  EXPECT_EQ(ask({"job", "run", job_file_}), 2);
  EXPECT_THAT(
      out(), HasSubstr(R"(==> Evaluation "11111111" finished with status "complete" but failed to place all allocations:
    Task Group "webs" (failed to place 3 allocations):
      * Constraint "${attr.kernel.name} = windows": 1 nodes excluded by filter
      * Resources exhausted on 2 nodes
      * Dimension "network: reserved port collision 443" exhausted on 2 nodes
    Evaluation "22222222" waiting for additional capacity to place remainder
)"));
}

TEST_F(JobCommands, ShowsADriverFailureAtOnce) {
  accept_job();
  api_.answer(eval_path_, eval("complete"));
  api_.answer(allocs_path_, alloc("pending"), 200, 6);
  api_.answer(allocs_path_, alloc("failed", R"(,"TaskStates":{"redis":{"State":"dead","Failed":true,"Events":[
                 {"Type":"Received","Time":1},
                 {"Type":"Driver Failure","Time":2,"DisplayMessage":"no image \"redis:bogus\""}]}})"),
              200, 9);
  EXPECT_EQ(ask({"job", "run", job_file_}), 2);
  EXPECT_THAT(out(), HasSubstr("task \"redis\": Driver Failure: no image \"redis:bogus\""));
  EXPECT_THAT(out(), HasSubstr("\"pending\" -> \"failed\""));
}

TEST_F(JobCommands, StopsWaitingForAllocationsThatMakeNoProgress) {
  accept_job();
  api_.answer(eval_path_, eval("complete"));
  api_.answer(allocs_path_, alloc("pending"), 200, 6);
  EXPECT_EQ(ask({"job", "run", job_file_}), 0);
  EXPECT_THAT(out(), HasSubstr("Not every allocation has started yet"));
  EXPECT_THAT(api_.last(allocs_path_ + "?").line, HasSubstr("index=6&wait=10s"));
}

TEST_F(JobCommands, DetachesWithTheEvaluationsId) {
  accept_job();
  EXPECT_EQ(ask({"run", "-detach", job_file_}), 0);
  EXPECT_EQ(out(), std::string("Job registration successful\nEvaluation ID: ") + kEval + "\n");
  EXPECT_EQ(api_.seen().size(), 1U);
}

TEST_F(JobCommands, EnforcesTheCheckIndex) {
  api_.answer("PUT /v1/jobs", "Enforcing job modify index 7: job exists with conflicting job modify index: 9", 500);
  EXPECT_EQ(ask({"run", "-check-index", "7", job_file_}), 1);
  EXPECT_THAT(err(), HasSubstr("Enforcing job modify index 7: job exists with conflicting job modify index: 9\nJob not "
                               "updated"));
  const std::string body = api_.last("PUT").body;
  EXPECT_THAT(body, HasSubstr("\"EnforceIndex\":true"));
  EXPECT_THAT(body, HasSubstr("\"JobModifyIndex\":7"));
}

TEST_F(JobCommands, ValidatesWithAndWithoutAServer) {
  api_.answer("PUT /v1/validate/job", R"({"DriverConfigValidated":true,"Warnings":"mind the gap"})");
  EXPECT_EQ(ask({"validate", job_file_}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Job validation successful"));
  EXPECT_THAT(err(), HasSubstr("mind the gap"));
  EXPECT_EQ(run_cli({"validate", "-address=http://127.0.0.1:1", job_file_}), 0);
  EXPECT_THAT(err(), HasSubstr("No agent answered"));
}

TEST_F(JobCommands, ListsWhatTheServerFindsWrong) {
  api_.answer("PUT /v1/validate/job", R"({"ValidationErrors":["first","second"],"Error":"2 errors"})");
  EXPECT_EQ(ask({"validate", job_file_}), 1);
  EXPECT_THAT(err(), HasSubstr("  * first\n  * second"));
}

TEST_F(JobCommands, PlansWithDiffAndCheckIndex) {
  api_.answer("PUT /v1/job/example/plan", R"({"JobModifyIndex":7,
    "Annotations":{"DesiredTGUpdates":{"cache":{"DestructiveUpdate":1}}},
    "Diff":{"Type":"Edited","ID":"example","TaskGroups":[
      {"Type":"Edited","Name":"cache","Updates":{"create/destroy update":1},
       "Fields":[{"Type":"Edited","Name":"Count","Old":"1","New":"2","Annotations":["forces create"]}],
       "Tasks":[{"Type":"Edited","Name":"redis","Annotations":["forces create/destroy update"],
         "Objects":[{"Type":"Edited","Name":"Config","Fields":[
           {"Type":"Edited","Name":"image","Old":"a","New":"b"},{"Type":"Added","Name":"x","New":"1"}]}]}]}]}})");
  EXPECT_EQ(ask({"plan", job_file_}), 1) << err();
  EXPECT_EQ(out().substr(0, out().find("\n\n")), R"(+/- Job: "example"
+/- Task Group: "cache" (1 create/destroy update)
  +/- Count: "1" => "2" (forces create)
  +/- Task: "redis" (forces create/destroy update)
    +/- Config {
      +/- image: "a" => "b"
      +   x:     "1"
        })");
  EXPECT_THAT(out(), HasSubstr("- All tasks successfully allocated."));
  EXPECT_THAT(out(), HasSubstr("Job Modify Index: 7"));
  EXPECT_THAT(out(), HasSubstr("drover job run -check-index 7 " + job_file_));
}

TEST_F(JobCommands, PrintsSchemasForEditors) {
  for (const auto& words : {std::vector<std::string>{"job", "schema"}, {"job", "schema", "nosana"}}) {
    EXPECT_EQ(run_cli(words), 0) << err();
    const auto schema = codec::parse_json(out());
    ASSERT_TRUE(schema);
    EXPECT_NE(schema->find("definitions"), nullptr);
  }
  EXPECT_EQ(run_cli({"job", "schema", "yaml"}), 1);
}

TEST_F(JobCommands, PlansNothingWithStatusZeroAndFailsWith255) {
  api_.answer("PUT /v1/job/example/plan", R"({"JobModifyIndex":7,"Diff":{"Type":"None","ID":"example"},
    "Annotations":{"DesiredTGUpdates":{"cache":{"Ignore":1,"InPlaceUpdate":1}}}})");
  EXPECT_EQ(ask({"plan", job_file_}), 0);
  EXPECT_EQ(run_cli({"plan", "-address=http://127.0.0.1:1", job_file_}), 255);
  EXPECT_EQ(ask({"plan", path("none")}), 255);
}

TEST_F(JobCommands, WritesAnExampleOnce) {
  EXPECT_EQ(run_cli({"init", path("new.nomad")}), 0);
  EXPECT_EQ(run_cli({"init", path("new.nomad")}), 1);
  EXPECT_THAT(err(), HasSubstr("exists already"));
  EXPECT_EQ(run_cli({"init", "-short", path("short.nomad")}), 0);
  EXPECT_LT(std::filesystem::file_size(path("short.nomad")), std::filesystem::file_size(path("new.nomad")));
  EXPECT_EQ(run_cli({"run", "-output", path("new.nomad")}), 0) << err();
}

TEST_F(JobCommands, AsksBeforeItStopsAJobThatWasNamedInPart) {
  api_.answer("GET /v1/jobs", R"([{"ID":"example"}])");
  api_.answer("DELETE /v1/job/example", fmt::format(R"({{"EvalID":"{}"}})", kEval));
  in_.str("n\n");
  EXPECT_EQ(ask({"stop", "exa"}), 0);
  EXPECT_THAT(out(), HasSubstr("Nothing was stopped"));
  EXPECT_EQ(api_.last("DELETE").line, "");
  EXPECT_EQ(ask({"stop", "-yes", "-purge", "-detach", "exa"}), 0);
  EXPECT_EQ(api_.last("DELETE").line, "DELETE /v1/job/example?purge=true");
}

TEST_F(JobCommands, FollowsTheEvaluationOfAStop) {
  api_.answer("GET /v1/jobs", R"([{"ID":"example"},{"ID":"example2"}])");
  api_.answer("DELETE /v1/job/example", fmt::format(R"({{"EvalID":"{}"}})", kEval));
  api_.answer(eval_path_, eval("complete"));
  api_.answer(allocs_path_, "[]");
  EXPECT_EQ(ask({"job", "stop", "example"}), 0);
  EXPECT_THAT(out(), HasSubstr("finished with status \"complete\""));
}

TEST_F(JobCommands, ShowsTheCandidatesOfAnAmbiguousPrefix) {
  api_.answer("GET /v1/jobs", R"([{"ID":"example1","Type":"batch"},{"ID":"example2"}])");
  EXPECT_EQ(ask({"inspect", "exa"}), 1);
  EXPECT_THAT(err(), HasSubstr("prefix \"exa\" matched 2 jobs"));
  EXPECT_THAT(err(), HasSubstr("example1  batch"));
  EXPECT_EQ(ask({"inspect", "nope"}), 1);
  EXPECT_THAT(err(), HasSubstr("no job with id or prefix \"nope\""));
}

TEST_F(JobCommands, InspectsAJobAsJson) {
  api_.answer("GET /v1/jobs", R"([{"ID":"a/b"}])");
  api_.answer("GET /v1/job/a%2Fb", R"({"ID":"a/b"})");
  EXPECT_EQ(ask({"inspect", "a/b"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("\"Job\": {"));
}

TEST_F(JobCommands, ShowsTheStatusOfAJob) {
  api_.answer("GET /v1/jobs", R"([{"ID":"example"}])");
  api_.answer("GET /v1/job/example", R"({"ID":"example","Name":"example","Type":"service","Priority":50,
    "Datacenters":["dc1","dc2"],"Status":"running","SubmitTime":1700000000000000000})");
  api_.answer("GET /v1/job/example/summary", R"({"Summary":{"cache":{"Queued":1,"Running":2}}})");
  api_.answer("GET /v1/job/example/evaluations",
              R"([{"ID":"e1","CreateIndex":5,"Status":"complete","FailedTGAllocs":{"cache":{"NodesEvaluated":0}}},
                  {"ID":"e2","CreateIndex":6,"Status":"blocked"}])");
  api_.answer("GET /v1/job/example/deployment", "null");
  api_.answer("GET /v1/job/example/allocations", alloc("running", R"(,"CreateTime":1700000095000000000)"));
  EXPECT_EQ(ask({"job", "status", "example"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Datacenters   = dc1, dc2\n"));
  EXPECT_THAT(out(), HasSubstr("Submit Date   = 2023-11-14T22:13:20Z\n"));
  EXPECT_THAT(out(), HasSubstr("Task Group  Queued  Starting  Running  Failed  Complete  Lost  Unknown\n"
                               "cache       1       0         2        0       0         0     0\n"));
  EXPECT_THAT(out(), HasSubstr("Placement Failure\nTask Group \"cache\" (failed to place 1 allocation):\n"
                               "  * No nodes were eligible for evaluation\n"));
  EXPECT_THAT(out(), HasSubstr("33333333  44444444  cache"));
  EXPECT_THAT(out(), HasSubstr("5s ago"));
  EXPECT_EQ(ask({"job", "status", "-short", "example"}), 0);
  EXPECT_THAT(out(), Not(HasSubstr("Summary")));
  EXPECT_EQ(ask({"job", "allocs", "example"}), 0);
  EXPECT_THAT(out(), HasSubstr("33333333  44444444  cache"));
}

}  // namespace
}  // namespace drover::cli
