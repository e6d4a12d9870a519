#pragma once

#include "base/check.h"
#include "codec/json.h"
#include "drivers/driver.h"
#include "sys/directory.h"
#include "sys/files.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

// For the tests of drivers: a loop, an allocation's directories on disk, and tasks run to their end from the test's
// thread.
namespace drover::drivers::testing {

inline codec::Value json(std::string_view text) {
  auto value = codec::parse_json(text);
  CHECK(value, "test JSON");
  return *value;
}

class DriverTest : public ::testing::Test {
 protected:
  DriverTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "drover-drivers-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()), "temporary directory");
    root_ = pattern;
    loop_.start();
  }
  ~DriverTest() override {
    on_loop([this] {
      tasks_.clear();
      driver_.reset();
    });
    loop_.stop();
    loop_.join();
    pool_.stop();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  DriverContext context() { return {.loop = loop_, .pool = pool_, .clock = clock_}; }

  // Runs a coroutine on the loop and waits for its value.
  template <class T>
  T run(net::Task<T> task) {
    std::promise<T> promise;
    auto future = promise.get_future();
    loop_.spawn("test", deliver(std::move(task), &promise));
    return future.get();
  }

  void on_loop(std::function<void()> function) {
    std::promise<void> done;
    loop_.post("test", [&] {
      function();
      done.set_value();
    });
    done.get_future().get();
  }

  TaskConfig task_config(const std::string& name, codec::Value config) {
    TaskConfig task{.ns = "default",
                    .job_id = "job",
                    .job_name = "job",
                    .group = "group",
                    .task = name,
                    .alloc_id = alloc_id_,
                    .alloc_name = "job.group[0]",
                    .config = std::move(config),
                    .env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}},
                    .memory_mb = 64};
    task.dirs = {.alloc = root_ + "/alloc",
                 .task = root_ + "/" + name,
                 .local = root_ + "/" + name + "/local",
                 .secrets = root_ + "/" + name + "/secrets",
                 .logs = root_ + "/alloc/logs",
                 .state = root_ + "/state"};
    for (const auto* dir : {&task.dirs.alloc, &task.dirs.local, &task.dirs.secrets, &task.dirs.logs}) {
      std::filesystem::create_directories(*dir);
    }
    return task;
  }

  Result<RunningTask*> start(TaskConfig config) {
    auto events = [this](DriverEvent event) { events_.push_back(std::move(event)); };
    return keep(run(driver_->start(std::move(config), events)));
  }
  Result<RunningTask*> recover(const TaskHandle& handle) { return keep(run(driver_->recover(handle))); }

  // As if the agent had been killed: nobody looks after the tasks any more.
  void forget_tasks() {
    on_loop([this] {
      tasks_.clear();
      driver_.reset();
    });
  }

  // All log files of a stream, oldest first.
  std::string log_text(const std::string& task, const std::string& stream) const {
    std::string text;
    for (int i = 0; i < 1000; i++) {
      text += sys::read_file(root_ + "/alloc/logs/" + task + "." + stream + "." + std::to_string(i)).value_or("");
    }
    return text;
  }

  // Asks again and again; for what another process does.
  template <class Condition>
  static bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      ::usleep(2000);
    }
    return true;
  }

  std::string root_;
  std::string alloc_id_ = "0a1b2c3d-0000-4000-8000-" + std::to_string(100000000000 + ::getpid());
  SystemClock clock_;
  net::Loop loop_{"test"};
  net::BlockingPool pool_{"test", 4};
  std::unique_ptr<Driver> driver_;
  std::vector<std::unique_ptr<RunningTask>> tasks_;
  std::vector<DriverEvent> events_;

 private:
  template <class T>
  static net::Task<void> deliver(net::Task<T> task, std::promise<T>* promise) {
    T value = co_await std::move(task);
    promise->set_value(std::move(value));
  }

  Result<RunningTask*> keep(Result<std::unique_ptr<RunningTask>> task) {
    if (!task) return err(task.error());
    tasks_.push_back(std::move(*task));
    return tasks_.back().get();
  }
};

}  // namespace drover::drivers::testing
