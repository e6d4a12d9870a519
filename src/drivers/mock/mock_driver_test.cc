#include "drivers/mock/mock_driver.h"

#include "drivers/test_support.h"

namespace drover::drivers {
namespace {

using testing::json;

class MockDriverTest : public testing::DriverTest {
 protected:
  MockDriverTest() { driver_ = std::make_unique<MockDriver>(context()); }
};

TEST_F(MockDriverTest, EndsAsItsConfigSays) {
  const auto task = start(task_config("t", json(R"({"run_for": "1ms", "exit_code": 3, "stdout_string": "hi\n"})")));
  ASSERT_TRUE(task) << task.error().message();
  EXPECT_EQ(run((*task)->wait()).exit_code, 3);
  EXPECT_EQ(log_text("t", "stdout"), "hi\n");
}

TEST_F(MockDriverTest, FailsToStartForGoodOrForNow) {
  const auto fatal = start(task_config("t", json(R"({"start_error": "broken"})")));
  ASSERT_FALSE(fatal);
  EXPECT_EQ(fatal.error().message(), "broken");
  EXPECT_FALSE(is_recoverable(fatal.error()));
  const auto passing = start(task_config("t", json(R"({"start_error": "busy", "start_error_recoverable": true})")));
  ASSERT_FALSE(passing);
  EXPECT_TRUE(is_recoverable(passing.error()));
}

TEST_F(MockDriverTest, IsKilledWhenItDoesNotHeedTheSignalInTime) {
  const auto task = start(task_config("t", json(R"({"run_for": "1h", "kill_after": "1h"})")));
  ASSERT_TRUE(task);
  EXPECT_TRUE(run((*task)->stop({.timeout = std::chrono::milliseconds(5)})));
  EXPECT_EQ(run((*task)->wait()).signal, 9);
}

TEST_F(MockDriverTest, RecoversATaskThatEndedMeanwhile) {
  const auto task = start(task_config("t", json(R"({"run_for": "1ms", "exit_code": 4})")));
  ASSERT_TRUE(task);
  const auto handle = (*task)->handle();
  forget_tasks();
  driver_ = std::make_unique<MockDriver>(context());
  const auto again = recover(handle);
  ASSERT_TRUE(again);
  EXPECT_EQ(run((*again)->wait()).exit_code, 4);
}

TEST_F(MockDriverTest, ReportsItsNetwork) {
  const auto task = start(task_config("t", json(R"({"run_for": "1h", "driver_ip": "10.0.0.2", "driver_advertise": true,
                                                    "driver_port_map": "web:80"})")));
  ASSERT_TRUE(task);
  const auto network = (*task)->network();
  ASSERT_TRUE(network);
  EXPECT_EQ(network->ip, "10.0.0.2");
  EXPECT_EQ(network->port_map.at("web"), 80);
}

TEST_F(MockDriverTest, TalksWithACommand) {
  const auto task = start(task_config("t", json(R"({"run_for": "1h"})")));
  ASSERT_TRUE(task);
  auto session = run((*task)->open_session({.argv = {"cat", "x"}, .terminal = TerminalSize{}}));
  ASSERT_TRUE(session);
  EXPECT_TRUE(run((*session)->write("hello")));
  EXPECT_TRUE(run((*session)->resize({.rows = 30, .columns = 90})));
  EXPECT_TRUE(run((*session)->close_stdin()));
  std::string seen;
  while (const auto output = *run((*session)->read())) seen += output->bytes;
  EXPECT_EQ(seen, "cat x\nhello30x90\n");
  EXPECT_EQ(run((*session)->exit_code()).value_or(-1), 0);
}

}  // namespace
}  // namespace drover::drivers
