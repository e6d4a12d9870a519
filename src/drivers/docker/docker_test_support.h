#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/docker_driver.h"
#include "drivers/test_support.h"
#include "sys/command.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace drover::drivers::testing {

// Needs a docker daemon at the default socket, or what serves its API at $DROVER_TEST_DOCKER_ENDPOINT;
// DROVER_TEST_DOCKER=0 leaves these tests out.
class DockerTest : public DriverTest {
 protected:
  static constexpr const char* kImage = "drover-test-busybox:1";

  void SetUp() override {
    const char* wanted = std::getenv("DROVER_TEST_DOCKER");
    if (wanted && std::string(wanted) == "0") GTEST_SKIP() << "DROVER_TEST_DOCKER=0";
    restart_driver({});
    const auto info = run(driver_->fingerprint());
    if (!info.detected) GTEST_SKIP() << info.health_description;
    api_ = *DockerApi::create(endpoint());
    if (!make_image()) GTEST_SKIP() << "cannot make an image of /bin/busybox (package busybox-static)";
  }
  ~DockerTest() override {
    for (auto& task : tasks_) EXPECT_TRUE(run(task->destroy()));
    on_loop([this] { api_.reset(); });
  }

  bool make_image() {
    if (run(api_->get(std::string("/images/") + kImage + "/json"))) return true;
    const std::string script = "set -e; d=" + root_ +
                               "/image; mkdir -p $d/bin $d/tmp; cp /bin/busybox $d/bin; "
                               "for a in $(/bin/busybox --list); do [ -e $d/bin/$a ] || ln -s busybox $d/bin/$a; done; "
                               "tar -C $d -c . | docker import - " +
                               kImage;
    const auto made = sys::run_command({"sh", "-c", script});
    return made && made->status.ok();
  }

  static std::string endpoint() {
    const char* given = std::getenv("DROVER_TEST_DOCKER_ENDPOINT");
    return given ? given : DockerOptions().endpoint;
  }

  void restart_driver(DockerOptions options) {
    if (options.endpoint == DockerOptions().endpoint) options.endpoint = endpoint();
    auto driver = DockerDriver::create(context(), std::move(options));
    CHECK(driver, "docker driver");
    driver_ = std::move(*driver);
  }
  void restart_agent() {
    forget_tasks();
    restart_driver({});
  }

  TaskConfig shell(const std::string& script, std::string_view more = "{}") {
    auto config = json(more);
    config.set("image", kImage);
    config.set("command", "/bin/sh");
    config.set("args", codec::Value::Array{"-c", script});
    return task_config("web", config);
  }
  RunningTask& started(TaskConfig config) {
    const auto task = start(std::move(config));
    CHECK(task, task ? "" : task.error().message().c_str());
    return **task;
  }
  bool printed(const std::string& text) {
    return eventually([&] { return log_text("web", "stdout").find(text) != std::string::npos; });
  }
  static std::string container_of(const TaskHandle& handle) { return *handle.state.find("Container")->as_string(); }

  std::shared_ptr<const DockerApi> api_;
};

}  // namespace drover::drivers::testing
