#include "server/eval_queue.h"
#include "server/eval_work.h"
#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::ClientStatus;

// A market, the queue of evaluations and the real scheduler, one evaluation after the other.
class MarketFifoTest : public ::testing::Test {
 protected:
  MarketFifoTest() { cluster.must(state::PutMarket{.market = {.slug = "m"}}); }

  void add_node(uint64_t n, const std::string& node_class = "") {
    model::Node node = make_node(n, 1000);
    node.node_pool = "m";
    node.node_class = node_class;
    node.drivers["exec"] = {.detected = true, .healthy = true};
    cluster.must(state::RegisterNode{.node = node});
    cluster.must(state::UpdateNodeStatus{.node_id = node_id(n)});
  }
  void submit(uint64_t n, int32_t cpu = 600, const std::string& node_class = "", int32_t priority = 50) {
    model::Job job = make_job(name_of(n), cpu);
    job.type = model::JobType::Batch;
    job.node_pool = "m";
    job.priority = priority;
    job.task_groups[0].count = 1;
    if (!node_class.empty()) {
      job.constraints = {{.ltarget = "${node.class}", .rtarget = node_class}};
    }
    model::Evaluation eval = model::make_eval(job, model::EvalId(ids.uuid()), model::trigger::kJobRegister);
    cluster.must(state::RegisterJob{.job = job, .eval = eval, .time = now.wall});
  }
  static std::string name_of(uint64_t n) { return "job" + std::to_string(n); }

  void note() {
    const auto after = std::make_shared<const state::Snapshot>(cluster.now());
    queue.note(changes_between(*seen, after), now);
    seen = after;
  }
  // Everything that can be worked on is; how much it was.
  size_t settle() {
    size_t worked = 0;
    for (note();; note()) {
      const auto eval = queue.next(now);
      if (!eval && !queue.has_more()) return worked;
      if (!eval) continue;
      EvalWork work{.eval = *eval, .held_back = queue.is_held_back(*eval)};
      const auto reply = cluster.apply(plan_work(work, cluster.now(), now.wall, ids));
      EXPECT_TRUE(reply) << reply.error().message();
      queue.finished(*eval, WorkResult::Done, now);
      ++worked;
    }
  }
  std::vector<std::string> running() {
    std::vector<std::string> out;
    for (const auto& entry : cluster.now().allocs()) {
      if (!entry.value->terminal()) out.push_back(std::string(entry.value->job_id));
    }
    return out;
  }
  void complete(const std::string& job) {
    for (const auto& entry : cluster.now().allocs_of_job({"default", job})) {
      model::Allocation alloc = *entry.value;
      alloc.client_status = ClientStatus::Complete;
      alloc.task_states[make_job("x").task_groups[0].tasks[0].name] = {.state = model::TaskStateKind::Dead};
      cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = now.wall});
      return;
    }
  }

  TestCluster cluster;
  SeededRandom ids{1};
  EvalQueue queue{ids};
  std::shared_ptr<const state::Snapshot> seen = std::make_shared<state::Snapshot>();
  Moment now{WallTime{1'000'000'000}, MonoTime{1}};
  using Names = std::vector<std::string>;
};

TEST_F(MarketFifoTest, AThousandJobsRunInTheOrderOfTheirSubmission) {
  constexpr uint64_t kJobs = 1000;
  add_node(1);
  for (uint64_t n = 0; n < kJobs; ++n) submit(n, 600, n % 10 == 3 ? "nowhere" : "", 50 + static_cast<int32_t>(n % 7));
  size_t worked = settle();
  for (uint64_t n = 0; n < kJobs; ++n) {
    if (n % 10 == 3) continue;  // holds nobody up
    ASSERT_EQ(running(), Names{name_of(n)});
    complete(name_of(n));
    worked += settle();
  }
  EXPECT_TRUE(running().empty());
  EXPECT_LE(worked, 3 * kJobs);
}

TEST_F(MarketFifoTest, SmallJobsDoNotOvertakeALargeOne) {
  add_node(1);
  submit(1, 600);
  submit(2, 900);
  submit(3, 100);
  settle();
  EXPECT_EQ(running(), Names{"job1"});  // the third would fit beside it
  complete("job1");
  settle();
  EXPECT_EQ(running(), (Names{"job2", "job3"}));
}

TEST_F(MarketFifoTest, WhoeverCanRunNowhereKeepsItsPlace) {
  add_node(1);
  submit(1, 600, "gpu");
  submit(2, 600);
  submit(3, 600);
  settle();
  EXPECT_EQ(running(), Names{"job2"});
  add_node(2, "gpu");
  settle();
  EXPECT_EQ(running(), (Names{"job1", "job2"}));
}

TEST_F(MarketFifoTest, AJoiningNodeTakesNothingBeforeItHasWhatIsRequired) {
  const model::Market market{.slug = "m", .required_images = {"busybox"}};
  cluster.must(state::PutMarket{.market = market});
  submit(1);
  submit(2);
  add_node(1);
  settle();
  EXPECT_TRUE(running().empty());
  model::Node node = make_node(1, 1000);
  node.node_pool = "m";
  node.drivers["exec"] = {.detected = true, .healthy = true};
  node.prefetched = model::requirements_id(market);
  cluster.must(state::RegisterNode{.node = node});
  settle();
  EXPECT_EQ(running(), Names{"job1"});
}

}  // namespace
}  // namespace drover::server
