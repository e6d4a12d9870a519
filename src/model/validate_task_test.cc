#include "model/validate_test_support.h"

namespace drover::model {
namespace {

// A problem of the first task, below its path.
struct TaskRule {
  std::string_view task;
  std::string_view path;
  std::string_view text;
};

void expect_task_errors(const std::vector<TaskRule>& rules) {
  for (const TaskRule& rule : rules) {
    const std::string path = "TaskGroups[0].Tasks[0]." + std::string(rule.path);
    expect_errors({{{.task = rule.task}, path, rule.text}});
  }
}

void expect_task_warnings(const std::vector<TaskRule>& rules) {
  for (const TaskRule& rule : rules) {
    const std::string path = "TaskGroups[0].Tasks[0]." + std::string(rule.path);
    expect_warnings({{{.task = rule.task}, path, rule.text}});
  }
}

TEST(ValidateLifecycle, HooksAreKnown) {
  expect_task_errors({
      {R"("Lifecycle": {})", "Lifecycle.Hook", "missing"},
      {R"("Lifecycle": {"Hook": "prestop"})", "Lifecycle.Hook", "prestart, poststart or poststop"},
  });
  expect_task_warnings({
      {R"("Lifecycle": {"Hook": "poststop", "Sidecar": true})", "Lifecycle.Sidecar", "never a sidecar"},
      {R"("Lifecycle": {"Hook": "prestart"}, "Leader": true)", "Leader", "leads the group"},
  });
}

Found in_group(std::string_view tasks, std::string_view type = "service") {
  auto job = codec::from_json<Job>(R"({"ID": "a", "Type": ")" + std::string(type) +
                                   R"(", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [)" +
                                   std::string(tasks) + "]}]}");
  EXPECT_TRUE(job.has_value()) << tasks;
  return job ? found_in(std::move(*job)) : Found{};
}

TEST(ValidateLifecycle, AGroupHasAMainTask) {
  EXPECT_THAT(in_group(R"({"Name": "a", "Driver": "docker", "Lifecycle": {"Hook": "prestart"}})").warnings,
              testing::ElementsAre(testing::HasSubstr("all tasks are lifecycle hooks")));
}

TEST(ValidateStartOrder, HooksAndStagesCountInCycles) {
  EXPECT_THAT(in_group(R"({"Name": "init", "Driver": "docker", "Lifecycle": {"Hook": "prestart"},
                           "DependsOn": [{"Task": "main"}]}, {"Name": "main", "Driver": "docker"})")
                  .errors,
              testing::ElementsAre(testing::AllOf(testing::HasSubstr("init → main → init"),
                                                  testing::HasSubstr("lifecycle hooks and stages"))));
  EXPECT_THAT(in_group(R"({"Name": "a", "Driver": "docker", "Stage": "one", "DependsOn": [{"Task": "b"}]},
                          {"Name": "b", "Driver": "docker", "Stage": "two"})",
                       "batch")
                  .errors,
              testing::ElementsAre(testing::HasSubstr("wait for each other")));
  EXPECT_THAT(in_group(R"({"Name": "a", "Driver": "docker", "Stage": "one"},
                          {"Name": "b", "Driver": "docker", "Stage": "two", "DependsOn": [{"Task": "a"}]},
                          {"Name": "c", "Driver": "docker", "Stage": "one"},
                          {"Name": "d", "Driver": "docker", "Lifecycle": {"Hook": "poststop"}},
                          {"Name": "e", "Driver": "docker", "Lifecycle": {"Hook": "prestart"}}, {"Name": "f", "Driver": "docker",
                           "DependsOn": [{"Task": "e", "Condition": "succeeded"}]})",
                       "batch")
                  .errors,
              testing::IsEmpty());
}

TEST(ValidateStartOrder, WarnsOfTasksThatNeverEnd) {
  constexpr std::string_view kTasks = R"({"Name": "a", "Driver": "docker"},
      {"Name": "b", "Driver": "docker", "DependsOn": [{"Task": "a", "Condition": "finished"}]})";
  EXPECT_THAT(in_group(kTasks).warnings, testing::ElementsAre(testing::HasSubstr("restarted whenever it ends")));
  EXPECT_THAT(in_group(kTasks, "batch").warnings, testing::IsEmpty());
}

TEST(ValidateStartOrder, StopWithDependenciesNeedsSome) {
  expect_task_errors({{R"("StopWithDependencies": true)", "StopWithDependencies", "add depends_on"}});
}

TEST(ValidateTask, NamesOfDirectories) {
  for (const char* name : {"alloc", ".", ".."}) {
    const std::string task = R"({"Name": ")" + std::string(name) + R"(", "Driver": "docker"})";
    EXPECT_EQ(in_group(task).errors.size(), 1u) << name;
  }
}

TEST(ValidateTemplate, ScriptsWaitsAndOwners) {
  expect_task_errors({
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "ChangeMode": "script"}])", "Templates[0].ChangeScript",
       "needs a change_script"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "ChangeMode": "script", "ChangeScript": {}}])",
       "Templates[0].ChangeScript.Command", "missing"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "ChangeMode": "reload"}])", "Templates[0].ChangeMode",
       "noop, restart, signal or script"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "Wait": {"Min": "10s", "Max": "5s"}}])",
       "Templates[0].Wait.Max", "not be less than min"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "Uid": -2}])", "Templates[0].Uid", "negative"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "LeftDelim": "%", "RightDelim": "%"}])",
       "Templates[0].RightDelim", "must differ"},
      {R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a"}, {"EmbeddedTmpl": "y", "DestPath": "a"}])",
       "Templates[1].DestPath", "two templates"},
  });
  expect_good({{.task = R"("Templates": [{"EmbeddedTmpl": "x", "DestPath": "a", "Uid": -1, "Gid": 0,
      "Wait": {"Min": "1s", "Max": "5s"}, "ChangeMode": "script", "ChangeScript": {"Command": "/x"}}])"}});
}

TEST(ValidateArtifact, HeadersAreForHttp) {
  expect_task_warnings({{R"("Artifacts": [{"GetterSource": "s3://x/y", "GetterHeaders": {"A": "b"}}])",
                         "Artifacts[0].GetterHeaders", "http and https only"}});
  expect_task_errors({{R"("Artifacts": [{"GetterSource": "https://x/y", "GetterHeaders": {"A": "b\n"}}])",
                       "Artifacts[0].GetterHeaders", "line break"}});
}

TEST(ValidateVault, PoliciesAndSignals) {
  expect_task_errors({
      {R"("Vault": {"Policies": ["root"]})", "Vault.Policies[0]", "root policy"},
      {R"("Vault": {"Policies": ["x"], "ChangeMode": "reload"})", "Vault.ChangeMode", "noop, restart or signal"},
      {R"("Vault": {"Policies": ["x"], "ChangeMode": "signal", "ChangeSignal": "SIGNONE"})", "Vault.ChangeSignal",
       "SIGNONE"},
  });
  expect_task_warnings({{R"("Vault": {})", "Vault", "default role"}});
  expect_good({{.task = R"("Vault": {"Policies": ["x"], "ChangeMode": "signal"})"}});
}

TEST(ValidateIdentity, NamesAudiencesAndTimes) {
  expect_task_errors({
      {R"("Identities": [{"Name": "a b", "Audience": ["x"], "TTL": "1h"}])", "Identities[0].Name", "1 to 128"},
      {R"("Identities": [{"Name": "a", "Audience": ["x"], "TTL": "1h"}, {"Name": "a", "Audience": ["x"], "TTL": "1h"}])",
       "Identities[1].Name", "defined twice"},
      {R"("Identities": [{"Name": "a", "Audience": ["x"], "TTL": -1}])", "Identities[0].TTL", "negative"},
      {R"("Identity": {"TTL": "1h"})", "Identity.TTL", "no ttl"},
      {R"("Identity": {"ChangeMode": "signal"})", "Identity.ChangeSignal", "needs a change_signal"},
      {R"("Identity": {"ChangeSignal": "SIGHUP"})", "Identity.ChangeSignal", "change_mode = \"signal\""},
      {R"("Identity": {"Filepath": "../x"})", "Identity.Filepath", "leaves"},
  });
  expect_task_warnings({
      {R"("Identities": [{"Name": "a", "TTL": "1h"}])", "Identities[0].Audience", "without aud"},
      {R"("Identities": [{"Name": "a", "Audience": ["x"]}])", "Identities[0].TTL", "never expires"},
  });
}

TEST(ValidateActionsSecretsAndSchedules, HaveWhatTheyNeed) {
  expect_task_errors({
      {R"("Actions": [{"Name": "a b", "Command": "/x"}])", "Actions[0].Name", "1 to 128"},
      {R"("Actions": [{"Name": "a"}])", "Actions[0].Command", "missing"},
      {R"("Actions": [{"Name": "a", "Command": "/x"}, {"Name": "a", "Command": "/x"}])", "Actions[1].Name", "twice"},
      {R"("Secrets": [{"Name": "a", "Path": "x"}])", "Secrets[0].Provider", "missing"},
      {R"("Secrets": [{"Name": "a-b", "Provider": "nomad", "Path": "x"}])", "Secrets[0].Name", "1 to 128"},
      {R"("Schedule": {})", "Schedule", "needs a cron block"},
      {R"("Schedule": {"Cron": {"Start": "0 9 * * *", "End": "0 16"}})", "Schedule.Cron.Start", "six fields"},
      {R"("Schedule": {"Cron": {"Start": "30 9 * * MON-FRI *", "End": "16"}})", "Schedule.Cron.End",
       "minute and an hour"},
      {R"("Schedule": {"Cron": {"Start": "30 9 * * MON-FRI *", "End": "0 25"}})", "Schedule.Cron.End", ""},
  });
  expect_good({{.task = R"("Schedule": {"Cron": {"Start": "30 9 * * MON-FRI *", "End": "0 16"}})"}});
}

TEST(ValidateTaskIo, ResultsEndpointsAndAssets) {
  expect_task_errors({
      {R"("Results": [{"Name": "a", "Pattern": "*"}, {"Name": "a", "Pattern": "*"}])", "Results[1].Name", "twice"},
      {R"("Results": [{"Name": "a"}])", "Results[0].Pattern", "missing"},
      {R"("Results": [{"Name": "a", "Pattern": "*", "Streams": ["log"]}])", "Results[0].Streams[0]", "stdout"},
      {R"("Expose": [{"Port": "0"}])", "Expose[0].Port", "no port between"},
      {R"("Expose": [{"Port": "9-8"}])", "Expose[0].Port", "no port between"},
      {R"("Expose": [{"Port": "80-90"}, {"Port": "85"}])", "Expose[1].Port", "exposed twice"},
      {R"("Expose": [{"Port": "80", "Type": "ftp"}])", "Expose[0].Type", "webapi"},
      {R"("Expose": [{"Port": "80", "Checks": [{"Type": "http", "Path": "x"}]}])", "Expose[0].Checks[0].Path", "slash"},
      {R"("Expose": [{"Port": "80", "Checks": [{"Type": "http", "Path": "/", "ExpectedStatus": 20}]}])",
       "Expose[0].Checks[0].ExpectedStatus", "100 and 599"},
      {R"("Assets": [{"Type": "FTP", "Target": "/a"}])", "Assets[0].Type", "S3, HF or Ollama"},
      {R"("Assets": [{"Type": "S3", "URL": "s3://x"}])", "Assets[0].Target", "missing"},
      {R"("Assets": [{"Type": "S3", "Target": "/a"}])", "Assets[0]", "url or buckets"},
      {R"("Assets": [{"Type": "S3", "Target": "a", "URL": "s3://x"}])", "Assets[0].Target", "from the root"},
      {R"("Assets": [{"Type": "HF", "Target": "/a"}])", "Assets[0].Repo", "missing"},
      {R"("Assets": [{"Type": "Ollama", "Target": "/a"}])", "Assets[0].Model", "missing"},
      {R"("Assets": [{"Type": "HF", "Target": "/a", "Repo": "x"}, {"Type": "HF", "Target": "/a", "Repo": "y"}])",
       "Assets[1].Target", "two assets"},
  });
  expect_task_warnings({{R"("PrivateEndpoints": true)", "PrivateEndpoints", "no effect"}});
  expect_good({{.task = R"("Expose": [{"Port": "80-90"}, {"Port": "%%ops.a.results.port%%"}, {"Port": "91"}])"}});
}

TEST(ValidateDispatchPayload, NeedsAJobThatTakesOne) {
  expect_errors({{{.job = R"("Type": "batch", "ParameterizedJob": {"Payload": "forbidden"})",
                   .task = R"("DispatchPayload": {"File": "x"})"},
                  "TaskGroups[0].Tasks[0].DispatchPayload",
                  "forbids"}});
}

}  // namespace
}  // namespace drover::model
