#include "model/canonicalize.h"

#include <gtest/gtest.h>

#include "codec/compare.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/random_instance.h"

namespace drover::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Job canonical(std::string_view json) {
  auto job = codec::from_json<Job>(json);
  EXPECT_TRUE(job.has_value()) << (job ? "" : job.error().message());
  if (!job) return {};
  canonicalize(*job);
  return std::move(*job);
}

TEST(Canonicalize, NamesTheJobAfterItsId) {
  const Job job = canonical(R"({"ID": "web"})");
  EXPECT_EQ(job.name, "web");
  EXPECT_EQ(canonical(R"({"ID": "web", "Name": "Web"})").name, "Web");
}

TEST(Canonicalize, FillsEmptyTextsThatHaveADefault) {
  const Job job = canonical(R"({"ID": "a", "Namespace": "", "Region": "", "NodePool": ""})");
  EXPECT_EQ(job.ns, "default");
  EXPECT_EQ(job.region, "global");
  EXPECT_EQ(job.node_pool, "default");
}

TEST(Canonicalize, RestartDefaultsFollowTheTypeOfTheJob) {
  const RestartPolicy service = *canonical(R"({"TaskGroups": [{}]})").task_groups[0].restart;
  EXPECT_EQ(service.attempts, 2);
  EXPECT_EQ(service.interval, minutes(1));
  EXPECT_EQ(service.delay, seconds(15));
  EXPECT_EQ(service.mode, "delay");
  const RestartPolicy batch = *canonical(R"({"Type": "batch", "TaskGroups": [{}]})").task_groups[0].restart;
  EXPECT_EQ(batch.attempts, 15);
  EXPECT_EQ(batch.interval, hours(168));
}

TEST(Canonicalize, GivenRestartMembersStay) {
  const Job job = canonical(R"({"TaskGroups": [{"RestartPolicy": {"Attempts": 1},
                                 "Tasks": [{"RestartPolicy": {"Delay": 1000000000}}]}]})");
  EXPECT_EQ(job.task_groups[0].restart->attempts, 1);
  EXPECT_EQ(job.task_groups[0].restart->mode, "delay");
  EXPECT_EQ(job.task_groups[0].tasks[0].restart->attempts, 1);
  EXPECT_EQ(job.task_groups[0].tasks[0].restart->delay, seconds(1));
}

TEST(Canonicalize, NoRestartAttemptsMeanFail) {
  EXPECT_EQ(canonical(R"({"TaskGroups": [{"RestartPolicy": {"Attempts": 0}}]})").task_groups[0].restart->mode, "fail");
}

TEST(Canonicalize, AttemptsGetAnIntervalThatTheyFitInto) {
  const Job job = canonical(R"({"TaskGroups": [{"RestartPolicy": {"Attempts": 100, "Delay": "3s"}}]})");
  EXPECT_EQ(job.task_groups[0].restart->interval, seconds(600));
}

TEST(Canonicalize, MergesTheUpdateOfTheJobIntoTheGroups) {
  const Job job = canonical(R"({"Update": {"MaxParallel": 3, "Canary": 1},
                                "TaskGroups": [{"Update": {"Canary": 2}}, {}]})");
  EXPECT_EQ(job.task_groups[0].update->max_parallel, 3);
  EXPECT_EQ(job.task_groups[0].update->canary, 2);
  EXPECT_EQ(job.task_groups[1].update->canary, 1);
  EXPECT_EQ(job.task_groups[1].update->healthy_deadline, minutes(5));
}

TEST(Canonicalize, WithoutUpdateThereIsNone) {
  EXPECT_FALSE(canonical(R"({"TaskGroups": [{}]})").task_groups[0].update.has_value());
}

TEST(Canonicalize, BlocksOfZerosAskForNothing) {
  const Job job =
      canonical(R"({"Type": "system", "Update": {"MaxParallel": 0, "HealthCheck": "", "Stagger": 0, "Canary": 0,
      "MinHealthyTime": 0, "HealthyDeadline": 0, "AutoRevert": false}, "TaskGroups": [{"ReschedulePolicy": {"Attempts": 0,
      "Interval": 0, "Delay": 0, "MaxDelay": 0, "Unlimited": false, "DelayFunction": ""},
      "RestartPolicy": {"Mode": ""}}]})");
  EXPECT_FALSE(job.update.has_value());
  EXPECT_FALSE(job.task_groups[0].update.has_value());
  EXPECT_FALSE(job.task_groups[0].reschedule.has_value());
  EXPECT_EQ(job.task_groups[0].restart->mode, "delay");
}

TEST(Canonicalize, AGroupMaySetAMemberOfTheJobsUpdateToZero) {
  const Job job =
      canonical(R"({"Update": {"Canary": 1, "MaxParallel": 2}, "TaskGroups": [{"Update": {"Canary": 0}}]})");
  EXPECT_EQ(job.task_groups[0].update->canary, 0);
  EXPECT_EQ(job.task_groups[0].update->max_parallel, 2);
}

TEST(Canonicalize, StaggerAloneIsTheTimeBetweenUpdates) {
  const Job job = canonical(R"({"Update": {"MaxParallel": 1, "Stagger": "20m"}, "TaskGroups": [{}]})");
  const UpdateStrategy& update = *job.task_groups[0].update;
  EXPECT_EQ(update.min_healthy_time, minutes(20));
  EXPECT_EQ(update.healthy_deadline, minutes(25));
  EXPECT_EQ(update.progress_deadline, minutes(30));
}

TEST(Canonicalize, ReschedulesByType) {
  EXPECT_EQ(canonical(R"({"TaskGroups": [{}]})").task_groups[0].reschedule->unlimited, true);
  EXPECT_EQ(canonical(R"({"Type": "batch", "TaskGroups": [{}]})").task_groups[0].reschedule->attempts, 1);
  EXPECT_FALSE(canonical(R"({"Type": "system", "TaskGroups": [{}]})").task_groups[0].reschedule.has_value());
  const Job limited = canonical(R"({"Reschedule": {"Attempts": 3, "Interval": "1h"}, "TaskGroups": [{}]})");
  EXPECT_EQ(limited.task_groups[0].reschedule->unlimited, false);
  EXPECT_EQ(limited.task_groups[0].reschedule->attempts, 3);
}

TEST(Canonicalize, TaskDisksBecomeTheDiskOfTheGroup) {
  const Job job =
      canonical(R"({"TaskGroups": [{"Tasks": [{"Resources": {"DiskMB": 200}}, {"Resources": {"DiskMB": 400}}]},
                                               {"EphemeralDisk": {"SizeMB": 50}, "Tasks": [{"Resources": {"DiskMB": 200}}]}]})");
  EXPECT_EQ(job.task_groups[0].ephemeral_disk.size_mb, 600);
  EXPECT_EQ(job.task_groups[0].tasks[0].resources.disk_mb, 0);
  EXPECT_EQ(job.task_groups[1].ephemeral_disk.size_mb, 50);
}

TEST(Canonicalize, ServicesAreNamedAfterWhereTheyStand) {
  const Job job = canonical(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Services": [{}],
      "Tasks": [{"Name": "t", "Services": [{}, {"Name": "${JOB}-x-${TASKGROUP}-${TASK}"}, {"Name": "${NOMAD_DC}"}]}]}]})");
  const Task& task = job.task_groups[0].tasks[0];
  EXPECT_EQ(task.services[0].name, "j-g-t");
  EXPECT_EQ(task.services[1].name, "j-x-g-t");
  EXPECT_EQ(task.services[2].name, "${NOMAD_DC}");
  EXPECT_EQ(job.task_groups[0].services[0].name, "j-g-group");
}

TEST(Canonicalize, ChecksInheritFromTheirService) {
  const Job job = canonical(R"({"TaskGroups": [{"Tasks": [{"Services": [{"Name": "s", "PortLabel": "http",
      "CheckRestart": {"Limit": 3}, "Checks": [{"Type": "http", "Path": "/"}, {"Type": "script"},
                                               {"Type": "tcp", "PortLabel": "admin", "CheckRestart": {"Limit": 1}}]}]}]}]})");
  const auto& checks = job.task_groups[0].tasks[0].services[0].checks;
  EXPECT_EQ(checks[0].name, "service: \"s\" check");
  EXPECT_EQ(checks[0].port_label, "http");
  EXPECT_EQ(checks[0].protocol, "http");
  EXPECT_EQ(checks[0].method, "GET");
  EXPECT_EQ(checks[0].check_restart->limit, 3);
  EXPECT_EQ(checks[1].port_label, "");
  EXPECT_EQ(checks[2].port_label, "admin");
  EXPECT_EQ(checks[2].check_restart->limit, 1);
}

TEST(Canonicalize, ArtifactsGoIntoTheLocalDirectory) {
  const Job job = canonical(R"({"TaskGroups": [{"Tasks": [{"Artifacts": [{"GetterSource": "http://x/a.zip?v=1"},
      {"GetterSource": "http://x/a.bin?v=1", "GetterMode": "file"}, {"GetterSource": "x", "RelativeDest": "data"}]}]}]})");
  const auto& artifacts = job.task_groups[0].tasks[0].artifacts;
  EXPECT_EQ(artifacts[0].destination, "local/");
  EXPECT_EQ(artifacts[1].destination, "local/a.bin");
  EXPECT_EQ(artifacts[2].destination, "data");
}

TEST(Canonicalize, ServicesMigrateAndOthersDoNot) {
  const Job job =
      canonical(R"({"Migrate": {"MaxParallel": 3}, "TaskGroups": [{"Migrate": {"HealthCheck": "task_states"}}]})");
  EXPECT_EQ(job.task_groups[0].migrate->max_parallel, 3);
  EXPECT_EQ(job.task_groups[0].migrate->health_check, "task_states");
  EXPECT_EQ(job.task_groups[0].migrate->min_healthy_time, seconds(10));
  EXPECT_EQ(job.task_groups[0].migrate->healthy_deadline, minutes(5));
  EXPECT_FALSE(canonical(R"({"Type": "batch", "TaskGroups": [{}]})").task_groups[0].migrate.has_value());
}

TEST(Canonicalize, OlderSpellingsOfDisconnectTakeItsPlace) {
  const Job job = canonical(R"({"TaskGroups": [{"MaxClientDisconnect": "1h", "PreventRescheduleOnLost": true}, {},
                                               {"Disconnect": {"LostAfter": "1h"}, "MaxClientDisconnect": "2h"}]})");
  const TaskGroup& group = job.task_groups[0];
  EXPECT_EQ(group.disconnect->lost_after, hours(1));
  EXPECT_EQ(group.disconnect->replace, false);
  EXPECT_EQ(group.disconnect->reconcile, "best_score");
  EXPECT_FALSE(group.max_client_disconnect || group.prevent_reschedule_on_lost);
  EXPECT_FALSE(job.task_groups[1].disconnect.has_value());
  EXPECT_EQ(job.task_groups[2].max_client_disconnect, hours(2)) << "contradicts";
}

TEST(Canonicalize, ScalingVaultCoresAndGateways) {
  const Job job =
      canonical(R"({"TaskGroups": [{"Count": 2, "Scaling": {"Max": 5}, "Services": [{"Connect": {"Gateway": {}}}],
      "Volumes": {"v": {"Type": "HOST"}}, "Tasks": [{"Resources": {"Cores": 2}, "Vault": {"ChangeMode": "signal"}}]}]})");
  const TaskGroup& group = job.task_groups[0];
  EXPECT_EQ(group.scaling->type, "horizontal");
  EXPECT_EQ(group.scaling->min, 2);
  EXPECT_EQ(group.volumes.at("v").name, "v");
  EXPECT_EQ(group.volumes.at("v").type, "host");
  EXPECT_EQ(group.services[0].connect->gateway->proxy->connect_timeout, seconds(5));
  EXPECT_EQ(group.services[0].on_update, "require_healthy");
  EXPECT_EQ(group.tasks[0].resources.cpu, 0);
  EXPECT_EQ(group.tasks[0].vault->change_signal, "SIGHUP");
}

TEST(Canonicalize, TwiceIsAsGoodAsOnce) {
  SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    Job once = codec::random_instance<Job>(random);
    canonicalize(once);
    Job twice = once;
    canonicalize(twice);
    ASSERT_TRUE(codec::equal(once, twice));
  }
}

}  // namespace
}  // namespace drover::model
