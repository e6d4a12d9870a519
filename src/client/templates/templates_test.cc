// Templates of real tasks, under an agent without a network.

#include "client/testing.h"
#include "sys/files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using model::ClientStatus;
using model::JobType;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const rpc::ServiceQuery kWeb{model::kDefaultNamespace, "web"};
constexpr const char* kListWeb = R"({{ range nomadService "web" }}{{ .Address }}:{{ .Port }} {{ end }})";

class TemplatesTest : public ::testing::Test {
 protected:
  model::Template block(std::string text, std::string destination) {
    return {.dest_path = std::move(destination), .embedded = std::move(text), .splay = Duration(0)};
  }
  model::Job job(model::Task task, std::vector<model::Template> templates, JobType type = JobType::Service) {
    task.templates = std::move(templates);
    return make_job(type, {std::move(task)});
  }
  model::AllocId run(const model::Job& job, uint64_t number = 1) {
    const auto alloc = make_alloc(job, number);
    server.assign(alloc, job);
    return alloc.id;
  }
  bool becomes(model::AllocId id, ClientStatus status) {
    return server.wait([&] { return server.status_is(id, status); });
  }
  // The text of the newest event of a type; "" for none. REQUIRES within wait().
  std::string event(model::AllocId id, const std::string& type) {
    const auto* alloc = server.find(id);
    if (!alloc || !alloc->task_states.contains("t")) return "";
    const auto& events = alloc->task_states.at("t").events;
    std::string text;
    for (const auto& one : events) {
      if (one.type == type) text = one.display_message;
    }
    return text;
  }
  bool says(model::AllocId id, const std::string& type, const std::string& part) {
    return server.wait([&] { return event(id, type).find(part) != std::string::npos; });
  }
  void offer(const std::string& address) {
    model::ServiceRegistration service{.id = "i", .service_name = "web", .address = address, .port = 80};
    server.offer(kWeb, {service});
  }
  std::string path(model::AllocId id, const std::string& file) const {
    return dir.path() + "/alloc/" + id.str() + "/t/" + file;
  }
  std::string text(model::AllocId id, const std::string& file) const {
    return sys::read_file(path(id, file)).value_or("(none)");
  }
  bool file_becomes(model::AllocId id, const std::string& file, const std::string& wanted) {
    return server.wait([&] { return text(id, file) == wanted; });
  }
  uint64_t restarts(model::AllocId id) { return server.alloc(id).task_states.at("t").restarts; }

  TestDir dir;
  FakeServer server;
};

TEST_F(TemplatesTest, AreThereBeforeTheTaskStarts) {
  TestAgent agent(dir.path(), server);
  auto task = shell_task("t", "test -f local/conf/app.conf");
  task.env["WHO"] = "you";
  auto file = block(R"(hello {{ env "WHO" }} of {{ env "NOMAD_TASK_NAME" }}{{ env "HOME" }})", "local/conf/app.conf");
  file.perms = "4640";
  const auto id = run(job(task, {file}, JobType::Batch));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete)) << event(id, "Killing");
  EXPECT_EQ(text(id, "local/conf/app.conf"), "hello you of t");
  struct stat info = {};
  ASSERT_EQ(::stat(path(id, "local/conf/app.conf").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST_F(TemplatesTest, EnvTemplatesAreTheTasksEnvironmentButForNomadsOwnNames) {
  TestAgent agent(dir.path(), server);
  auto variables = block("GREETING=hi\nNOMAD_TASK_NAME=forged\n", "secrets/env");
  variables.envvars = true;
  const auto id =
      run(job(shell_task("t", "echo $GREETING $NOMAD_TASK_NAME > $NOMAD_TASK_DIR/out"), {variables}, JobType::Batch));
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(text(id, "local/out"), "hi t\n");
}

TEST_F(TemplatesTest, ATaskThatWaitsSaysForWhatAndStartsWhenItIsThere) {
  TestAgent agent(dir.path(), server);
  const auto id = run(job(mock_task("t", {{"run_for", "1h"}}), {block(kListWeb, "local/web")}));
  ASSERT_TRUE(says(id, "Template", "Missing: nomad.service(web)"));
  EXPECT_FALSE(std::filesystem::exists(path(id, "local/web")));
  offer("10.0.0.1");
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  EXPECT_EQ(text(id, "local/web"), "10.0.0.1:80 ");
}

TEST_F(TemplatesTest, SeveralThatChangeRestartTheTaskOnceAndThatDoesNotCount) {
  offer("10.0.0.1");
  TestAgent agent(dir.path(), server);
  auto variables = block(R"(WEB={{ range nomadService "web" }}{{ .Address }}{{ end }})", "local/env");
  variables.envvars = true;
  auto signal = block(kListWeb, "local/signal");
  signal.change_mode = "signal";
  signal.change_signal = "SIGHUP";
  const auto id = run(job(shell_task("t", "echo $WEB >> $NOMAD_TASK_DIR/log; exec sleep 600"),
                          {block(kListWeb, "local/web"), variables, signal}));
  ASSERT_TRUE(file_becomes(id, "local/log", "10.0.0.1\n"));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  offer("10.0.0.2");
  ASSERT_TRUE(file_becomes(id, "local/log", "10.0.0.1\n10.0.0.2\n"));
  EXPECT_TRUE(says(id, "Restart Signaled", "Template with change_mode restart re-rendered"));
  EXPECT_EQ(restarts(id), 1u);
  EXPECT_EQ(text(id, "local/web"), "10.0.0.2:80 ");
}

TEST_F(TemplatesTest, AChangeSendsTheSignalThatTheJobNames) {
  offer("10.0.0.1");
  TestAgent agent(dir.path(), server);
  auto file = block(kListWeb, "local/web");
  file.change_mode = "signal";
  file.change_signal = "SIGUSR1";
  const auto id = run(job(shell_task("t",
                                     "trap 'cp local/web local/seen' USR1; touch local/ready; "
                                     "while true; do sleep 0.02; done"),
                          {file}));
  ASSERT_TRUE(server.wait([&] { return std::filesystem::exists(path(id, "local/ready")); }));
  offer("10.0.0.2");
  ASSERT_TRUE(file_becomes(id, "local/seen", "10.0.0.2:80 "));
  EXPECT_TRUE(says(id, "Signaling", "Template re-rendered"));
  EXPECT_EQ(restarts(id), 0u);
}

TEST_F(TemplatesTest, AChangeRunsAScriptAndItsFailureKillsTheTaskIfThatIsWanted) {
  offer("10.0.0.1");
  TestAgent agent(dir.path(), server);
  auto file = block(kListWeb, "local/web");
  file.change_mode = "script";
  file.change_script = model::ChangeScript{
      .command = "/bin/sh", .args = {"-c", "cp local/web local/seen; exit $(cat local/code)"}, .fail_on_error = true};
  const auto id = run(job(shell_task("t", "echo 0 > local/code; exec sleep 600"), {file}));
  ASSERT_TRUE(file_becomes(id, "local/code", "0\n"));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  offer("10.0.0.2");
  ASSERT_TRUE(says(id, "Task hook message", "successfully ran script /bin/sh"));
  EXPECT_EQ(text(id, "local/seen"), "10.0.0.2:80 ");
  std::ofstream(path(id, "local/code")) << "3\n";
  offer("10.0.0.3");
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(
      server.wait([&] { return event(id, "Task hook message").find("exited with code: 3") != std::string::npos; }));
}

TEST_F(TemplatesTest, AreRenderedAgainWhenAFileChanges) {
  TestAgent agent(dir.path(), server);
  auto file = block(R"({{ file "local/input" }})", "local/out");
  file.change_mode = "noop";
  auto input = block("one", "local/input");
  const auto id = run(job(shell_task("t", "exec sleep 600"), {input, file}));
  ASSERT_TRUE(becomes(id, ClientStatus::Running));
  EXPECT_EQ(text(id, "local/out"), "one");
  std::ofstream(path(id, "local/input")) << "changed";
  EXPECT_TRUE(file_becomes(id, "local/out", "changed"));
  EXPECT_EQ(restarts(id), 0u);
}

TEST_F(TemplatesTest, ARestartFindsWhatTheTaskMadeOfAFileOrTheFileAsItWas) {
  TestAgent agent(dir.path(), server);
  const auto task = shell_task("t", "cat local/conf >> local/seen; echo mine > local/conf; exit 1");
  for (const bool anew : {false, true}) {
    auto restarted = job(task, {block("text", "local/conf")}, JobType::Batch);
    restarted.task_groups[0].restart =
        model::RestartPolicy{.attempts = 1, .interval = 1h, .delay = 10ms, .mode = "fail", .render_templates = anew};
    const auto id = run(restarted, anew ? 2 : 1);
    ASSERT_TRUE(becomes(id, ClientStatus::Failed)) << anew;
    EXPECT_EQ(text(id, "local/seen"), anew ? "texttext" : "textmine\n");
  }
}

TEST_F(TemplatesTest, AFailureEndsTheTaskAndSaysWhy) {
  TestAgent agent(dir.path(), server);
  const auto fails = [&](model::Template file, const std::string& why) {
    auto one = job(mock_task("t", {{"run_for", "1h"}}), {std::move(file)});
    one.task_groups[0].restart->attempts = 3;
    const auto id = run(one);
    EXPECT_TRUE(becomes(id, ClientStatus::Failed));
    const std::string said = event(id, "Killing");
    EXPECT_THAT(said, HasSubstr("Template failed: "));
    EXPECT_THAT(said, HasSubstr(why));
    EXPECT_EQ(restarts(id), 0u);
    server.forget(id);
    EXPECT_TRUE(server.wait([&] { return !std::filesystem::exists(path(id, "")); }));
    server.wait([&] { return server.reports.erase(id) > 0; });
  };
  fails(block("{{ nonsense }}", "local/x"), "nonsense");
  fails(block(R"({{ key "a" }})", "local/x"), "no Consul is configured");
  fails(block(R"({{ with secret "a" }}{{ .Data.x }}{{ end }})", "local/x"), "no Vault is configured");
  fails(block(R"({{ nomadVar "a" }})", "local/x"), "no variables");
  fails(block(R"({{ file "/etc/passwd" }})", "local/x"), "outside the task's directories");
  fails(block(R"({{ file "../../../../etc/passwd" }})", "local/x"), "outside the task's directories");
  fails(block("x", "${NOMAD_META_up}/../../../x"), "outside the task's directories");
  fails(block("x", "/etc/drover-test-escaped"), "outside the task's directories");
  fails(block(R"({{ range loop 1000000000 }}x{{ end }})", "local/x"), "");
  auto source = block("", "local/x");
  source.source_path = "/etc/passwd";
  fails(source, "outside the task's directories");
}

// cases.md 55: between two renderings the task puts symbolic links where its directories and files were.
TEST_F(TemplatesTest, NothingOutsideIsWrittenOrReadThroughLinksOfTheTask) {
  const std::string outside = dir.path() + "/outside";
  std::filesystem::create_directory(outside);
  std::ofstream(outside + "/web") << "precious";
  std::ofstream(outside + "/secret") << "secret";
  offer("10.0.0.1");
  TestAgent agent(dir.path(), server);
  auto file = block(kListWeb, "local/web");
  file.change_mode = "noop";
  const auto id = run(job(shell_task("t", "mv local old; ln -s " + outside + " local; exec sleep 600"), {file}));
  ASSERT_TRUE(server.wait([&] { return std::filesystem::is_symlink(path(id, "local")); }));
  offer("10.0.0.2");
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_EQ(sys::read_file(outside + "/web").value_or(""), "precious");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outside), {}), 2);
}

TEST_F(TemplatesTest, AFileThatLeadsOutsideIsNotRead) {
  TestAgent agent(dir.path(), server);
  auto file = block(R"({{ file "local/in" }})", "local/out");
  file.change_mode = "noop";
  const auto id = run(
      job(shell_task("t", "rm local/in; ln -s /etc/passwd local/in; exec sleep 600"), {block("x", "local/in"), file}));
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_EQ(text(id, "local/out"), "x");
}

TEST_F(TemplatesTest, ALinkInThePlaceOfTheFileIsReplacedAndNotFollowed) {
  std::ofstream(dir.path() + "/victim") << "precious";
  offer("10.0.0.1");
  TestAgent agent(dir.path(), server);
  auto file = block(kListWeb, "local/web");
  file.change_mode = "noop";
  const auto id =
      run(job(shell_task("t", "rm local/web; ln -s " + dir.path() + "/victim local/web; exec sleep 600"), {file}));
  ASSERT_TRUE(server.wait([&] { return std::filesystem::is_symlink(path(id, "local/web")); }));
  offer("10.0.0.2");
  ASSERT_TRUE(file_becomes(id, "local/web", "10.0.0.2:80 "));
  EXPECT_FALSE(std::filesystem::is_symlink(path(id, "local/web")));
  EXPECT_EQ(sys::read_file(dir.path() + "/victim").value_or(""), "precious");
}

TEST_F(TemplatesTest, ANewAgentLeavesTheTaskAloneUnlessSomethingHasChanged) {
  offer("10.0.0.1");
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job(shell_task("t", "echo start >> local/log; exec sleep 600"), {block(kListWeb, "local/web")}));
    ASSERT_TRUE(file_becomes(id, "local/log", "start\n"));
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(server.wait([&] { return server.hellos == 2; }));
  // A change is heard of, so it was rendered before without one.
  offer("10.0.0.2");
  ASSERT_TRUE(file_becomes(id, "local/log", "start\nstart\n"));
  ASSERT_TRUE(server.wait([&] { return server.find(id)->task_states.at("t").restarts == 1; }));
  EXPECT_EQ(text(id, "local/web"), "10.0.0.2:80 ");
}

TEST_F(TemplatesTest, ATaskThatWasFoundRunningIsNotKilledByATemplateThatCannotBeRenderedAnyMore) {
  offer("10.0.0.1");
  model::AllocId id;
  {
    TestAgent agent(dir.path(), server);
    id = run(job(shell_task("t", "exec sleep 600"),
                 {block(R"({{ (index (nomadService "web") 0).Address }})", "local/first")}));
    ASSERT_TRUE(becomes(id, ClientStatus::Running));
    agent.stop(StopMode::LeaveTasks);
  }
  server.offer(kWeb, {});
  TestAgent agent(dir.path(), server);
  ASSERT_TRUE(says(id, "Template", "the task goes on with the files that it has"));
  EXPECT_EQ(server.alloc(id).client_status, ClientStatus::Running);
  EXPECT_EQ(text(id, "local/first"), "10.0.0.1");
}

TEST_F(TemplatesTest, OutputLargerThanTheDiskFails) {
  TestAgent agent(dir.path(), server);
  auto one = job(mock_task("t", {}), {block(R"({{ range loop 200000 }}xxxxxxxxxx{{ end }})", "local/x")});
  one.task_groups[0].ephemeral_disk.size_mb = 1;
  const auto id = run(one);
  EXPECT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_THAT(event(id, "Killing"), HasSubstr("Template failed"));
}

}  // namespace
}  // namespace drover::client
