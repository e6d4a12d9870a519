#include "drivers/java/java_driver.h"

#include "drivers/exec/container_test_support.h"

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using codec::Value;
using ::testing::HasSubstr;

// A jar of: public class Hello {
//   public static void main(String[] a) throws Exception {
//     System.out.println(System.getProperty("greeting") + " " + String.join(",", a));
//     System.out.println(Runtime.getRuntime().maxMemory() >> 20);
//     Thread.sleep(Integer.parseInt(a[0])); } }
constexpr std::string_view kJar =
    "UEsDBBQACAgIACIed10AAAAAAAAAAAAAAAAJAAQATUVUQS1JTkYv/soAAAMAUEsHCAAAAAACAAAAAAAAAFBLAwQUAAgICAAiHndd"
    "AAAAAAAAAAAAAAAAFAAAAE1FVEEtSU5GL01BTklGRVNULk1G803My0xLLS7RDUstKs7Mz7NSMNQz4OXyTczM03XOSSwutlLwSM3J"
    "yeflci5KTSxJTdF1qgSqMdcz0DM0VdBwSU3KTMzT5OXi5QIAUEsHCGeaLtpLAAAASgAAAFBLAwQUAAgICAAhHnddAAAAAAAAAAAA"
    "AAAACwAAAEhlbGxvLmNsYXNzjVNrbxJBFD1ToAvbrQKF1retj7pgK1rrc2utrWhBqo2YJqafVpjQJftyGUyJn/1B+oESTfwB/ijj"
    "nbWtoJC4ye7MnXPuvefeu/Pj59fvAJbxUsUYIgqiGmIYZ0g2zQ9mwTbdRuHVuyavCYbxFcu1xCpDRM/tJBBHQoGqYQLaAL3aaQnu"
    "EMtrk1O2EiKWV9gOLFdURcBNx1BwgmGmz0cQ2FhvW3adByomEYkjxRBvBJwLQlTKNqUhgyzDRIOL7cDzeSA6DPN65e8wRu7fIxlz"
    "RsMpnKY6TN/nbp1h8b98D1UZcZxlYLNxnKdlQcVFzCqY03AJlwfrD70Yok3PchmK/Uk29sygyt+3uVvjxu4oYIT+qxrmcY26Iryj"
    "HBl9KDeHvILrGhawyDA1ZAAMii8tmwRmh3VhR0UBNxXc0rCE2wypP5TXbVdYDmdQaRDHRnZAyeGxIaPc0XAX9xgSjrm/xR0v6IR/"
    "UFnKfCA1PqRe6WWZcgWPFKxqeIy1gZQlV/AGD6h03wxanMwRsksq1rGh4KmGoozbN5Y3e1Q4DT3Wsjn3FTyn7Sa3bY+yb3h1KiHq"
    "mHJg0/rusIZQvcX9GveF5bktBVtHjQ1Zxwjm8IwuknzGwORVou8mWSlaGa2x/AHY55CQQAllokm4gmgIr32B8g2Tbw9wMp3sId3F"
    "dPqM/JzL93CBNl1c6UInVg83ulhOZj52cT8fWerB+NTDk9+RX9Ar41WAX1BLBwiACA0oJgIAAOEDAABQSwECFAAUAAgICAAiHndd"
    "AAAAAAIAAAAAAAAACQAEAAAAAAAAAAAAAAAAAAAATUVUQS1JTkYv/soAAFBLAQIUABQACAgIACIed11nmi7aSwAAAEoAAAAUAAAA"
    "AAAAAAAAAAAAAD0AAABNRVRBLUlORi9NQU5JRkVTVC5NRlBLAQIUABQACAgIACEed12ACA0oJgIAAOEDAAALAAAAAAAAAAAAAAAA"
    "AMoAAABIZWxsby5jbGFzc1BLBQYAAAAAAwADALYAAAApAwAAAAA=";

class JavaTest : public testing::ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    if (IsSkipped()) return;
    if (const auto info = run(driver_->fingerprint()); !info.detected) GTEST_SKIP() << info.health_description;
  }
  void restart_driver(ExecOptions options, UserPolicy users = {}) override {
    driver_ = std::make_unique<JavaDriver>(shared(), std::move(options), std::move(users));
  }
  TaskConfig java(Value::Object config, const char* millis) {
    config.emplace_back("jvm_options", Value::Array{"-Xmx32m", "-XX:+UseSerialGC", "-Dgreeting=hello"});
    config.emplace_back("args", Value::Array{millis, "two words"});
    auto task = container_task("t", std::move(config));
    task.memory_mb = 256;
    CHECK(sys::write_file_atomic(task.dirs.local + "/app.jar", *base64_decode(kJar)), "the jar");
    return task;
  }
};

TEST(JavaVersion, IsRead) {
  const auto attributes = parse_java_version(
      "Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version \"17.0.15\" 2025-04-15\n"
      "OpenJDK Runtime Environment (build 17)\nOpenJDK 64-Bit Server VM (build 17, mixed mode)\n");
  ASSERT_TRUE(attributes);
  EXPECT_EQ(attributes->at("driver.java.version"), "17.0.15");
  EXPECT_EQ(attributes->at("driver.java.runtime"), "OpenJDK Runtime Environment (build 17)");
  EXPECT_EQ(attributes->at("driver.java.vm"), "OpenJDK 64-Bit Server VM (build 17, mixed mode)");
  EXPECT_FALSE(parse_java_version("java: command not found"));
}

TEST_F(JavaTest, RunsAJarAndAClass) {
  for (const auto& config : {Value::Object{{"jar_path", "local/app.jar"}},
                             Value::Object{{"class", "Hello"}, {"class_path", "/local/app.jar"}}}) {
    auto& task = started(java(config, "1"));
    const auto exit = run(task.wait());
    EXPECT_EQ(exit.exit_code, 0) << log_text("t", "stderr");
    EXPECT_TRUE(run(task.destroy()));
  }
  EXPECT_THAT(log_text("t", "stdout"), ::testing::MatchesRegex("hello 1,two words\n3.\nhello 1,two words\n3.\n"));
}

TEST_F(JavaTest, ReportsAnExceptionByItsExitCode) {
  auto& task = started(java({{"jar_path", "local/app.jar"}}, "nonsense"));
  EXPECT_EQ(run(task.wait()).exit_code, 1);
  EXPECT_THAT(log_text("t", "stderr"), HasSubstr("NumberFormatException"));
}

TEST_F(JavaTest, StopsAndIsFoundAgain) {
  auto& task = started(java({{"jar_path", "local/app.jar"}}, "1000000"));
  ASSERT_TRUE(printed("hello"));
  const auto handle = task.handle();
  restart_agent();
  const auto again = recover(handle);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(run((*again)->stop({.signal = "SIGTERM", .timeout = std::chrono::seconds(30)})));
  EXPECT_EQ(run((*again)->wait()).exit_code, 143) << "the virtual machine handles SIGTERM";
}

}  // namespace
}  // namespace drover::drivers
