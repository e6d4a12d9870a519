#include "server/service_watches.h"

#include "state/test_cluster.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::server {
namespace {

using namespace state::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kNs = model::kDefaultNamespace;

// Two nodes with an allocation each.
class ServiceWatchesTest : public ::testing::Test {
 protected:
  ServiceWatchesTest() {
    for (const uint64_t n : {1, 2}) cluster.add_ready_node(n);
    cluster.must(state::RegisterJob{.job = make_job("web", 10, 0)});
    cluster.place("web", {make_alloc(1, "web", node_id(1)), make_alloc(2, "web", node_id(2))});
    seen = std::make_shared<const state::Snapshot>(cluster.now());
  }

  static model::ServiceRegistration service(uint64_t alloc, const std::string& name, const std::string& health) {
    return {.id = "_nomad-task-" + alloc_id(alloc).str() + "-" + name,
            .service_name = name,
            .ns = kNs,
            .node_id = node_id(alloc),
            .job_id = "web",
            .alloc_id = alloc_id(alloc),
            .tags = {"t" + std::to_string(alloc)},
            .address = "10.0.0.1",
            .port = 80,
            .health = health};
  }
  void offer(uint64_t alloc, std::vector<model::ServiceRegistration> services) {
    cluster.must(state::SetServices{.alloc_id = alloc_id(alloc), .services = std::move(services)});
    auto now = std::make_shared<const state::Snapshot>(cluster.now());
    for (const auto& change : changes_between(*seen, now).services) watches.note(change);
    seen = std::move(now);
  }
  void want(uint64_t node, std::vector<rpc::ServiceQuery> queries) {
    watches.set(node_id(node), {.queries = std::move(queries)}, cluster.now());
  }
  // "<node>: <service>[<tags>] …" of each answer.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const auto& [node, answer] : watches.next(cluster.now())) {
      std::string& line = out.emplace_back(node == node_id(1) ? "1:" : "2:");
      for (const auto& service : answer.instances) {
        line += " " + service.service_name;
        for (const auto& tag : service.tags) line += "," + tag;
      }
    }
    return out;
  }

  state::testing::TestCluster cluster;
  std::shared_ptr<const state::Snapshot> seen;
  ServiceWatches watches;
};

TEST_F(ServiceWatchesTest, AnswersAtOnceAndWhenSomethingChanges) {
  want(1, {{kNs, "api"}});
  EXPECT_THAT(told(), ElementsAre("1:")) << "that there is none is an answer";
  EXPECT_FALSE(watches.waiting());
  offer(2, {service(2, "api", "passing"), service(2, "other", "passing")});
  EXPECT_THAT(told(), ElementsAre("1: api,t2"));
  want(2, {{kNs, "api"}});
  EXPECT_THAT(told(), ElementsAre("2: api,t2")) << "who knows it already is not told again";
  offer(2, {});
  EXPECT_THAT(told(), ElementsAre("1:", "2:"));
}

TEST_F(ServiceWatchesTest, NamesOnlyInstancesThatAreNotCritical) {
  want(1, {{kNs, "api"}});
  offer(1, {service(1, "api", "critical")});
  offer(2, {service(2, "api", "passing")});
  EXPECT_THAT(told(), ElementsAre("1: api,t2"));
  offer(1, {service(1, "api", "warning")});
  EXPECT_THAT(told(), ElementsAre("1: api,t1 api,t2"));
  offer(1, {service(1, "api", "passing")});
  EXPECT_FALSE(watches.waiting()) << "nobody can tell the difference";
}

TEST_F(ServiceWatchesTest, NamesAllServicesOfANamespace) {
  offer(1, {service(1, "api", "passing"), service(1, "db", "passing")});
  offer(2, {service(2, "api", "passing")});
  want(1, {{kNs, ""}});
  EXPECT_THAT(told(), ElementsAre("1: api,t1,t2 db,t1"));
  offer(2, {});
  EXPECT_THAT(told(), ElementsAre("1: api,t1 db,t1"));
}

TEST_F(ServiceWatchesTest, TellsNothingOfNamespacesThatTheNodeHasNothingToDoWith) {
  want(1, {{"secret", "api"}, {"secret", ""}});
  EXPECT_THAT(told(), IsEmpty());
  watches.set(node_id(3), {.queries = {{kNs, "api"}}}, cluster.now());
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ServiceWatchesTest, ForgetsWhatIsNotWantedAnyMore) {
  want(1, {{kNs, "api"}, {kNs, "db"}});
  want(1, {{kNs, "db"}});
  EXPECT_THAT(told(), ElementsAre("1:")) << "the answer that was on its way is dropped";
  offer(2, {service(2, "api", "passing")});
  EXPECT_FALSE(watches.waiting());
  watches.forget(node_id(1));
  offer(2, {service(2, "db", "passing")});
  EXPECT_FALSE(watches.waiting());
}

TEST_F(ServiceWatchesTest, IsBounded) {
  std::vector<rpc::ServiceQuery> queries;
  for (size_t i = 0; i < rpc::kMaxWatchedServices + 100; ++i) queries.push_back({kNs, "s" + std::to_string(i)});
  want(1, queries);
  size_t answers = 0;
  while (watches.waiting()) {
    const auto some = watches.next(cluster.now());
    EXPECT_LE(some.size(), ServiceWatches::kMostAtOnce);
    answers += some.size();
  }
  EXPECT_EQ(answers, rpc::kMaxWatchedServices);
}

}  // namespace
}  // namespace drover::server
