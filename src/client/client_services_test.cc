#include "client/client_test_support.h"

#include <chrono>

namespace drover::client {
namespace {

// ---- Services and checks

TEST_F(ClientTest, RegistersServicesWithTheHealthOfTheirChecks) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {{"run_for", "1h"}});
  model::Service service{.name = "web-${NOMAD_TASK_NAME}", .tags = {"a"}};
  service.checks = {{.name = "c",
                     .type = "script",
                     .command = "exit",
                     .args = {"0"},
                     .interval = std::chrono::seconds(1),
                     .timeout = std::chrono::seconds(1)}};
  task.services = {service};
  const auto id = run(make_job(JobType::Service, {task}));
  ASSERT_TRUE(server.wait([&] {
    const auto& services = server.services[id];
    return services.size() == 1 && services[0].health == "passing";
  }));
  EXPECT_EQ(server.services[id][0].service_name, "web-t");
  ASSERT_TRUE(server.wait([&] {
    const auto* alloc = server.find(id);
    return alloc && !alloc->checks.empty() && alloc->checks[0].status == "passing";
  }));
  stop_alloc(id);
  EXPECT_TRUE(server.wait([&] { return server.services[id].empty(); }));
}

TEST_F(ClientTest, ACheckThatFailsTooOftenRestartsItsTask) {
  TestAgent agent(dir.path(), server);
  auto task = mock_task("t", {{"run_for", "1h"}});
  model::Service service{.name = "web"};
  service.checks = {{.name = "c",
                     .type = "script",
                     .command = "exit",
                     .args = {"2"},
                     .interval = std::chrono::milliseconds(100),
                     .timeout = std::chrono::seconds(1),
                     .check_restart = model::CheckRestart{.limit = 2, .grace = std::chrono::milliseconds(1)}}};
  task.services = {service};
  auto job = make_job(JobType::Service, {task});
  const auto id = run(job);
  // attempts is 0: the restart that the check asks for is one too many.
  ASSERT_TRUE(becomes(id, ClientStatus::Failed));
  EXPECT_TRUE(has_event(server.alloc(id).task_states.at("t"), "Restart Signaled"));
}

TEST_F(ClientTest, TellsWhetherAnAllocationOfADeploymentIsHealthy) {
  TestAgent agent(dir.path(), server);
  auto job = make_job(JobType::Service, {mock_task("t", {{"run_for", "1h"}})});
  job.task_groups[0].update = model::UpdateStrategy{.health_check = "checks",
                                                    .min_healthy_time = std::chrono::milliseconds(30),
                                                    .healthy_deadline = std::chrono::minutes(1)};
  auto alloc = make_alloc(job);
  alloc.deployment_id = model::DeploymentId(Uuid{.hi = 1, .lo = 2});
  server.assign(alloc, job);
  EXPECT_TRUE(server.wait([&] {
    const auto* report = server.find(alloc.id);
    return report && report->deployment_status && report->deployment_status->healthy == true;
  }));
}

}  // namespace
}  // namespace drover::client
