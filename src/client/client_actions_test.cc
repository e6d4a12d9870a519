#include "client/client_test_support.h"

#include "sys/files.h"

#include <csignal>
#include <filesystem>
#include <vector>

namespace drover::client {
namespace {

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

// What operations of Nosana's definitions are: stages, one after the other.
model::Task in_stage(const std::string& stage, model::Task task) {
  task.stage = stage;
  return task;
}

TEST_F(ClientTest, StoppingTheTasksOfAStageBeginsTheNext) {
  TestAgent agent(dir.path(), server);
  const auto id = run(make_job(JobType::Batch, {in_stage("one", shell_task("a", "exec sleep 600")),
                                                in_stage("one", shell_task("b", "exec sleep 600")),
                                                in_stage("two", shell_task("c", "exec sleep 600"))}));
  const auto is = [&](const char* task, model::TaskStateKind kind) {
    return server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && alloc->task_states.at(task).state == kind;
    });
  };
  ASSERT_TRUE(is("a", model::TaskStateKind::Running) && is("b", model::TaskStateKind::Running));
  const auto stop = [&](std::vector<std::string> tasks) {
    return agent.call({.method = rpc::CallMethod::TasksStop, .alloc_id = id, .tasks = std::move(tasks)});
  };
  EXPECT_FALSE(stop({"a", "nobody"}));
  EXPECT_EQ(stop({"a"}).value_or(""), "{}");
  ASSERT_TRUE(is("a", model::TaskStateKind::Dead));
  EXPECT_FALSE(server.alloc(id).task_states.at("a").failed);
  EXPECT_EQ(server.alloc(id).task_states.at("c").state, model::TaskStateKind::Pending);
  ASSERT_TRUE(stop({"a", "b"}));
  ASSERT_TRUE(is("c", model::TaskStateKind::Running));
  ASSERT_TRUE(stop({"c"}));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_FALSE(stop({"c"}));
}

TEST_F(ClientTest, RestartsTheTasksOfAStageFromTheBeginning) {
  TestAgent agent(dir.path(), server);
  const auto id = run(
      make_job(JobType::Batch, {in_stage("one", noting("first")), in_stage("one", noting("second", "exec sleep 600")),
                                in_stage("two", noting("third"))}));
  const auto order_is = [&](const std::string& text) {
    return server.wait([&] {
      const auto read = sys::read_file(alloc_path(id) + "/alloc/data/order");
      return read && *read == text;
    });
  };
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && alloc->task_states.at("first").state == model::TaskStateKind::Dead &&
           alloc->task_states.at("second").state == model::TaskStateKind::Running;
  }));
  std::filesystem::remove(alloc_path(id) + "/alloc/data/order");
  ASSERT_TRUE(agent.call({.method = rpc::CallMethod::TasksRestart, .alloc_id = id, .tasks = {"first"}}));
  ASSERT_TRUE(order_is("first\n"));
  EXPECT_EQ(server.alloc(id).task_states.at("second").restarts, 0u);
  std::filesystem::remove(alloc_path(id) + "/alloc/data/order");
  ASSERT_TRUE(agent.call({.method = rpc::CallMethod::TasksRestart, .alloc_id = id, .tasks = {"second"}}));
  ASSERT_TRUE(order_is("second\n"));
  EXPECT_EQ(server.alloc(id).task_states.at("third").state, model::TaskStateKind::Pending);
}

TEST_F(ClientTest, TellsAboutItself) {
  TestAgent agent(dir.path(), server);
  const auto info = agent.call({.method = rpc::CallMethod::NodeInfo});
  ASSERT_TRUE(info);
  EXPECT_THAT(*info, ::testing::HasSubstr(R"("state":"QUEUED")"));
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
