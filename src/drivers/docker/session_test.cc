#include "drivers/docker/docker_test_support.h"

#include <csignal>

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::HasSubstr;

class DockerSessionTest : public testing::DockerTest {
 protected:
  void SetUp() override {
    DockerTest::SetUp();
    if (!IsSkipped()) task_ = &started(shell("sleep 1000"));
  }
  ~DockerSessionTest() override {
    if (session_) on_loop([this] { session_.reset(); });
  }

  void open(std::vector<std::string> argv, std::optional<TerminalSize> terminal = {}) {
    auto session = run(task_->open_session({.argv = std::move(argv), .terminal = terminal}));
    ASSERT_TRUE(session) << session.error().message();
    session_ = std::move(*session);
  }
  // Everything of one stream, to the end.
  std::string rest(OutputStream stream = OutputStream::Stdout) {
    std::string text;
    for (;;) {
      const auto output = run(session_->read());
      if (!output || !*output) return text;
      if ((*output)->stream == stream) text += (*output)->bytes;
    }
  }
  std::string read_until(const std::string& wanted) {
    std::string text;
    while (text.find(wanted) == std::string::npos) {
      const auto output = run(session_->read());
      if (!output || !*output) break;
      text += (*output)->bytes;
    }
    return text;
  }
  std::string processes() {
    return run(task_->exec({.argv = {"/bin/ps", "-o", "args"}})).value_or(ExecResult{}).output;
  }

  RunningTask* task_ = nullptr;
  std::unique_ptr<ExecSession> session_;
};

TEST_F(DockerSessionTest, TalksWithACommand) {
  open({"/bin/sh", "-c", "read line; echo got $line; cat >&2; exit 3"});
  EXPECT_EQ(run(session_->resize({})).error().code(), ErrorCode::InvalidArgument);
  EXPECT_TRUE(run(session_->write("hello\n")));
  EXPECT_EQ(read_until("\n"), "got hello\n");
  EXPECT_TRUE(run(session_->write("more")));
  EXPECT_TRUE(run(session_->close_stdin()));
  EXPECT_EQ(rest(OutputStream::Stderr), "more");
  EXPECT_EQ(run(session_->exit_code()).value_or(-1), 3);
  EXPECT_EQ(run(session_->write("x")).error().code(), ErrorCode::Unavailable);
}

TEST_F(DockerSessionTest, GivesATerminal) {
  open({"/bin/sh"}, TerminalSize{.rows = 31, .columns = 97});
  EXPECT_TRUE(run(session_->write("stty size; tty\n")));
  EXPECT_THAT(read_until("/dev/"), HasSubstr("31 97"));
  EXPECT_TRUE(run(session_->resize({.rows = 41, .columns = 55})));
  EXPECT_TRUE(run(session_->write("stty size\n")));
  EXPECT_THAT(read_until("41 55"), HasSubstr("41 55"));
  EXPECT_TRUE(run(session_->write("exit 4\n")));
  rest();
  EXPECT_EQ(run(session_->exit_code()).value_or(-1), 4);
}

TEST_F(DockerSessionTest, CarriesAFlood) {
  open({"/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; kill -9 $$"});
  EXPECT_EQ(rest().size(), 3'000'000u);
  EXPECT_EQ(run(session_->exit_code()).value_or(-1), 128 + SIGKILL);
}

TEST_F(DockerSessionTest, SaysWhenThereIsNoSuchProgram) {
  const auto session = run(task_->open_session({.argv = {"no-such-program"}}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(session.error().message(), HasSubstr("no-such-program"));
}

TEST_F(DockerSessionTest, EndsTheCommandWhenNobodyListensAnyMore) {
  open({"/bin/sleep", "12345"}, TerminalSize{});
  EXPECT_THAT(processes(), HasSubstr("sleep 12345"));
  on_loop([this] { session_.reset(); });
  EXPECT_TRUE(eventually([&] { return processes().find("sleep 12345") == std::string::npos; }));
}

TEST_F(DockerSessionTest, EndsWithTheTask) {
  open({"/bin/sleep", "1000"});
  EXPECT_TRUE(run(task_->stop({.timeout = std::chrono::milliseconds(1)})));
  rest();
  EXPECT_EQ(run(session_->exit_code()).value_or(-1), 128 + SIGKILL);
  EXPECT_EQ(run(task_->open_session({.argv = {"/bin/true"}})).error().code(), ErrorCode::NotFound);
}

TEST_F(DockerSessionTest, ACommandThatTakesTooLongIsKilled) {
  const auto slow = run(task_->exec({.argv = {"/bin/sleep", "23456"}, .timeout = std::chrono::milliseconds(200)}));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code(), ErrorCode::DeadlineExceeded);
  EXPECT_TRUE(eventually([&] { return processes().find("sleep 23456") == std::string::npos; }));
}

}  // namespace
}  // namespace drover::drivers
