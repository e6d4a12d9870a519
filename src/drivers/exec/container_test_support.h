#pragma once

#include "base/strings.h"
#include "drivers/exec/exec_driver.h"
#include "drivers/test_support.h"
#include "sys/mounts.h"
#include "sys/users.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/stat.h>

// For the tests of drivers whose tasks run in containers of an OCI runtime: what they leave behind fails the test.
namespace drover::drivers::testing {

inline constexpr const char* kCgroupParent = "drover-exec-test";

class ContainerTest : public DriverTest {
 protected:
  void SetUp() override {
    if (!sys::running_as_root()) GTEST_SKIP() << "containers need root";
    if (!find_oci_runtime()) GTEST_SKIP() << "neither runc nor crun is installed";
    ::signal(SIGPIPE, SIG_IGN);
    // The tests' directories are private; a task of user nobody has to get in.
    std::filesystem::permissions(root_, std::filesystem::perms::all);
    restart_driver({});
  }
  void TearDown() override {
    for (auto& task : tasks_) EXPECT_TRUE(run(task->destroy()));
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ + "/state", ignored)) {
      ADD_FAILURE() << "left behind: " << entry.path();
    }
    EXPECT_TRUE(cgroup_directories().empty()) << cgroup_directories().front();
    const auto mounts = sys::mounts_beneath(root_);
    EXPECT_TRUE(mounts && mounts->empty());
  }

  virtual void restart_driver(ExecOptions options, UserPolicy users = {}) = 0;
  void restart_agent() {
    forget_tasks();
    restart_driver({});
  }
  std::shared_ptr<ProcessShared> shared() {
    const auto shared = ProcessShared::create(context(), {.parent = kCgroupParent});
    CHECK(shared, "what processes need");
    return *shared;
  }

  // In any hierarchy.
  std::vector<std::string> cgroup_directories() const {
    std::vector<std::string> found;
    const auto look = [&](const std::string& parent) {
      std::error_code ignored;
      for (const auto& entry : std::filesystem::directory_iterator(parent + "/" + kCgroupParent, ignored)) {
        if (entry.is_directory()) found.push_back(entry.path());
      }
    };
    look("/sys/fs/cgroup");
    for (const auto& entry : std::filesystem::directory_iterator("/sys/fs/cgroup")) {
      if (entry.is_directory()) look(entry.path());
    }
    return found;
  }

  TaskConfig container_task(const std::string& name, codec::Value config) {
    auto task = task_config(name, std::move(config));
    // As the agent makes them.
    for (const auto* dir : {&task.dirs.task, &task.dirs.local}) ::chmod(dir->c_str(), 0777);
    ::chmod(task.dirs.secrets.c_str(), 0700);
    std::filesystem::create_directories(task.dirs.task + "/tmp");
    ::chmod((task.dirs.task + "/tmp").c_str(), 01777);
    return task;
  }
  RunningTask& started(TaskConfig config) {
    const auto task = start(std::move(config));
    CHECK(task, task ? "" : task.error().message().c_str());
    return **task;
  }
  // What a script prints, with the exit code at the end.
  std::string output_of(TaskConfig config) {
    auto& task = started(std::move(config));
    const auto exit = run(task.wait());
    return log_text("t", "stdout") + log_text("t", "stderr") + fmt::format("[{}]", exit.exit_code);
  }
  bool printed(const std::string& text) {
    return eventually([&] { return log_text("t", "stdout").find(text) != std::string::npos; });
  }
  static pid_t pid_of(const RunningTask& task, const char* which = "TaskPID") {
    return static_cast<pid_t>(*task.handle().state.find(which)->as_int());
  }
};

}  // namespace drover::drivers::testing
