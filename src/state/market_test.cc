#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

using namespace std::chrono_literals;

model::Market make_market(std::string slug) {
  return {.slug = std::move(slug)};
}

void join(TestCluster& cluster, uint64_t n, const std::string& pool, const std::string& prefetched = "") {
  model::Node node = make_node(n);
  node.node_pool = pool;
  node.prefetched = prefetched;
  cluster.must(RegisterNode{.node = node});
  cluster.must(UpdateNodeStatus{.node_id = node_id(n)});
}

TEST(Market, IsFoundByItsSlugAndItsAddress) {
  TestCluster cluster;
  cluster.must(PutMarket{.market = {.slug = "a100", .address = "97G9"}});
  EXPECT_EQ(cluster.now().find_market("a100")->slug, "a100");
  EXPECT_EQ(cluster.now().find_market("97G9")->slug, "a100");
  EXPECT_EQ(cluster.now().find_market("97g9"), nullptr);
  EXPECT_EQ(cluster.apply(PutMarket{.market = {.slug = "97G9"}}).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(cluster.apply(PutMarket{.market = {.slug = "b", .address = "a100"}}).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(cluster.apply(PutMarket{.market = {.slug = ""}}).error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(cluster.reloaded().find_market("97G9")->slug, "a100");
}

TEST(Market, KeepsItsIndexesAndIsNotWrittenWithoutAChange) {
  TestCluster cluster;
  const auto created = cluster.must(PutMarket{.market = make_market("m")});
  EXPECT_EQ(cluster.must(PutMarket{.market = make_market("m")}).index, created.index);
  cluster.must(PutMarket{.market = {.slug = "m", .lowest_vram = 24}});
  EXPECT_EQ(cluster.now().market("m")->create_index, created.index);
  EXPECT_GT(cluster.now().market("m")->modify_index, created.index);
  cluster.must(DeleteMarket{.slug = "m"});
  EXPECT_EQ(cluster.apply(DeleteMarket{.slug = "m"}).error().code(), ErrorCode::NotFound);
}

TEST(Market, ANodeTakesNoWorkBeforeItHasWhatIsRequired) {
  TestCluster cluster;
  model::Market market = make_market("m");
  market.required_images = {"busybox"};
  cluster.must(PutMarket{.market = market});
  join(cluster, 1, "m");
  join(cluster, 2, "other");
  EXPECT_FALSE(cluster.now().node(node_id(1))->accepts_work());
  EXPECT_TRUE(cluster.now().node(node_id(2))->accepts_work());
  join(cluster, 1, "m", model::requirements_id(market));
  EXPECT_TRUE(cluster.now().node(node_id(1))->accepts_work());
}

TEST(Market, NodesAreJudgedAnewWhenItRequiresSomethingElse) {
  TestCluster cluster;
  join(cluster, 1, "m");
  cluster.must(PutMarket{.market = make_market("m")});
  EXPECT_TRUE(cluster.now().node(node_id(1))->accepts_work());
  cluster.must(PutMarket{.market = {.slug = "m", .required_images = {"busybox"}}});
  EXPECT_FALSE(cluster.now().node(node_id(1))->accepts_work());
  cluster.must(DeleteMarket{.slug = "m"});
  EXPECT_TRUE(cluster.now().node(node_id(1))->accepts_work());
}

TEST(ExtendJob, GivesMoreTimeInPlace) {
  TestCluster cluster;
  model::Job job = make_job("web");
  job.timeout = 1h;
  cluster.must(RegisterJob{.job = job});
  const auto version = cluster.now().job({"default", "web"})->version;
  cluster.must(ExtendJob{.ns = "default", .job_id = "web", .timeout = 2h});
  EXPECT_EQ(cluster.now().job({"default", "web"})->timeout, Duration(2h));
  EXPECT_EQ(cluster.now().job({"default", "web"})->version, version);
  const auto less = cluster.apply(ExtendJob{.ns = "default", .job_id = "web", .timeout = 2h});
  EXPECT_EQ(less.error().message(), "the timeout of job \"web\" is 2h0m0s already");
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .reason = model::kExpired});
  EXPECT_EQ(cluster.now().job({"default", "web"})->stop_reason, "expired");
  EXPECT_EQ(cluster.apply(ExtendJob{.ns = "default", .job_id = "web", .timeout = 3h}).error().code(),
            ErrorCode::Conflict);
}

}  // namespace
}  // namespace drover::state::testing
