#include "client/client_test_support.h"

#include "client/sync/update_sender.h"
#include "sys/files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

namespace drover::client {
namespace {

TEST_F(ClientTest, RegistersTheNodeAndSendsHeartbeats) {
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.heartbeats >= 2; }));
  EXPECT_FALSE(server.node.id.empty());
  EXPECT_FALSE(server.node.secret_id.empty());
  EXPECT_EQ(server.node.attributes["kernel.name"], "linux");
  EXPECT_EQ(server.node.attributes["driver.mock_driver"], "1");
  EXPECT_TRUE(server.node.drivers["raw_exec"].healthy);
  EXPECT_GT(server.node.resources.cpu, 0);
  EXPECT_EQ(server.node.networks.at(0).ip, "127.0.0.1");
}

TEST_F(ClientTest, IsTheSameNodeAfterARestart) {
  {
    TestAgent agent(dir.path(), server);
    ASSERT_TRUE(server.wait([&] { return server.hellos == 1; }));
  }
  const auto first = server.node;
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2; }));
  EXPECT_EQ(server.node.id, first.id);
  EXPECT_EQ(server.node.secret_id, first.secret_id);
}

TEST_F(ClientTest, RunsABatchTaskToItsEnd) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {mock_task("t", {{"run_for", "20ms"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  const auto state = server.alloc(id).task_states.at("t");
  EXPECT_EQ(state.state, model::TaskStateKind::Dead);
  EXPECT_FALSE(state.failed);
  for (const char* type : {"Received", "Task Setup", "Started", "Terminated"}) EXPECT_TRUE(has_event(state, type));
}

TEST_F(ClientTest, ReportsTheExitCodeOfATask) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {shell_task("t", "exit 7")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto state = server.alloc(id).task_states.at("t");
  EXPECT_TRUE(state.failed);
  const auto event = std::ranges::find(state.events, "Terminated", &model::TaskEvent::type);
  ASSERT_NE(event, state.events.end());
  EXPECT_EQ(event->details.at("exit_code"), "7");
}

TEST_F(ClientTest, RestartsATaskByItsPolicy) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "5ms"}, {"exit_code", 1}})});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 2, .interval = std::chrono::minutes(1), .delay = std::chrono::milliseconds(5), .mode = "fail"};
  const auto id = run(job);
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto state = server.alloc(id).task_states.at("t");
  EXPECT_EQ(state.restarts, 2u);
  EXPECT_TRUE(has_event(state, "Not Restarting"));
  EXPECT_LE(state.events.size(), model::kMaxTaskEvents);
}

TEST_F(ClientTest, RetriesAStartThatMaySucceedLaterOnly) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service,
                      {mock_task("t", {{"start_error", "no such image"}, {"start_error_recoverable", false}})});
  job.task_groups[0].restart->attempts = 3;
  const auto id = run(job);
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto state = server.alloc(id).task_states.at("t");
  EXPECT_EQ(state.restarts, 0u);
  EXPECT_TRUE(has_event(state, "Driver Failure"));
}

TEST_F(ClientTest, StopsATaskThatIsNotWantedAnyMore) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {shell_task("t", "exec sleep 600")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  stop_alloc(id);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  const auto state = server.alloc(id).task_states.at("t");
  EXPECT_TRUE(has_event(state, "Killing"));
  EXPECT_TRUE(has_event(state, "Killed"));
}

TEST_F(ClientTest, KillsATaskThatIsBeingStarted) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {mock_task("t", {{"start_block_for", "1h"}})}));
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && has_event(alloc->task_states.at("t"), "Task Setup");
  }));
  stop_alloc(id);
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

TEST_F(ClientTest, RemovesWhatTheServersForget) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {mock_task("t", {})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_TRUE(std::filesystem::exists(alloc_path(id)));
  server.forget(id);
  const size_t beats = server.wait([] { return true; }) ? server.heartbeats : 0;
  ASSERT_TRUE(server.wait([&] { return server.heartbeats > beats + 1; }));
  EXPECT_FALSE(std::filesystem::exists(alloc_path(id)));
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/client/allocs/" + id.str()));
}

TEST_F(ClientTest, KillsARunningAllocationThatTheServersForget) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  server.forget(id);
  EXPECT_TRUE(server.wait([&] { return !std::filesystem::exists(alloc_path(id)); }));
}

// cases.md 29
TEST_F(ClientTest, WhatIsLostWithAStreamComesOverTheNextOne) {
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 1; }));
  server.lose_next();
  const auto id = run(make_job(JobType::Batch, {mock_task("t", {{"run_for", "5ms"}})}));
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(server.hellos, 2u);
}

TEST_F(ClientTest, RemovesWhatTheServersForgotWhileItWasAway) {
  TestAgent agent(dir.path(), server);
  const auto first = run(make_job(JobType::Batch, {mock_task("t", {{"run_for", "5ms"}})}), 1);
  const auto second = run(make_job(JobType::Batch, {mock_task("t", {{"run_for", "5ms"}})}), 2);
  ASSERT_TRUE(becomes(first, ClientStatus::Complete));
  ASSERT_TRUE(becomes(second, ClientStatus::Complete));
  server.lose_next();
  server.forget(first);
  EXPECT_TRUE(server.wait([&] { return server.hellos == 2 && !std::filesystem::exists(alloc_path(first)); }));
  EXPECT_TRUE(std::filesystem::exists(alloc_path(second)));
}

// cases.md 49: tasks that crash again and again cost a bounded number of messages, and keep their newest events.
TEST_F(ClientTest, ManyCrashingTasksAreReportedTogether) {
  constexpr uint64_t kAllocs = 100;
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1ms"}, {"exit_code", 1}})});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 20, .interval = std::chrono::hours(1), .delay = std::chrono::milliseconds(20), .mode = "fail"};
  const auto start = std::chrono::steady_clock::now();
  std::vector<model::AllocId> ids;
  for (uint64_t n = 1; n <= kAllocs; ++n) ids.push_back(run(job, n));
  for (const auto& id : ids) ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto intervals = (std::chrono::steady_clock::now() - start) / UpdateSender::kUrgentInterval;
  EXPECT_LE(server.update_messages, static_cast<size_t>(intervals) + 2);
  for (const auto& id : ids) {
    const auto state = server.alloc(id).task_states.at("t");
    EXPECT_EQ(state.restarts, 20u);
    EXPECT_EQ(state.events.size(), model::kMaxTaskEvents);
  }
}

TEST_F(ClientTest, TheLeaderEndsTheGroup) {
  TestAgent agent(dir.path(), server);
  auto leader = mock_task("leader", {{"run_for", "20ms"}});
  leader.leader = true;
  const auto id = run(make_job(JobType::Batch, {leader, mock_task("side", {{"run_for", "1h"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("side"), "Leader Task Dead"));
}

TEST_F(ClientTest, AFailureEndsTheSiblings) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {mock_task("bad", {{"run_for", "20ms"}, {"exit_code", 1}}),
                                                mock_task("b", {{"run_for", "1h"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto sibling = server.alloc(id).task_states.at("b");
  EXPECT_TRUE(has_event(sibling, "Sibling Task Failed"));
  EXPECT_FALSE(sibling.failed);
}

TEST_F(ClientTest, StartsTasksInTheOrderOfTheirGraph) {
  TestAgent agent(dir.path(), server);
  auto second = shell_task("second", "test -f $NOMAD_ALLOC_DIR/data/first");
  second.depends_on = {{.task = "first", .condition = model::DependencyCondition::Succeeded}};
  const auto id =
      run(make_job(JobType::Batch, {second, shell_task("first", "sleep 0.05; touch $NOMAD_ALLOC_DIR/data/first")}));
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

// ---- Limits of time

TEST_F(ClientTest, EndsAnAllocationThatRunsTooLong) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Batch, {mock_task("t", {{"run_for", "1h"}})});
  job.task_groups[0].max_run_duration = std::chrono::milliseconds(300);
  const auto id = run(job);
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_EQ(server.alloc(id).client_description, "allocation exceeded max_run_duration");
}

// cases.md 14
TEST_F(ClientTest, StopsWhatIsNotToRunOnANodeThatIsCutOff) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service,
                      {shell_task("t", "trap 'touch gone; exit' INT; touch ready; while :; do sleep 0.01; done")});
  job.task_groups[0].disconnect = model::DisconnectStrategy{.stop_on_client_after = std::chrono::milliseconds(200)};
  const auto stopped = run(job, 1);
  ASSERT_TRUE(becomes(stopped, ClientStatus::Running));
  const auto kept = run(make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})}), 2);
  ASSERT_TRUE(becomes(kept, ClientStatus::Running));
  const auto exists = [&](const char* file) { return std::filesystem::exists(alloc_path(stopped) + "/t/" + file); };
  ASSERT_TRUE(server.wait([&] { return exists("ready"); }));
  server.set_reachable(false);
  ASSERT_TRUE(server.wait([&] { return exists("gone"); }));
  server.set_reachable(true);
  ASSERT_TRUE(becomes(stopped, ClientStatus::Complete));
  EXPECT_THAT(server.alloc(stopped).client_description, ::testing::HasSubstr("stop_on_client_after"));
  EXPECT_TRUE(server.status_is(kept, ClientStatus::Running));
}

TEST_F(ClientTest, ASkippedShutdownDelayIsNotWaitedFor) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {{"run_for", "1h"}});
  task.shutdown_delay = std::chrono::hours(1);
  auto job = make_job(JobType::Service, {task});
  job.task_groups[0].shutdown_delay = std::chrono::hours(1);
  const auto id = run(job);
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  stop_alloc(id);
  server.change(id, [](model::Allocation& alloc) { alloc.desired_transition.no_shutdown_delay = true; });
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Skipping shutdown delay"));
}

TEST_F(ClientTest, ShowsATaskItsEnvironment) {
  TestAgent agent(dir.path(), server);
  auto task = shell_task("t", "echo \"$GREETING $NOMAD_TASK_NAME ${NOMAD_GROUP_NAME}\" > ${NOMAD_TASK_DIR}/out");
  task.env = {{"GREETING", "hello ${node.datacenter}"}};
  const auto id = run(make_job(JobType::Batch, {task}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(sys::read_file(alloc_path(id) + "/t/local/out").value_or(""), "hello dc1 t g\n");
}

TEST_F(ClientTest, WritesTheDispatchPayload) {
  TestAgent agent(dir.path(), server);
  auto task = shell_task("t", "grep -q payload ${NOMAD_TASK_DIR}/in/data.txt");
  task.dispatch_payload = model::DispatchPayload{.file = "in/data.txt"};
  auto job = make_job(JobType::Batch, {task});
  job.payload = {.value = "the payload"};
  EXPECT_TRUE(becomes(run(job), ClientStatus::Complete));
}

TEST_F(ClientTest, FailsWhatItCannotPrepare) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {});
  task.artifacts = {{.source = "http://127.0.0.1/x", .destination = "local/"}};
  const auto id = run(make_job(JobType::Batch, {task}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Setup Failure"));
}

TEST_F(ClientTest, RefusesABadConfig) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {mock_task("t", {{"nonsense", 1}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Failed Validation"));
}

TEST_F(ClientTest, DoesNotStartWhatIsToBeStopped) {
  TestAgent agent(dir.path(), server);
  const auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  auto alloc = make_alloc(job);
  alloc.desired_status = model::DesiredStatus::Stop;
  server.assign(alloc, job);
  ASSERT_TRUE(becomes(alloc.id, ClientStatus::Complete));
  EXPECT_FALSE(std::filesystem::exists(alloc_path(alloc.id)));
}

TEST_F(ClientTest, SendsAgainOverANewStreamWhatWasNotAcknowledged) {
  TestAgent agent(dir.path(), server);
  server.set_acks(false);
  const auto id = run(make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  server.wait([&] {
    server.reports.erase(id);
    return true;
  });
  server.cut_stream();
  EXPECT_TRUE(server.wait([&] { return server.hellos == 2 && server.status_is(id, ClientStatus::Running); }));
}

TEST_F(ClientTest, RunsManyTasksAtOnce) {
  TestAgent agent(dir.path(), server);
  const auto job = make_job(JobType::Batch, {shell_task("t", "exit 0")});
  std::vector<model::AllocId> ids;
  for (uint64_t i = 1; i <= 50; i++) ids.push_back(run(job, i));
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

TEST_F(ClientTest, CollectsTheOldestEndedAllocations) {
  TestAgent agent(dir.path(), server, {.gc = {.max_allocs = 2}});
  const auto job = make_job(JobType::Batch, {mock_task("t", {})});
  for (uint64_t i = 1; i <= 5; i++) ASSERT_TRUE(becomes(run(job, i), ClientStatus::Complete));
  // The next end looks at those that were not acknowledged before.
  ASSERT_TRUE(becomes(run(job, 6), ClientStatus::Complete));
  const auto first = make_alloc(job, 1).id;
  EXPECT_TRUE(server.wait([&] { return !std::filesystem::exists(alloc_path(first)); }));
  const auto files = agent.call({.method = rpc::CallMethod::FsList, .alloc_id = first, .path = "/"});
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message().find("nothing of it any more"), std::string::npos) << files.error().message();
}

}  // namespace
}  // namespace drover::client
