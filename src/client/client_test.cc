#include "client/client.h"

#include "client/sync/update_sender.h"
#include "client/testing.h"
#include "sys/files.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using codec::Value;
using model::ClientStatus;
using model::JobType;

class ClientTest : public ::testing::Test {
 protected:
  model::AllocId run(const model::Job& job, uint64_t number = 1) {
    const auto alloc = make_alloc(job, number);
    server.assign(alloc, job);
    return alloc.id;
  }
  bool becomes(model::AllocId id, ClientStatus status) {
    return server.wait([&] { return server.status_is(id, status); });
  }
  void stop_alloc(model::AllocId id) {
    server.change(id, [](model::Allocation& alloc) { alloc.desired_status = model::DesiredStatus::Stop; });
  }
  std::string alloc_path(model::AllocId id) const { return dir.path() + "/alloc/" + id.str(); }

  TestDir dir;
  FakeServer server;
};

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

// ---- Lifecycle hooks

model::Task hook(model::Task task, const char* when, bool sidecar = false) {
  task.lifecycle = model::Lifecycle{.hook = when, .sidecar = sidecar};
  return task;
}

// Appends its name to the allocation's file "order".
model::Task noting(const std::string& name, const std::string& then = "true") {
  return shell_task(name, "echo " + name + " >> \"$NOMAD_ALLOC_DIR/data/order\"; " + then);
}

// A poststart task starts once the main task is a process: which of them writes first is chance.
auto in_order() {
  return ::testing::AnyOf("before\nmain\nafter\nlast\n", "before\nafter\nmain\nlast\n");
}

TEST_F(ClientTest, RunsHooksAroundItsMainTasks) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {noting("main",
                                                       "while ! grep -q after \"$NOMAD_ALLOC_DIR/data/order\"; "
                                                       "do sleep 0.01; done"),
                                                hook(noting("before"), "prestart"), hook(noting("after"), "poststart"),
                                                hook(shell_task("beside", "exec sleep 600"), "prestart", true),
                                                hook(noting("last"), "poststop")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_THAT(*sys::read_file(alloc_path(id) + "/alloc/data/order"), in_order());
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("beside"), "Main Tasks Dead"));
}

TEST_F(ClientTest, AFailingPrestartTaskFailsTheAllocation) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {noting("main"), hook(noting("before", "exit 3"), "prestart")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_EQ(*sys::read_file(alloc_path(id) + "/alloc/data/order"), "before\n");
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("main"), "Sibling Task Failed"));
}

TEST_F(ClientTest, RunsPoststopTasksWhenItIsStopped) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {noting("main", "exec sleep 600"), hook(noting("last"), "poststop")}));
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && alloc->task_states.at("main").state == model::TaskStateKind::Running;
  }));
  stop_alloc(id);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("last"), "Started"));
}

TEST_F(ClientTest, ASidecarOfABatchJobIsRestartedWhenItEnds) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Batch, {mock_task("main", {{"run_for", "1h"}}),
                                       hook(mock_task("beside", {{"run_for", "5ms"}}), "poststart", true)});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 3, .interval = std::chrono::hours(1), .delay = std::chrono::milliseconds(5), .mode = "fail"};
  const auto id = run(job);
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && alloc->task_states.at("beside").restarts >= 2;
  }));
}

// Processes that work below a directory.
std::vector<std::string> processes_below(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code error;
    const auto cwd = std::filesystem::read_symlink(entry.path() / "cwd", error);
    if (!error && cwd.string().starts_with(directory)) out.push_back(entry.path().filename());
  }
  return out;
}

// cases.md 10
TEST_F(ClientTest, LeavesNothingBehindWhenItIsStoppedWhileTasksStart) {
  auto crashing = make_job(JobType::Service, {mock_task("t", {{"run_for", "1ms"}, {"exit_code", 1}})});
  crashing.id = "crashing";
  crashing.task_groups[0].restart = model::RestartPolicy{
      .attempts = 1000, .interval = std::chrono::hours(1), .delay = std::chrono::milliseconds(1), .mode = "fail"};
  const auto hooked = make_job(JobType::Service, {noting("main", "exec sleep 600"), hook(noting("before"), "prestart"),
                                                  hook(noting("last"), "poststop")});
  TestAgent agent(dir.path(), server);
  for (uint64_t n = 1; n <= 30; ++n) run(n % 2 == 0 ? crashing : hooked, n);
  ASSERT_TRUE(server.wait([&] { return server.reports.size() >= 10; }));
  agent.stop(StopMode::KillTasks);
  EXPECT_THAT(processes_below(dir.path()), ::testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/alloc"));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/client/allocs"));
  EXPECT_THAT(*sys::read_file("/proc/mounts"), ::testing::Not(::testing::HasSubstr(dir.path())));
}

// Each life of the agent ends in another phase of the allocation.
TEST_F(ClientTest, GoesOnWithHooksWhereAnEarlierAgentLeftOff) {
  const auto gate = [](const std::string& name) {
    return noting(name, "while ! [ -e \"$NOMAD_ALLOC_DIR/data/go-" + name + "\" ]; do sleep 0.01; done");
  };
  const auto running = [&](model::AllocId id, const char* task) {
    return server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && alloc->task_states.at(task).state == model::TaskStateKind::Running;
    });
  };
  const auto let_end = [&](model::AllocId id, const std::string& name) {
    std::ofstream(alloc_path(id) + "/alloc/data/go-" + name);
  };
  std::optional<TestAgent> agent;
  agent.emplace(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {gate("main"), hook(gate("before"), "prestart"),
                                                hook(gate("after"), "poststart"), hook(gate("last"), "poststop")}));
  for (const char* task : {"before", "main", "last"}) {
    ASSERT_TRUE(running(id, task)) << task;
    agent->stop(StopMode::LeaveTasks);
    agent.emplace(dir.path(), server);
    if (std::string(task) == "main") let_end(id, "after");
    let_end(id, task);
  }
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_THAT(*sys::read_file(alloc_path(id) + "/alloc/data/order"), in_order());
}

// ---- What people ask of a running allocation

TEST_F(ClientTest, RestartsATaskOnRequestWithoutCountingIt) {
  TestAgent agent(dir.path(), server);
  const auto id =
      run(make_job(JobType::Service, {shell_task("a", "exec sleep 600"), shell_task("b", "exec sleep 600")}));
  const auto task_is = [&](const char* task, uint64_t restarts) {
    return server.wait([&] {
      const auto* alloc = server.find(id);
      const auto* state = alloc ? &alloc->task_states.at(task) : nullptr;
      return state && state->restarts == restarts && state->state == model::TaskStateKind::Running;
    });
  };
  ASSERT_TRUE(task_is("a", 0) && task_is("b", 0));
  EXPECT_EQ(agent.call({.method = rpc::CallMethod::AllocRestart, .alloc_id = id, .task = "a"}).value_or(""), "{}");
  ASSERT_TRUE(task_is("a", 1));
  EXPECT_EQ(server.alloc(id).task_states.at("b").restarts, 0u);
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("a"), "Restart Signaled"));
  ASSERT_TRUE(agent.call({.method = rpc::CallMethod::AllocRestart, .alloc_id = id}));
  EXPECT_TRUE(task_is("a", 2) && task_is("b", 1));
  const auto unknown = agent.call({.method = rpc::CallMethod::AllocRestart, .alloc_id = id, .task = "c"});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), ::testing::HasSubstr("\"c\""));
}

TEST_F(ClientTest, RestartsAllTasksFromTheBeginning) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {noting("main", "exec sleep 600"), hook(noting("before"), "prestart"),
                                                  hook(shell_task("beside", "exec sleep 600"), "prestart", true)}));
  const auto order_is = [&](const std::string& text) {
    return server.wait([&] {
      const auto read = sys::read_file(alloc_path(id) + "/alloc/data/order");
      return read && *read == text;
    });
  };
  ASSERT_TRUE(order_is("before\nmain\n"));
  ASSERT_TRUE(
      server.wait([&] { return server.find(id)->task_states.at("main").state == model::TaskStateKind::Running; }));
  ASSERT_TRUE(agent.call({.method = rpc::CallMethod::AllocRestart, .alloc_id = id, .all_tasks = true}));
  ASSERT_TRUE(order_is("before\nmain\nbefore\nmain\n"));
  EXPECT_TRUE(server.wait([&] { return server.find(id)->task_states.at("beside").restarts == 1; }));
}

TEST_F(ClientTest, SendsASignalOnRequest) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {shell_task("t",
                                                           "trap 'exit 5' USR1; touch ready; while :; do sleep 0.01; "
                                                           "done")}));
  ASSERT_TRUE(server.wait([&] { return std::filesystem::exists(alloc_path(id) + "/t/ready"); }));
  const auto signal = [&](const std::string& name, const std::string& task = "") {
    return agent.call({.method = rpc::CallMethod::AllocSignal, .alloc_id = id, .task = task, .signal = name});
  };
  EXPECT_FALSE(signal("SIGNONSENSE"));
  EXPECT_FALSE(signal("SIGUSR1", "other"));
  EXPECT_TRUE(signal("SIGUSR1"));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Signaling"));
  EXPECT_FALSE(signal("SIGUSR1"));
}

TEST_F(ClientTest, RunsACommandInATask) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {shell_task("t", "exec sleep 600")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  const auto exec = [&](std::vector<std::string> command, std::vector<std::string> input) {
    const rpc::CallRequest request{
        .method = rpc::CallMethod::AllocExec, .alloc_id = id, .task = "t", .command = std::move(command)};
    return agent.call(request, std::move(input));
  };
  const auto out = exec({"/bin/sh", "-c", "cat; echo bad >&2; exit 3"},
                        {R"({"stdin":{"data":"aGkK"}})", "{}", R"({"stdin":{"close":true}})"});
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_THAT(*out, ::testing::HasSubstr(R"({"stdout":{"data":"aGkK"}})"));
  EXPECT_THAT(*out, ::testing::HasSubstr(R"({"stderr":{"data":"YmFkCg=="}})"));
  EXPECT_THAT(*out, ::testing::EndsWith("{\"exited\":true,\"result\":{\"exit_code\":3}}\n"));
  EXPECT_FALSE(exec({"/bin/cat"}, {"no json"}));
  EXPECT_FALSE(exec({}, {}));
  EXPECT_FALSE(exec({"/no/such/program"}, {}));
}

TEST_F(ClientTest, RunsNoCommandsWhereTheOperatorForbidsIt) {
  TestAgent agent(dir.path(), server, {.disable_remote_exec = true});
  const auto id = run(make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  const auto refused =
      agent.call({.method = rpc::CallMethod::AllocExec, .alloc_id = id, .task = "t", .command = {"ls"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::PermissionDenied);
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
  TestAgent agent(dir.path(), server, {.gc_max_allocs = 2});
  const auto job = make_job(JobType::Batch, {mock_task("t", {})});
  for (uint64_t i = 1; i <= 5; i++) ASSERT_TRUE(becomes(run(job, i), ClientStatus::Complete));
  // The next end looks at those that were not acknowledged before.
  ASSERT_TRUE(becomes(run(job, 6), ClientStatus::Complete));
  const auto first = make_alloc(job, 1).id;
  EXPECT_TRUE(server.wait([&] { return !std::filesystem::exists(alloc_path(first)); }));
}

// ---- Restarts of the agent

TEST_F(ClientTest, FindsItsTasksAgainAfterARestart) {
  const auto job = make_job(JobType::Service, {shell_task("t", "echo $$ > $NOMAD_TASK_DIR/pid; exec sleep 600")});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  const auto before = server.alloc(id).task_states.at("t");
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2; }));
  const std::string pid_file = alloc_path(id) + "/t/local/pid";
  ASSERT_TRUE(server.wait([&] { return sys::read_file(pid_file).value_or("").ends_with('\n'); }));
  const auto pid = static_cast<pid_t>(std::stol(*sys::read_file(pid_file)));
  EXPECT_EQ(::kill(pid, 0), 0);
  stop_alloc(id);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  const auto after = server.alloc(id).task_states.at("t");
  EXPECT_EQ(after.started_at.unix_nanos, before.started_at.unix_nanos);
  EXPECT_EQ(after.restarts, 0u);
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(ClientTest, LearnsTheExitCodeOfATaskThatEndedMeanwhile) {
  const auto job =
      make_job(JobType::Batch, {shell_task("t", "until [ -f $NOMAD_TASK_DIR/go ]; do sleep 0.01; done; exit 3")});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  ASSERT_TRUE(sys::append_file(alloc_path(id) + "/t/local/go", ""));
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  const auto state = server.alloc(id).task_states.at("t");
  const auto event = std::ranges::find(state.events, "Terminated", &model::TaskEvent::type);
  ASSERT_NE(event, state.events.end());
  EXPECT_EQ(event->details.at("exit_code"), "3");
}

TEST_F(ClientTest, ReportsEndedAllocationsAgainAfterARestart) {
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    server.set_acks(false);
    id = run(make_job(JobType::Batch, {mock_task("t", {})}));
    ASSERT_TRUE(becomes(id, ClientStatus::Complete));
    agent.stop(StopMode::LeaveTasks);
  }
  server.reports.clear();
  TestAgent agent(dir.path(), server);
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

TEST_F(ClientTest, ADamagedTaskRecordCostsItsAllocationOnly) {
  const auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  model::AllocId damaged;
  model::AllocId good;
  {
    TestAgent agent(dir.path(), server);
    damaged = run(job, 1);
    good = run(job, 2);
    ASSERT_TRUE(becomes(damaged, ClientStatus::Running));
    ASSERT_TRUE(becomes(good, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/allocs/" + damaged.str() + "/tasks/t/record", "\xff\xff"));
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(becomes(damaged, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(damaged).task_states.at("t"), "Failed Restoring Task"));
  EXPECT_TRUE(server.status_is(good, ClientStatus::Running));
}

TEST_F(ClientTest, AnAllocationWhoseStateIsGoneFails) {
  const auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/allocs/" + id.str() + "/alloc", ""));
  TestAgent agent(dir.path(), server);
  EXPECT_TRUE(becomes(id, ClientStatus::Failed));
}

TEST_F(ClientTest, KeepsTheBackoffOfACrashingTaskAcrossARestart) {
  auto job = make_job(JobType::Service, {mock_task("t", {{"exit_code", 1}})});
  job.task_groups[0].restart = model::RestartPolicy{
      .attempts = 5, .interval = std::chrono::hours(1), .delay = std::chrono::minutes(10), .mode = "delay"};
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job);
    ASSERT_TRUE(server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && alloc->task_states.at("t").restarts == 1;
    }));
    agent.stop(StopMode::LeaveTasks);
  }
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2 && server.heartbeats > 1; }));
  EXPECT_EQ(server.alloc(id).task_states.at("t").restarts, 1u);
}

TEST_F(ClientTest, LeavesNothingBehindInDevMode) {
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(make_job(JobType::Service, {shell_task("t", "echo $$ > $NOMAD_ALLOC_DIR/../../pid; exec sleep 600")}));
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    const std::string pid_file = dir.path() + "/alloc/pid";
    ASSERT_TRUE(server.wait([&] { return sys::read_file(pid_file).value_or("").ends_with('\n'); }));
    agent.stop(StopMode::KillTasks);
    EXPECT_NE(::kill(static_cast<pid_t>(std::stol(*sys::read_file(pid_file))), 0), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(alloc_path(id)));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path() + "/client/allocs"));
}

TEST_F(ClientTest, DoesNotWaitForShutdownDelaysWhenItKillsEverything) {
  auto task = mock_task("t", {{"run_for", "1h"}});
  task.shutdown_delay = std::chrono::hours(1);
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {task}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  agent.stop(StopMode::KillTasks);
  EXPECT_TRUE(server.status_is(id, ClientStatus::Complete));
}

// ---- Services and checks

TEST_F(ClientTest, RegistersServicesWithTheHealthOfTheirChecks) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {{"run_for", "1h"}});
  model::Service service{.name = "web-${NOMAD_TASK_NAME}", .tags = {"a"}};
  service.checks = {{.name = "c",
                     .type = "script",
                     .command = "exit",
                     .args = {"0"},
                     .interval = std::chrono::seconds(1),
                     .timeout = std::chrono::seconds(1)}};
  task.services = {service};
  const auto id = run(make_job(JobType::Service, {task}));
  ASSERT_TRUE(server.wait([&] {
    const auto& services = server.services[id];
    return services.size() == 1 && services[0].health == "passing";
  }));
  EXPECT_EQ(server.services[id][0].service_name, "web-t");
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && !alloc->checks.empty() && alloc->checks[0].status == "passing";
  }));
  stop_alloc(id);
  EXPECT_TRUE(server.wait([&] { return server.services[id].empty(); }));
}

TEST_F(ClientTest, ACheckThatFailsTooOftenRestartsItsTask) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {{"run_for", "1h"}});
  model::Service service{.name = "web"};
  service.checks = {{.name = "c",
                     .type = "script",
                     .command = "exit",
                     .args = {"2"},
                     .interval = std::chrono::milliseconds(100),
                     .timeout = std::chrono::seconds(1),
                     .check_restart = model::CheckRestart{.limit = 2, .grace = std::chrono::milliseconds(1)}}};
  task.services = {service};
  auto job = make_job(JobType::Service, {task});
  const auto id = run(job);
  // attempts is 0: the restart that the check asks for is one too many.
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Restart Signaled"));
}

TEST_F(ClientTest, TellsWhetherAnAllocationOfADeploymentIsHealthy) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  job.task_groups[0].update = model::UpdateStrategy{.health_check = "checks",
                                                    .min_healthy_time = std::chrono::milliseconds(30),
                                                    .healthy_deadline = std::chrono::minutes(1)};
  auto alloc = make_alloc(job);
  alloc.deployment_id = model::DeploymentId(Uuid{.hi = 1, .lo = 2});
  server.assign(alloc, job);
  EXPECT_TRUE(server.wait([&] {
    const auto* report = server.find(alloc.id);
    return report && report->deployment_status && report->deployment_status->healthy == true;
  }));
}

// ---- Calls

TEST_F(ClientTest, AnswersCallsAboutLogsAndFiles) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {shell_task("t", "echo out; echo err >&2")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  const auto logs = agent.call({.method = rpc::CallMethod::FsLogs,
                                .alloc_id = id,
                                .task = "t",
                                .log_type = "stderr",
                                .origin = "start",
                                .plain = true});
  EXPECT_EQ(logs.value_or(""), "err\n");
  const auto list = agent.call({.method = rpc::CallMethod::FsList, .alloc_id = id, .path = "/"});
  ASSERT_TRUE(list);
  EXPECT_NE(list->find("\"Name\":\"alloc\",\"IsDir\":true"), std::string::npos);
  const auto cat = agent.call({.method = rpc::CallMethod::FsCat, .alloc_id = id, .path = "alloc/logs/t.stdout.0"});
  EXPECT_EQ(cat.value_or(""), "out\n");
}

TEST_F(ClientTest, AnswersCallsOverTheStream) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {shell_task("t", "echo out")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  server.call(
      {.call_id = 7, .request = {.method = rpc::CallMethod::FsCat, .alloc_id = id, .path = "alloc/logs/t.stdout.0"}});
  ASSERT_TRUE(server.wait([&] { return !server.call_data.empty() && server.call_data.back().end; }));
  EXPECT_EQ(server.call_heads.at(0).call_id, 7u);
  EXPECT_EQ(server.call_heads.at(0).error_code, 0);
  EXPECT_EQ(server.call_data.at(0).bytes, "out\n");
  server.call({.call_id = 8, .request = {.method = rpc::CallMethod::FsCat, .alloc_id = id, .path = "nope"}});
  ASSERT_TRUE(server.wait([&] { return server.call_heads.size() == 2; }));
  EXPECT_EQ(server.call_heads.at(1).error_code, static_cast<uint8_t>(ErrorCode::NotFound) + 1);
}

TEST_F(ClientTest, AnswersCallsAboutStatistics) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Service, {shell_task("t", "exec sleep 600")}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  const auto host = agent.call({.method = rpc::CallMethod::HostStats});
  ASSERT_TRUE(host);
  EXPECT_NE(host->find("\"Memory\":{\"Total\":"), std::string::npos);
  const auto alloc = agent.call({.method = rpc::CallMethod::AllocStats, .alloc_id = id});
  ASSERT_TRUE(alloc);
  EXPECT_NE(alloc->find("\"Tasks\":{\"t\":{"), std::string::npos);
  const auto nowhere = agent.call({.method = rpc::CallMethod::AllocStats});
  EXPECT_EQ(nowhere.error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace drover::client
