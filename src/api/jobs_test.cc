#include "api/test_support.h"
#include "codec/describe.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::make_job;

std::string job_body(const std::string& id, const std::string& extra = "", const std::string& wrapper = "") {
  return R"({"Job": {"ID": ")" + id + R"(", "Name": ")" + id + R"(", "Datacenters": ["dc1"], "TaskGroups": [{
    "Name": "web", "Count": 2, "Tasks": [{"Name": "server", "Driver": "raw_exec",
    "Config": {"command": "/bin/sleep", "args": ["60"]}}]}])" +
         extra + "}" + wrapper + "}";
}

// With a registry password.
std::string docker_body(const std::string& password, const std::string& image = "redis:3.2") {
  return R"({"Job": {"ID": "cache", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t",
    "Driver": "docker", "Config": {"image": ")" +
         image + R"(", "auth": [{"username": "u", "password": ")" + password + R"("}]}}]}]}, "Diff": true})";
}

class Jobs : public ApiTest {};

TEST_F(Jobs, RegisteringMakesAJobAndItsEvaluationInOneWrite) {
  const auto response = put("/v1/jobs", job_body("web"));
  ASSERT_EQ(response.status, 200) << response.body;
  const auto snapshot = server.snapshot();
  const auto job = snapshot->job({"default", "web"});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->task_groups[0].count, 2);
  ASSERT_EQ(snapshot->evals().size(), 1u);
  const auto& eval = *snapshot->evals().begin()->value;
  EXPECT_EQ(eval.triggered_by, "job-register");
  const auto body = response.json();
  EXPECT_EQ(at(body, "EvalID"), eval.id.str());
  EXPECT_EQ(at(body, "JobModifyIndex"), std::to_string(job->job_modify_index));
  EXPECT_EQ(at(body, "EvalCreateIndex"), std::to_string(eval.create_index));
  EXPECT_EQ(at(body, "KnownLeader"), "true");
  EXPECT_EQ(at(body, "Warnings"), "");
  EXPECT_EQ(response.headers.get("X-Nomad-Index"), std::to_string(snapshot->index()));
}

TEST_F(Jobs, PostIsPutAndAJobPathTakesItsOwnJobOnly) {
  EXPECT_EQ(send(make_request("POST", "/v1/job/web", job_body("web"))).status, 200);
  const auto other = put("/v1/job/web", job_body("api"));
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(other.body, "Job ID does not match");
  EXPECT_FALSE(server.snapshot()->job({"default", "api"}));
  EXPECT_EQ(put("/v1/job/web", R"({"Job": {"ID": "other"}})").body, "Job ID does not match");
  EXPECT_EQ(put("/v1/jobs", R"({"Job": {"Name": "x"}})").body, "Job ID hasn't been provided");
}

TEST_F(Jobs, WhatCannotBeReadIsAClientError) {
  for (const char* body : {"", "{", "[]", "{}", R"({"Job": null})", R"({"Job": 5})", R"({"Job": {"ID": 5}})"}) {
    const auto response = put("/v1/jobs", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_FALSE(response.body.empty()) << body;
    EXPECT_EQ(response.headers.get("Content-Type").substr(0, 10), "text/plain") << body;
  }
  EXPECT_EQ(put("/v1/jobs", "{}").body, "Job must be specified");
}

TEST_F(Jobs, AnInvalidJobGetsAllItsProblemsAtOnceWith500AsNomad) {
  const auto response = put("/v1/jobs", R"({"Job": {"ID": "x", "Priority": 500, "TaskGroups": [{"Name": "g",
    "Count": -1, "Tasks": [{"Name": "t", "Driver": "raw_exec", "Config": {"comand": "/bin/true"}}]}]}})");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, ::testing::HasSubstr("errors occurred"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("Priority"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("TaskGroups[0].Count"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("comand"));
  EXPECT_EQ(server.snapshot()->index(), 0u);
}

TEST_F(Jobs, CountsThatAreNoCountsAreRefused) {  // cases.md 43
  for (const char* count : {"1000000000", "-1", "1.5", "9223372036854775808", "\"2\""}) {
    const auto response = put("/v1/jobs", std::string(R"({"Job": {"ID": "x", "Datacenters": ["dc1"], "TaskGroups":
      [{"Name": "g", "Count": )") + count + R"(, "Tasks": [{"Name": "t", "Driver": "raw_exec", "Config":
      {"command": "/bin/true"}}]}]}})");
    EXPECT_GE(response.status, 400) << count;
  }
  EXPECT_EQ(server.snapshot()->jobs().size(), 0u);
}

TEST_F(Jobs, NamesAndNumbersThatCannotBeAreRefused) {  // cases.md 43
  const auto refused = [&](const std::string& body, const std::string& why) {
    const auto response = put("/v1/jobs", body);
    EXPECT_GE(response.status, 400) << body.substr(0, 100);
    EXPECT_THAT(response.body, ::testing::HasSubstr(why)) << body.substr(0, 100);
  };
  refused(job_body("", ""), "ID");
  refused(job_body("two words", ""), "ID");
  refused(job_body("nul\\u0000byte", ""), "ID");
  refused(job_body("web", R"(, "Priority": 101)"), "Priority");
  const auto with_resources = [](const std::string& resources) {
    return R"({"Job": {"ID": "x", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t",
      "Driver": "raw_exec", "Config": {"command": "/bin/true"}, "Resources": )" +
           resources + "}]}]}}";
  };
  refused(with_resources(R"({"CPU": -5, "MemoryMB": 64})"), "CPU");
  refused(with_resources(R"({"CPU": 100, "MemoryMB": 4611686018427387904})"), "MemoryMB");
  EXPECT_EQ(server.snapshot()->index(), 0u);
}

TEST_F(Jobs, EverythingThatIsThereTwiceIsNamedAtOnce) {  // cases.md 44
  const auto response = put("/v1/jobs", R"({"Job": {"ID": "x", "Datacenters": ["dc1"], "TaskGroups": [
    {"Name": "g", "Tasks": [
      {"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/true"}, "Resources": {"Networks": [
        {"ReservedPorts": [{"Label": "a", "Value": 80}, {"Label": "b", "Value": 80}]}]}},
      {"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/true"}}]},
    {"Name": "g", "Tasks": [{"Name": "u", "Driver": "raw_exec", "Config": {"command": "/bin/true"},
      "Lifecycle": {"Hook": "later"}}]}]}})");
  EXPECT_EQ(response.status, 500);
  for (const char* problem : {"\"g\"", "\"t\"", "80", "later"}) {
    EXPECT_THAT(response.body, ::testing::HasSubstr(problem));
  }
  EXPECT_EQ(server.snapshot()->index(), 0u);
}

TEST_F(Jobs, TheCheckIndexIsEnforced) {
  const auto absent = put("/v1/jobs", job_body("web", "", R"(, "EnforceIndex": true, "JobModifyIndex": 5)"));
  EXPECT_EQ(absent.status, 500);
  EXPECT_EQ(absent.body, "Enforcing job modify index 5: job does not exist");
  EXPECT_EQ(put("/v1/jobs", job_body("web", "", R"(, "EnforceIndex": true, "JobModifyIndex": 0)")).status, 200);
  const auto again = put("/v1/jobs", job_body("web", "", R"(, "EnforceIndex": true, "JobModifyIndex": 0)"));
  EXPECT_EQ(again.body, "Enforcing job modify index 0: job already exists");
}

TEST_F(Jobs, AnotherRegionHasNoPathAndGlobalIsThisOne) {
  EXPECT_EQ(put("/v1/jobs", job_body("web", R"(, "Region": "mars")")).body, "No path to region");
  EXPECT_EQ(get("/v1/jobs?region=mars").status, 500);
  restart({.region = "eu"});
  EXPECT_EQ(put("/v1/jobs", job_body("web", R"(, "Region": "global")")).status, 200);
  EXPECT_EQ(server.snapshot()->job({"default", "web"})->region, "eu");
}

TEST_F(Jobs, RefusedWritesSayWhy) {
  server.refuse = Error(ErrorCode::ResourceExhausted, "the disk of the data directory is full");
  const auto full = put("/v1/jobs", job_body("web"));
  EXPECT_EQ(full.status, 500);
  EXPECT_EQ(full.body, "the disk of the data directory is full");
  server.refuse = Error(ErrorCode::Unavailable, "No cluster leader");
  EXPECT_EQ(put("/v1/jobs", job_body("web")).body, "No cluster leader");
  server.refuse = Error(ErrorCode::PermissionDenied, "Permission denied");
  EXPECT_EQ(put("/v1/jobs", job_body("web")).status, 403);
}

TEST_F(Jobs, ListsAreStubsWithSummaries) {
  put("/v1/jobs", job_body("web"));
  put("/v1/jobs", job_body("worker"));
  const auto list = get("/v1/jobs");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(list.headers.get("X-Nomad-KnownLeader"), "true");
  EXPECT_EQ(list.headers.get("X-Nomad-LastContact"), "0");
  const auto jobs = list.json();
  EXPECT_EQ(at(jobs, "0.ID"), "web");
  EXPECT_EQ(at(jobs, "0.Type"), "service");
  EXPECT_EQ(at(jobs, "0.Status"), "pending");
  EXPECT_EQ(at(jobs, "0.Periodic"), "false");
  EXPECT_EQ(at(jobs, "0.JobSummary.Summary.web.Running"), "0");
  EXPECT_EQ(at(jobs, "0.TaskGroups"), "-");
  EXPECT_EQ(at(jobs, "1.ID"), "worker");
  EXPECT_EQ(at(get("/v1/jobs?prefix=wo").json(), "0.ID"), "worker");
  EXPECT_EQ(get("/v1/jobs?prefix=zz").body, "[]");
  EXPECT_EQ(get("/v1/jobs?namespace=other").body, "[]");
  EXPECT_EQ(get("/v1/jobs?namespace=*&prefix=we").json().as_array()->size(), 1u);
}

TEST_F(Jobs, TheIndexIsNeverZero) {
  const auto list = get("/v1/jobs");
  EXPECT_EQ(list.body, "[]");
  EXPECT_EQ(list.headers.get("X-Nomad-Index"), "1");
}

TEST_F(Jobs, IdsMayHoldSlashesRawAndEncoded) {
  server.must(state::RegisterJob{.job = make_job("a/b-1")});
  EXPECT_EQ(at(get("/v1/job/a/b-1").json(), "ID"), "a/b-1");
  EXPECT_EQ(at(get("/v1/job/a%2Fb-1").json(), "ID"), "a/b-1");
  EXPECT_EQ(at(get("/v1/job/a%2Fb-1/summary").json(), "JobID"), "a/b-1");
  EXPECT_EQ(at(get("/v1/job/a/b-1/summary").json(), "JobID"), "a/b-1");
}

TEST_F(Jobs, MissingJobsAreNotFound) {
  for (const char* path : {"/v1/job/x", "/v1/job/x/summary", "/v1/job/x/versions"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body, "job not found") << path;
  }
  EXPECT_EQ(get("/v1/job/x/allocations").body, "[]");
  EXPECT_EQ(get("/v1/job/x/evaluations").body, "[]");
  EXPECT_EQ(send(make_request("DELETE", "/v1/job/x")).body, "job not found");
  EXPECT_EQ(put("/v1/job/x/evaluate", R"({"JobID": "x"})").body, "job not found");
}

TEST_F(Jobs, StoppingKeepsTheJobAndPurgingDoesNot) {
  put("/v1/jobs", job_body("web"));
  const auto stopped = send(make_request("DELETE", "/v1/job/web"));
  ASSERT_EQ(stopped.status, 200);
  EXPECT_EQ(at(stopped.json(), "EvalID").size(), 36u);
  EXPECT_EQ(at(get("/v1/job/web").json(), "Stop"), "true");
  EXPECT_EQ(send(make_request("DELETE", "/v1/job/web?purge=maybe")).status, 400);
  EXPECT_EQ(send(make_request("DELETE", "/v1/job/web?purge=true")).status, 200);
  EXPECT_EQ(get("/v1/job/web").status, 404);
}

TEST_F(Jobs, EvaluatingMakesAnEvaluation) {
  put("/v1/jobs", job_body("web"));
  const auto response = put("/v1/job/web/evaluate", R"({"JobID": "web"})");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(get("/v1/job/web/evaluations").json().as_array()->size(), 2u);
  EXPECT_EQ(at(get("/v1/evaluation/" + at(response.json(), "EvalID")).json(), "JobID"), "web");
}

TEST_F(Jobs, VersionsComeNewestFirstWithTheirDiffs) {
  put("/v1/jobs", job_body("web"));
  put("/v1/jobs", job_body("web", R"(, "Priority": 70)"));
  const auto versions = get("/v1/job/web/versions?diffs=true").json();
  EXPECT_EQ(at(versions, "Versions.0.Version"), "1");
  EXPECT_EQ(at(versions, "Versions.1.Version"), "0");
  EXPECT_EQ(at(versions, "Diffs.0.Type"), "Edited");
  EXPECT_EQ(versions.find("Diffs")->as_array()->size(), 1u);
  EXPECT_EQ(at(get("/v1/job/web/versions").json(), "Diffs"), "null");
  EXPECT_EQ(get("/v1/job/web/versions?diffs=perhaps").status, 400);
}

TEST_F(Jobs, PasswordsNeverLeaveAndSurviveARoundTrip) {  // cases.md 64
  ASSERT_EQ(put("/v1/jobs", docker_body("hunter2")).status, 200);
  const auto shown = get("/v1/job/cache");
  EXPECT_THAT(shown.body, ::testing::Not(::testing::HasSubstr("hunter2")));
  EXPECT_EQ(at(shown.json(), "TaskGroups.0.Tasks.0.Config.auth.0.password"), "<redacted>");
  EXPECT_THAT(get("/v1/job/cache/versions").body, ::testing::Not(::testing::HasSubstr("hunter2")));

  ASSERT_EQ(put("/v1/jobs", docker_body("<redacted>", "redis:4")).status, 200);
  const auto job = server.snapshot()->job({"default", "cache"});
  EXPECT_EQ(job->version, 1u);
  EXPECT_THAT(codec::dump(job->task_groups[0].tasks[0].config), ::testing::HasSubstr("hunter2"));

  const auto plan = put("/v1/job/cache/plan", docker_body("swordfish"));
  ASSERT_EQ(plan.status, 200) << plan.body;
  EXPECT_THAT(plan.body, ::testing::Not(::testing::HasSubstr("hunter2")));
  EXPECT_THAT(plan.body, ::testing::Not(::testing::HasSubstr("swordfish")));
  EXPECT_THAT(plan.body, ::testing::HasSubstr("auth[0][password]"));
  EXPECT_THAT(get("/v1/job/cache/versions?diffs=true").body, ::testing::Not(::testing::HasSubstr("hunter2")));
}

TEST_F(Jobs, ARedactedPasswordOfANewJobIsRefused) {
  const auto response = put("/v1/jobs", docker_body("<redacted>"));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, ::testing::HasSubstr("no earlier version"));
}

TEST_F(Jobs, APlanSaysWhatWouldChange) {
  put("/v1/jobs", job_body("web"));
  server.plan.job_modify_index = 1;
  server.plan.desired_updates["web"] = {.place = 1, .destructive_update = 2};
  server.plan.failed_tg_allocs["web"].nodes_evaluated = 4;
  server.plan.next_periodic_launch = WallTime{1'700'000'000'000'000'000};
  std::string body = job_body("web", "", R"(, "Diff": true)");
  body.replace(body.find("\"Count\": 2"), 10, "\"Count\": 3");
  body.replace(body.find("\"60\""), 4, "\"90\"");
  const auto response = put("/v1/job/web/plan", body);
  ASSERT_EQ(response.status, 200) << response.body;
  const auto plan = response.json();
  EXPECT_EQ(at(plan, "Annotations.DesiredTGUpdates.web.Place"), "1");
  EXPECT_EQ(at(plan, "FailedTGAllocs.web.NodesEvaluated"), "4");
  EXPECT_EQ(at(plan, "JobModifyIndex"), "1");
  EXPECT_EQ(at(plan, "NextPeriodicLaunch"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(at(plan, "Explanation.JobID"), "web");
  EXPECT_EQ(at(plan, "Diff.Type"), "Edited");
  EXPECT_EQ(at(plan, "Diff.ID"), "web");
  EXPECT_EQ(at(plan, "Diff.TaskGroups.0.Name"), "web");
  EXPECT_EQ(at(plan, "Diff.TaskGroups.0.Updates.create"), "1");
  EXPECT_EQ(at(plan, "Diff.TaskGroups.0.Updates.create/destroy update"), "2");
  EXPECT_EQ(at(plan, "Diff.TaskGroups.0.Tasks.0.Annotations.0"), "forces create/destroy update");
  EXPECT_THAT(response.body,
              ::testing::HasSubstr(R"("Name":"Count","Old":"2","New":"3","Annotations":["forces create"])"));
  EXPECT_EQ(server.snapshot()->job({"default", "web"})->version, 0u);
  EXPECT_EQ(at(put("/v1/job/web/plan", job_body("web")).json(), "Diff"), "null");
  EXPECT_EQ(put("/v1/job/web/plan", job_body("other")).status, 400);
}

TEST_F(Jobs, ValidateListsProblemsWithStatus200) {
  const auto good = put("/v1/validate/job", job_body("web")).json();
  EXPECT_EQ(at(good, "DriverConfigValidated"), "true");
  EXPECT_EQ(at(good, "ValidationErrors"), "null");
  EXPECT_EQ(at(good, "Error"), "");
  const auto bad = put("/v1/validate/job", R"({"Job": {"ID": "x"}})");
  EXPECT_EQ(bad.status, 200);
  EXPECT_GE(bad.json().find("ValidationErrors")->as_array()->size(), 1u);
  EXPECT_NE(at(bad.json(), "Error"), "");
}

TEST_F(Jobs, ParseTurnsHclIntoJson) {
  const std::string hcl = R"(job \"web\" { datacenters = [\"dc1\"]
    group \"g\" { task \"t\" { driver = \"raw_exec\" } } })";
  std::string body = R"({"JobHCL": ")" + hcl + R"(", "Canonicalize": true})";
  body.erase(std::remove(body.begin(), body.end(), '\n'), body.end());
  body.insert(body.find("    group"), "\\n");
  const auto canonical = put("/v1/jobs/parse", body);
  ASSERT_EQ(canonical.status, 200) << canonical.body;
  EXPECT_EQ(at(canonical.json(), "ID"), "web");
  EXPECT_EQ(at(canonical.json(), "TaskGroups.0.Tasks.0.Driver"), "raw_exec");
  EXPECT_EQ(at(canonical.json(), "Priority"), "50");
  EXPECT_EQ(put("/v1/jobs/parse", R"({"JobHCL": ""})").body, "Job spec is empty");
  const auto bad = put("/v1/jobs/parse", R"({"JobHCL": "job \"x\" {\n  nonsense = 1\n}"})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, ::testing::HasSubstr("2:3"));
}

TEST_F(Jobs, NestingBombsAreRefusedAtOnce) {  // cases.md 39
  const std::string brackets(100'000, '[');
  for (const char* path : {"/v1/jobs/parse", "/v1/jobs", "/v1/validate/job"}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(put(path, brackets).status, 400) << path;
    EXPECT_EQ(put(path, R"({"Job": )" + brackets).status, 400) << path;
    EXPECT_EQ(put(path, R"({"JobHCL": "x = )" + brackets + "\"}").status, 400) << path;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500)) << path;  // debug builds too
  }
}

}  // namespace
}  // namespace drover::api::testing
