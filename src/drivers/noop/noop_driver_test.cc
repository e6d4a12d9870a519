#include "drivers/noop/noop_driver.h"

#include "drivers/test_support.h"

namespace drover::drivers {
namespace {

using testing::json;

class NoopDriverTest : public testing::DriverTest {
 protected:
  NoopDriverTest() { driver_ = std::make_unique<NoopDriver>(context()); }
};

TEST_F(NoopDriverTest, SucceedsAtOnceAndAgainAfterARestart) {
  const auto task = start(task_config("t", json("{}")));
  ASSERT_TRUE(task) << task.error().message();
  EXPECT_TRUE(run((*task)->wait()).successful());
  const auto again = recover((*task)->handle());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(run((*again)->wait()).successful());
}

TEST_F(NoopDriverTest, HasNoConfiguration) {
  const auto task = start(task_config("t", json(R"({"image": "x"})")));
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().message(), "config.image: tasks of driver noop have no configuration");
}

}  // namespace
}  // namespace drover::drivers
