#include "model/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/random_instance.h"
#include "model/canonicalize.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Found {
  std::vector<std::string> errors;  // paths
  std::vector<std::string> warnings;
  std::string text;
};

Found found_in(const Job& given) {
  Job job = given;
  canonicalize(job);
  Diagnostics diagnostics;
  validate(job, diagnostics);
  Found found;
  for (const Diagnostic& d : diagnostics.all()) {
    (d.severity == Diagnostic::Severity::Error ? found.errors : found.warnings).push_back(d.path);
    found.text += d.format() + "\n";
  }
  return found;
}

Job from(std::string_view json) {
  auto job = codec::from_json<Job>(json);
  EXPECT_TRUE(job.has_value()) << (job ? "" : job.error().message());
  return job ? std::move(*job) : Job{};
}

constexpr std::string_view kGood = R"({
  "ID": "web", "Datacenters": ["dc1"],
  "TaskGroups": [{"Name": "api", "Tasks": [{"Name": "server", "Driver": "docker",
    "Resources": {"Networks": [{"DynamicPorts": [{"Label": "http"}]}]}}]}]})";

// What is wrong with a good job after one change.
std::vector<std::string> errors_after(void (*change)(Job&)) {
  Job job = from(kGood);
  change(job);
  const Found found = found_in(job);
  return found.errors;
}

std::vector<std::string> errors_in_group(void (*change)(TaskGroup&)) {
  Job job = from(kGood);
  change(job.task_groups[0]);
  const Found found = found_in(job);
  return found.errors;
}

std::vector<std::string> errors_in_task(void (*change)(Task&)) {
  Job job = from(kGood);
  change(job.task_groups[0].tasks[0]);
  const Found found = found_in(job);
  return found.errors;
}

TEST(Validate, AcceptsAGoodJob) {
  EXPECT_THAT(found_in(from(kGood)).errors, IsEmpty()) << found_in(from(kGood)).text;
  EXPECT_THAT(found_in(from(kGood)).warnings, IsEmpty());
}

TEST(Validate, FindsAllMistakesAtOnce) {
  const Found found = found_in(from(R"({
    "ID": "a b", "Priority": 101, "Datacenters": [],
    "TaskGroups": [
      {"Name": "g", "Count": -1, "RestartPolicy": {"Mode": "never"},
       "Tasks": [{"Name": "t/1", "Driver": "", "Resources": {"CPU": -5, "MemoryMB": 1}, "KillSignal": "SIGNONE"}]},
      {"Name": "g", "Tasks": []}]})"));
  EXPECT_THAT(found.errors,
              testing::UnorderedElementsAre(
                  "ID", "Priority", "Datacenters", "TaskGroups[0].Count", "TaskGroups[0].RestartPolicy.Mode",
                  "TaskGroups[0].Tasks[0].Name", "TaskGroups[0].Tasks[0].Driver",
                  "TaskGroups[0].Tasks[0].Resources.CPU", "TaskGroups[0].Tasks[0].Resources.MemoryMB",
                  "TaskGroups[0].Tasks[0].KillSignal", "TaskGroups[1]", "TaskGroups[1].Tasks"))
      << found.text;
}

TEST(Validate, MessagesNameTheThing) {
  const Found found = found_in(from(R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g",
      "Tasks": [{"Name": "t", "Driver": "docker", "Resources": {"MemoryMB": 5}}]}]})"));
  EXPECT_EQ(
      found.text,
      "TaskGroups[0].Tasks[0].Resources.MemoryMB: group \"g\", task \"t\": memory must be at least 10 MB, not 5\n");
}

TEST(ValidateJob, RefusesBadIds) {
  for (const char* id : {"", "a b", "a/b", "a\tb", "a\nb", "\xf0\x9f\x98\x80", "\xd7\xa9\xd7\x9c", "\xff"}) {
    Job job = from(kGood);
    job.id = id;
    job.name = "fine";
    EXPECT_THAT(found_in(job).errors, ElementsAre("ID")) << printable(id);
  }
  Job job = from(kGood);
  job.id = std::string("a\0b", 3);
  job.name = "fine";
  EXPECT_THAT(found_in(job).errors, ElementsAre("ID"));
  job.id = std::string(129, 'a');
  EXPECT_THAT(found_in(job).errors, ElementsAre("ID"));
  job.id = std::string(128, 'a');
  EXPECT_THAT(found_in(job).errors, IsEmpty());
}

TEST(ValidateJob, ChecksItsOwnFields) {
  EXPECT_THAT(errors_after([](Job& j) { j.priority = 0; }), ElementsAre("Priority"));
  EXPECT_THAT(errors_after([](Job& j) { j.datacenters = {""}; }), ElementsAre("Datacenters[0]"));
  EXPECT_THAT(errors_after([](Job& j) { j.payload.value = "x"; }), ElementsAre("Payload"));
  EXPECT_THAT(errors_after([](Job& j) { j.task_groups.clear(); }), ElementsAre("TaskGroups"));
  EXPECT_THAT(errors_after([](Job& j) { j.task_groups[0].count = 50'001; }), ElementsAre("TaskGroups"));
  EXPECT_THAT(errors_after([](Job& j) { j.meta[""] = "x"; }), ElementsAre("Meta"));
}

TEST(ValidateJob, LimitsTheSumOfAllCounts) {
  Job job = from(kGood);
  job.task_groups.push_back(job.task_groups[0]);
  job.task_groups[1].name = "other";
  for (TaskGroup& group : job.task_groups) group.count = 25'000;
  EXPECT_THAT(found_in(job).errors, IsEmpty());
  job.task_groups[1].count = INT32_MAX;
  EXPECT_THAT(found_in(job).errors, ElementsAre("TaskGroups"));
}

TEST(ValidateJob, PeriodicAndParameterizedJobsAreBatchJobs) {
  EXPECT_THAT(errors_after([](Job& j) { j.periodic = {.spec = "@daily"}; }), ElementsAre("Periodic"));
  EXPECT_THAT(errors_after([](Job& j) { j.parameterized.emplace(); }), ElementsAre("ParameterizedJob"));
  EXPECT_THAT(errors_after([](Job& j) {
                j.type = JobType::Batch;
                j.periodic = {.spec = "*/15 * * * * *", .time_zone = "Europe/Berlin"};
              }),
              IsEmpty());
  EXPECT_THAT(errors_after([](Job& j) {
                j.type = JobType::Batch;
                j.parameterized = {.payload = "some", .meta_required = {"a", "b"}, .meta_optional = {"b"}};
              }),
              ElementsAre("ParameterizedJob.Payload", "ParameterizedJob.MetaOptional[0]"));
}

TEST(ValidateJob, BatchJobsHaveNoUpdate) {
  EXPECT_THAT(errors_after([](Job& j) {
                j.type = JobType::Batch;
                j.update.emplace();
              }),
              ElementsAre("Update"));
}

TEST(ValidateJob, SystemJobsRunOnceOnEachNode) {
  EXPECT_THAT(errors_after([](Job& j) {
                j.type = JobType::System;
                j.task_groups[0].count = 2;
                j.task_groups[0].reschedule.emplace();
              }),
              ElementsAre("TaskGroups[0].Count", "TaskGroups[0].ReschedulePolicy"));
}

TEST(ValidateUpdate, ChecksTheTimes) {
  const auto with = [](UpdateStrategy update) {
    Job job = from(kGood);
    job.update = update;
    return found_in(job).errors;
  };
  using std::chrono::minutes;
  EXPECT_THAT(with({.max_parallel = -1}), ElementsAre("Update.MaxParallel"));
  EXPECT_THAT(with({.health_check = "luck"}), ElementsAre("Update.HealthCheck"));
  EXPECT_THAT(with({.min_healthy_time = minutes(5)}), ElementsAre("Update.MinHealthyTime"));
  EXPECT_THAT(with({.healthy_deadline = minutes(11)}), ElementsAre("Update.ProgressDeadline"));
  EXPECT_THAT(with({.healthy_deadline = minutes(11), .progress_deadline = minutes(0)}), IsEmpty());
  EXPECT_THAT(with({.auto_promote = true}), ElementsAre("Update.AutoPromote"));
  EXPECT_THAT(with({.canary = -1}), ElementsAre("Update.Canary"));
}

TEST(ValidateRestart, ChecksThatAttemptsFit) {
  using std::chrono::seconds;
  const auto with = [](RestartPolicy policy) {
    Job job = from(kGood);
    job.task_groups[0].restart = policy;
    return found_in(job).errors;
  };
  EXPECT_THAT(with({.attempts = -1}), ElementsAre("TaskGroups[0].RestartPolicy.Attempts"));
  EXPECT_THAT(with({.attempts = 0, .mode = "delay"}), ElementsAre("TaskGroups[0].RestartPolicy.Attempts"));
  EXPECT_THAT(with({.attempts = 10, .interval = seconds(60)}), ElementsAre("TaskGroups[0].RestartPolicy.Attempts"));
  EXPECT_THAT(with({.attempts = 1, .interval = seconds(4), .delay = seconds(1)}),
              ElementsAre("TaskGroups[0].RestartPolicy.Interval"));
}

TEST(ValidateReschedule, ChecksThatDelaysFit) {
  using std::chrono::seconds;
  const auto with = [](ReschedulePolicy policy) {
    Job job = from(kGood);
    job.task_groups[0].reschedule = policy;
    return found_in(job).errors;
  };
  EXPECT_THAT(with({.delay_function = "random"}), ElementsAre("TaskGroups[0].ReschedulePolicy.DelayFunction"));
  EXPECT_THAT(with({.delay = seconds(1)}), ElementsAre("TaskGroups[0].ReschedulePolicy.Delay"));
  EXPECT_THAT(with({.attempts = 3, .unlimited = true}), ElementsAre("TaskGroups[0].ReschedulePolicy.Unlimited"));
  EXPECT_THAT(with({.max_delay = seconds(10)}), ElementsAre("TaskGroups[0].ReschedulePolicy.MaxDelay"));
  // 10 s + 20 s + 40 s
  EXPECT_THAT(with({.attempts = 3, .interval = seconds(69), .delay = seconds(10)}),
              ElementsAre("TaskGroups[0].ReschedulePolicy.Attempts"));
  EXPECT_THAT(with({.attempts = 3, .interval = seconds(70), .delay = seconds(10)}), IsEmpty());
  EXPECT_THAT(with({.attempts = INT32_MAX, .interval = Duration::max()}),
              ElementsAre("TaskGroups[0].ReschedulePolicy.Attempts"));
}

TEST(ValidateGroup, ChecksItsOwnFields) {
  EXPECT_THAT(errors_in_group([](TaskGroup& g) { g.name = ""; }), ElementsAre("TaskGroups[0].Name"));
  EXPECT_THAT(errors_in_group([](TaskGroup& g) { g.ephemeral_disk.size_mb = 9; }),
              testing::Contains("TaskGroups[0].EphemeralDisk.SizeMB"));
  EXPECT_THAT(errors_in_group([](TaskGroup& g) { g.networks.resize(2); }), ElementsAre("TaskGroups[0].Networks[1]"));
  EXPECT_THAT(errors_in_group([](TaskGroup& g) { g.networks.emplace_back().mode = "wifi"; }),
              ElementsAre("TaskGroups[0].Networks[0].Mode"));
  EXPECT_THAT(errors_in_group([](TaskGroup& g) { g.shutdown_delay = std::chrono::seconds(-1); }),
              ElementsAre("TaskGroups[0].ShutdownDelay"));
}

TEST(ValidateGroup, TasksHaveDifferentNamesAndOneLeader) {
  EXPECT_THAT(errors_in_group([](TaskGroup& g) {
                g.tasks[0].leader = true;
                g.tasks.push_back(g.tasks[0]);
              }),
              ElementsAre("TaskGroups[0].Tasks[1]", "TaskGroups[0].Tasks[1].Leader"));
}

TEST(ValidatePorts, RefusesWhatCannotBeGiven) {
  EXPECT_THAT(errors_in_task([](Task& t) {
                t.resources.networks[0].reserved_ports = {{.label = "a", .value = 70000}, {.label = "b", .value = 0}};
              }),
              ElementsAre("TaskGroups[0].Tasks[0].Resources.Networks[0].ReservedPorts[0].Value",
                          "TaskGroups[0].Tasks[0].Resources.Networks[0].ReservedPorts[1].Value"));
  EXPECT_THAT(errors_in_task([](Task& t) {
                t.resources.networks[0].dynamic_ports = {{.label = "a b"}, {.label = "x"}, {.label = "X"}};
              }),
              ElementsAre("TaskGroups[0].Tasks[0].Resources.Networks[0].DynamicPorts[0].Label",
                          "TaskGroups[0].Tasks[0].Resources.Networks[0].DynamicPorts[2].Label"));
}

TEST(ValidatePorts, AGroupHasEveryStaticPortOnce) {
  EXPECT_THAT(errors_in_group([](TaskGroup& g) {
                g.networks.emplace_back().reserved_ports = {{.label = "a", .value = 443}};
                g.tasks[0].resources.networks[0].reserved_ports = {{.label = "b", .value = 443}};
              }),
              ElementsAre("TaskGroups[0].Tasks[0].Resources.Networks[0].ReservedPorts[0].Value"));
}

TEST(ValidateDependencies, RefusesWhatCanNeverStart) {
  const auto with = [](std::vector<std::vector<std::string>> needs) {
    Job job = from(kGood);
    auto& tasks = job.task_groups[0].tasks;
    tasks.resize(needs.size(), tasks[0]);
    for (size_t i = 0; i < needs.size(); ++i) {
      tasks[i].name = std::string(1, static_cast<char>('a' + i));
      for (const std::string& need : needs[i]) tasks[i].depends_on.push_back({.task = need});
    }
    return found_in(job).errors;
  };
  EXPECT_THAT(with({{}, {"a"}, {"a", "b"}}), IsEmpty());
  EXPECT_THAT(with({{"a"}}), ElementsAre("TaskGroups[0].Tasks[0].DependsOn[0]"));
  EXPECT_THAT(with({{"x"}}), ElementsAre("TaskGroups[0].Tasks[0].DependsOn[0]"));
  EXPECT_THAT(with({{}, {"a", "a"}}), ElementsAre("TaskGroups[0].Tasks[1].DependsOn[1]"));
  EXPECT_THAT(with({{"c"}, {"a"}, {"b"}}), ElementsAre("TaskGroups[0].Tasks"));
}

TEST(ValidateDependencies, NamesTheCycle) {
  Job job = from(R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [
      {"Name": "x", "Driver": "docker", "DependsOn": [{"Task": "y"}]},
      {"Name": "y", "Driver": "docker", "DependsOn": [{"Task": "x"}]}]}]})");
  EXPECT_THAT(found_in(job).text, testing::HasSubstr("x → y → x"));
}

TEST(ValidateTask, ChecksItsOwnFields) {
  EXPECT_THAT(errors_in_task([](Task& t) { t.config = codec::Value("x"); }),
              ElementsAre("TaskGroups[0].Tasks[0].Config"));
  EXPECT_THAT(errors_in_task([](Task& t) { t.kill_timeout = Duration(-1); }),
              ElementsAre("TaskGroups[0].Tasks[0].KillTimeout"));
  EXPECT_THAT(errors_in_task([](Task& t) { t.env["A=B"] = "x"; }), ElementsAre("TaskGroups[0].Tasks[0].Env"));
  EXPECT_THAT(errors_in_task([](Task& t) { t.resources.iops = 5; }),
              ElementsAre("TaskGroups[0].Tasks[0].Resources.IOPS"));
  EXPECT_THAT(errors_in_task([](Task& t) { t.kill_signal = "sigusr1"; }), IsEmpty());
  EXPECT_THAT(errors_in_task([](Task& t) { t.dispatch_payload = {.file = "../x"}; }),
              ElementsAre("TaskGroups[0].Tasks[0].DispatchPayload", "TaskGroups[0].Tasks[0].DispatchPayload.File"));
}

TEST(ValidateLogs, CountBothStreamsWhenAskedFor) {
  const auto with = [](LogConfig logs, int32_t disk) {
    Job job = from(kGood);
    job.task_groups[0].ephemeral_disk.size_mb = disk;
    job.task_groups[0].tasks[0].logs = logs;
    return found_in(job).errors;
  };
  EXPECT_THAT(with({3, 10}, 60), IsEmpty());
  EXPECT_THAT(with({3, 10}, 59), ElementsAre("TaskGroups[0].Tasks[0].LogConfig"));
  EXPECT_THAT(with({}, 101), IsEmpty());
  EXPECT_THAT(with({}, 100), ElementsAre("TaskGroups[0].Tasks[0].LogConfig"));
  EXPECT_THAT(with({0, 10}, 300), ElementsAre("TaskGroups[0].Tasks[0].LogConfig.MaxFiles"));
}

TEST(ValidateArtifact, ChecksSourceDestinationAndChecksum) {
  const auto with = [](Artifact artifact) {
    Job job = from(kGood);
    job.task_groups[0].tasks[0].artifacts = {artifact};
    return found_in(job).errors;
  };
  const std::string at = "TaskGroups[0].Tasks[0].Artifacts[0].";
  EXPECT_THAT(with({.source = "http://x", .options = {{"checksum", "md5:c4aa853ad2215426eb7d70a21922e794"}}}),
              IsEmpty());
  EXPECT_THAT(with({}), ElementsAre(at + "GetterSource"));
  EXPECT_THAT(with({.source = "x", .mode = "all"}), ElementsAre(at + "GetterMode"));
  EXPECT_THAT(with({.source = "x", .destination = "a/../../../b"}), ElementsAre(at + "RelativeDest"));
  EXPECT_THAT(with({.source = "x", .destination = "../alloc/data"}), IsEmpty());
  EXPECT_THAT(with({.source = "x", .options = {{"checksum", "md5:12"}}}), ElementsAre(at + "GetterOptions[checksum]"));
}

TEST(ValidateTemplate, ChecksWhatExcludesEachOther) {
  const auto with = [](Template file) {
    Job job = from(kGood);
    job.task_groups[0].tasks[0].templates = {file};
    return found_in(job).errors;
  };
  const std::string at = "TaskGroups[0].Tasks[0].Templates[0]";
  EXPECT_THAT(with({.dest_path = "local/x", .embedded = "y"}), IsEmpty());
  EXPECT_THAT(with({.dest_path = "local/x"}), ElementsAre(at));
  EXPECT_THAT(with({.source_path = "a", .dest_path = "local/x", .embedded = "y"}), ElementsAre(at));
  EXPECT_THAT(with({.embedded = "y"}), ElementsAre(at + ".DestPath"));
  EXPECT_THAT(with({.dest_path = "x", .embedded = "y", .change_mode = "signal"}), ElementsAre(at + ".ChangeSignal"));
  EXPECT_THAT(
      with({.dest_path = "x", .embedded = "y", .change_mode = "signal", .change_signal = "SIGHUP", .envvars = true}),
      ElementsAre(at + ".Envvars"));
  EXPECT_THAT(with({.dest_path = "x", .embedded = "y", .perms = "0999"}), ElementsAre(at + ".Perms"));
}

TEST(ValidateService, ChecksNameAndPort) {
  const auto with = [](Service service) {
    Job job = from(kGood);
    job.task_groups[0].tasks[0].services = {service};
    return found_in(job).errors;
  };
  const std::string at = "TaskGroups[0].Tasks[0].Services[0].";
  EXPECT_THAT(with({.name = "web", .port_label = "http"}), IsEmpty());
  EXPECT_THAT(with({.name = "${NOMAD_DC}_x", .port_label = "http"}), IsEmpty());
  EXPECT_THAT(with({.name = "web_1"}), ElementsAre(at + "Name"));
  EXPECT_THAT(with({.name = std::string(64, 'a')}), ElementsAre(at + "Name"));
  EXPECT_THAT(with({.name = "web", .port_label = "none"}), ElementsAre(at + "PortLabel"));
  EXPECT_THAT(with({.name = "web", .port_label = "8080"}), ElementsAre(at + "PortLabel"));
  EXPECT_THAT(with({.name = "web", .port_label = "8080", .address_mode = "driver"}), IsEmpty());
  EXPECT_THAT(with({.name = "web", .address_mode = "moon"}), ElementsAre(at + "AddressMode"));
}

TEST(ValidateService, TwoServicesDifferInNameOrPort) {
  EXPECT_THAT(errors_in_task([](Task& t) { t.services = {{.name = "a"}, {.name = "a"}}; }),
              ElementsAre("TaskGroups[0].Tasks[0].Services[1].Name"));
}

TEST(ValidateCheck, ChecksWhatItsTypeNeeds) {
  const auto with = [](Check check, std::string port = "http") {
    Job job = from(kGood);
    if (check.interval == Duration::zero()) check.interval = std::chrono::seconds(10);
    if (check.timeout == Duration::zero()) check.timeout = std::chrono::seconds(2);
    job.task_groups[0].tasks[0].services = {{.name = "web", .port_label = port, .checks = {check}}};
    return found_in(job).errors;
  };
  const std::string at = "TaskGroups[0].Tasks[0].Services[0].Checks[0].";
  EXPECT_THAT(with({.type = "tcp"}), IsEmpty());
  EXPECT_THAT(with({.type = "tcp"}, ""), ElementsAre(at + "PortLabel"));
  EXPECT_THAT(with({.type = "http", .path = "/health"}), IsEmpty());
  EXPECT_THAT(with({.type = "http"}), ElementsAre(at + "Path"));
  EXPECT_THAT(with({.type = "http", .path = "http://x/health"}), ElementsAre(at + "Path"));
  EXPECT_THAT(with({.type = "http", .path = "/", .protocol = "gopher"}), ElementsAre(at + "Protocol"));
  EXPECT_THAT(with({.type = "http", .path = "/", .header = {{"A", {"x\r\ny"}}}}), ElementsAre(at + "Header[A]"));
  EXPECT_THAT(with({.type = "script"}), ElementsAre(at + "Command"));
  EXPECT_THAT(with({.type = "ping"}), ElementsAre(at + "Type"));
  EXPECT_THAT(with({.type = "tcp", .interval = Duration(1)}), ElementsAre(at + "Interval"));
  EXPECT_THAT(with({.type = "tcp", .timeout = Duration(1)}), ElementsAre(at + "Timeout"));
  EXPECT_THAT(with({.type = "tcp", .initial_status = "good"}), ElementsAre(at + "InitialStatus"));
  EXPECT_THAT(with({.type = "tcp", .check_restart = CheckRestart{.limit = -1}}),
              ElementsAre(at + "CheckRestart.Limit"));
}

TEST(ValidateConstraint, ChecksOperatorAndValue) {
  const auto with = [](Constraint constraint) {
    Job job = from(kGood);
    job.constraints = {constraint};
    const Found found = found_in(job);
    return found.errors;
  };
  EXPECT_THAT(with({"${attr.a}", "b", "is"}), IsEmpty());
  EXPECT_THAT(with({"${attr.a}", "", "is_set"}), IsEmpty());
  EXPECT_THAT(with({"", "", "distinct_hosts"}), IsEmpty());
  EXPECT_THAT(with({"${attr.a}", ">= 1.2, < 2.0", "version"}), IsEmpty());
  EXPECT_THAT(with({"${attr.a}", "${attr.b}", "version"}), IsEmpty());
  EXPECT_THAT(with({"${attr.a}", "b", "like"}), ElementsAre("Constraints[0].Operand"));
  EXPECT_THAT(with({"", "b", "="}), ElementsAre("Constraints[0].LTarget"));
  EXPECT_THAT(with({"${attr.a}", "", "="}), ElementsAre("Constraints[0].RTarget"));
  EXPECT_THAT(with({"${attr.a}", "(", "regexp"}), ElementsAre("Constraints[0].RTarget"));
  EXPECT_THAT(with({"${attr.a}", "(a{1000}){1000}", "regexp"}), ElementsAre("Constraints[0].RTarget"));
  EXPECT_THAT(with({"${attr.a}", "new", "version"}), ElementsAre("Constraints[0].RTarget"));
  EXPECT_THAT(with({"${attr.a}", "0", "distinct_property"}), ElementsAre("Constraints[0].RTarget"));
  EXPECT_THAT(with({"${attr.a}", "x", "is_set"}), ElementsAre("Constraints[0].RTarget"));
}

TEST(ValidateConstraint, DistinctIsNotForTasks) {
  EXPECT_THAT(errors_in_task([](Task& t) { t.constraints = {{"", "", "distinct_hosts"}}; }),
              ElementsAre("TaskGroups[0].Tasks[0].Constraints[0].Operand"));
}

TEST(ValidateConstraint, WarnsThatNumbersAreComparedAsTexts) {
  Job job = from(kGood);
  job.constraints = {{"${attr.cpu.numcores}", "8", ">="}};
  EXPECT_THAT(found_in(job).errors, IsEmpty());
  EXPECT_THAT(found_in(job).warnings, ElementsAre("Constraints[0].RTarget"));
}

TEST(ValidateConstraint, RefusesTooManyAtOnce) {
  Job job = from(kGood);
  job.constraints.resize(1001, {"${attr.a}", "b", "regexp"});
  EXPECT_THAT(found_in(job).errors, ElementsAre(""));
}

TEST(ValidateCron, AcceptsTheDocumentedForms) {
  for (const char* spec : {"*/15 * * * * *", "*/15 * * * *", "0 9-17/2 * * MON-FRI", "@daily", "@weekly", "0 0 L * *",
                           "0 0 15W * *", "0 0 * * 5#2", "30 0 12 1,15 JAN,JUL ? 2030", "0 0 29 2 *", "0 0 * * 5L"}) {
    Diagnostics diagnostics;
    validate_cron(spec, Problems(diagnostics));
    EXPECT_FALSE(diagnostics.has_errors()) << spec << ": " << diagnostics.to_error().message();
  }
}

TEST(ValidateCron, RefusesTheRest) {
  for (const char* spec : {"", "* * * *", "*/0 * * * *", "* * * * * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                           "* * * 13 *", "* * * * 8", "5-1 * * * *", "a * * * *", "@never", "0 0 30 2 *",
                           "0 0 31 4,6 *", "*/99999999999 * * * *", "1,,2 * * * *", "*/15 - *"}) {
    Diagnostics diagnostics;
    validate_cron(spec, Problems(diagnostics));
    EXPECT_TRUE(diagnostics.has_errors()) << spec;
  }
}

TEST(Validate, StandsAnything) {
  SeededRandom random(11);
  for (int i = 0; i < 100; ++i) {
    Job job = codec::random_instance<Job>(random);
    canonicalize(job);
    Diagnostics diagnostics;
    validate(job, diagnostics);
  }
}

}  // namespace
}  // namespace drover::model
