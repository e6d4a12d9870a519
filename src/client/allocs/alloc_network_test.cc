// Groups with a network of their own, on a real agent.

#include "client/testing.h"
#include "sys/files.h"
#include "sys/netns.h"
#include "sys/users.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using model::ClientStatus;

class AllocNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!sys::running_as_root()) GTEST_SKIP() << "needs root";
  }

  model::Job job_without_network(const std::string& script) {
    auto job = make_job(model::JobType::Batch, {shell_task("t", script)});
    job.task_groups[0].networks = {{.mode = "none"}};
    return job;
  }
  std::string output_of(model::AllocId id) {
    return sys::read_file(dir.path() + "/alloc/" + id.str() + "/alloc/logs/t.stdout.0").value_or("");
  }
  static std::string netns_of(model::AllocId id) { return "drover-" + id.str(); }

  TestDir dir;
  FakeServer server;
};

TEST_F(AllocNetworkTest, TasksAreOnItAndNothingOfItIsLeftAfterThem) {
  TestAgent agent(dir.path(), server);
  const auto job = job_without_network("cat /proc/net/dev");
  const auto alloc = make_alloc(job, 1);
  server.assign(alloc, job);
  ASSERT_TRUE(server.wait([&] { return server.status_is(alloc.id, ClientStatus::Complete); }));
  const std::string devices = output_of(alloc.id);
  EXPECT_NE(devices.find("lo:"), std::string::npos) << devices;
  EXPECT_EQ(devices.find("eth0:"), std::string::npos) << devices;
  server.forget(alloc.id);
  agent.stop(StopMode::KillTasks);
  EXPECT_FALSE(sys::netns_exists(netns_of(alloc.id)));
}

TEST_F(AllocNetworkTest, OutlivesTheAgentWithItsTasks) {
  const auto job = job_without_network("exec sleep 600");
  const auto alloc = make_alloc(job, 1);
  {
    TestAgent agent(dir.path(), server);
    server.assign(alloc, job);
    ASSERT_TRUE(server.wait([&] { return server.status_is(alloc.id, ClientStatus::Running); }));
    agent.stop(StopMode::LeaveTasks);
  }
  EXPECT_TRUE(sys::netns_exists(netns_of(alloc.id)));
  TestAgent agent(dir.path(), server);
  server.change(alloc.id, [](model::Allocation& a) { a.desired_status = model::DesiredStatus::Stop; });
  ASSERT_TRUE(server.wait([&] { return server.status_is(alloc.id, ClientStatus::Complete); }));
  agent.stop(StopMode::KillTasks);
  EXPECT_FALSE(sys::netns_exists(netns_of(alloc.id)));
}

TEST_F(AllocNetworkTest, OneThatCannotBeMadeFailsTheAllocationAndSaysWhy) {
  TestAgent agent(dir.path(), server);
  auto job = job_without_network("true");
  job.task_groups[0].networks[0].mode = "cni/nowhere";
  const auto alloc = make_alloc(job, 1);
  server.assign(alloc, job);
  ASSERT_TRUE(server.wait([&] { return server.status_is(alloc.id, ClientStatus::Failed); }));
  EXPECT_NE(server.alloc(alloc.id).client_description.str().find("there is no CNI network \"nowhere\""),
            std::string::npos);
}

}  // namespace
}  // namespace drover::client
