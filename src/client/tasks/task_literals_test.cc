#include "client/tasks/task_literals.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

struct Fixture {
  model::Job job;
  model::TaskGroup group;
  model::Node node;

  Fixture() {
    job.id = "flow";
    model::Task task;
    task.name = "web";
    task.endpoints.push_back({.port = "80", .type = "", .checks = {}});
    group.tasks.push_back(task);
  }

  jobspec::LiteralContext context() const {
    return literal_context({.job = job, .group = group, .node = node, .states = {}});
  }
};

TEST(TaskLiteralsTest, PortsAreExposedBelowTheDomainOfTheAgentsProxy) {
  Fixture fixture;
  fixture.node.attributes["expose.domain"] = "node.example.org:4650";
  const auto context = fixture.context();
  EXPECT_EQ(context.globals.at("frps_address"), "node.example.org:4650");
  EXPECT_TRUE(context.operations.at("web").endpoints.at("80").ends_with(".node.example.org:4650"));
}

TEST(TaskLiteralsTest, TheNodesMetaSaysAnotherDomain) {
  Fixture fixture;
  fixture.node.attributes["expose.domain"] = "node.example.org:4650";
  fixture.node.meta["nosana.frps_address"] = "front.example.org";
  const auto context = fixture.context();
  EXPECT_EQ(context.globals.at("frps_address"), "front.example.org");
  EXPECT_TRUE(context.operations.at("web").endpoints.at("80").ends_with(".front.example.org"));
}

TEST(TaskLiteralsTest, WithoutADomainNothingHasAnAddress) {
  EXPECT_TRUE(Fixture().context().operations.at("web").endpoints.empty());
}

}  // namespace
}  // namespace drover::client
