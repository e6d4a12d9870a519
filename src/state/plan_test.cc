#include <algorithm>

#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

using model::Allocation;
using model::ClientStatus;

const model::JobKey kWeb{"default", "web"};

// A cluster of one ready node of 1000 MHz and a job whose allocations take 400 of them each.
class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    cluster.add_ready_node(1);
    cluster.must(RegisterJob{.job = make_job("web", 400)});
  }

  Allocation on(uint64_t n, uint64_t node = 1) { return make_alloc(n, "web", node_id(node)); }
  Allocation with_port(Allocation alloc, int32_t port) {
    alloc.ports.push_back({.label = "http", .value = port});
    return alloc;
  }
  void report(uint64_t n, ClientStatus status) {
    Allocation alloc = on(n);
    alloc.client_status = status;
    cluster.must(UpdateAllocs{.allocs = {alloc}, .time = {99}});
  }

  TestCluster cluster;
};

TEST_F(PlanTest, PlacesWhatFitsAndCountsIt) {
  const Reply reply = cluster.place("web", {on(1), on(2)});
  EXPECT_EQ(reply.plan.placed.size(), 2u);
  EXPECT_EQ(reply.plan.refresh_index, 0u);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 800);
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->alloc_modify_index, reply.index);
  EXPECT_EQ(cluster.now().job(kWeb)->status, model::JobStatus::Running);
}

TEST_F(PlanTest, RejectsANodeThatIsFullAndCommitsTheRest) {
  cluster.add_ready_node(2);
  const Reply reply = cluster.place("web", {on(1), on(2), on(3), on(4, 2)});
  EXPECT_EQ(reply.plan.placed, std::vector{alloc_id(4)});
  EXPECT_EQ(reply.plan.rejected_nodes, std::vector{node_id(1)});
  EXPECT_EQ(reply.plan.refresh_index, reply.index);
}

TEST_F(PlanTest, AllAtOnceDropsEverything) {
  cluster.add_ready_node(2);
  model::Plan plan = make_plan("web", {on(1), on(2), on(3), on(4, 2)});
  plan.all_at_once = true;
  const Reply reply = cluster.must(ApplyPlan{.plan = plan});
  EXPECT_TRUE(reply.plan.placed.empty());
  EXPECT_TRUE(cluster.now().allocs().empty());
  EXPECT_EQ(reply.plan.refresh_index, cluster.now().index());
}

TEST_F(PlanTest, CountsWhatTheSamePlanStops) {
  cluster.place("web", {on(1), on(2)});
  model::Plan plan = make_plan("web", {on(3)});
  plan.stops.push_back({.alloc_id = alloc_id(1), .node_id = node_id(1), .description = "moved"});
  const Reply reply = cluster.must(ApplyPlan{.plan = plan});
  EXPECT_TRUE(reply.plan.rejected_nodes.empty());
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->desired_status, model::DesiredStatus::Stop);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 800);
}

TEST_F(PlanTest, RejectsPortsThatAreTaken) {
  cluster.place("web", {with_port(on(1), 8080)});
  EXPECT_EQ(cluster.place("web", {with_port(on(2), 8080)}).plan.rejected_nodes.size(), 1u);
  model::Plan replace = make_plan("web", {with_port(on(3), 8080)});
  replace.stops.push_back({.alloc_id = alloc_id(1), .node_id = node_id(1)});
  EXPECT_TRUE(cluster.must(ApplyPlan{.plan = replace}).plan.rejected_nodes.empty());
  EXPECT_EQ(cluster.now().columns().ports(0), PortSet{8080});
}

TEST_F(PlanTest, RejectsPortsThatTheNodeKeepsForItself) {
  model::Node node = make_node(1);
  node.reserved.ports = {22};
  cluster.must(RegisterNode{.node = node});
  EXPECT_EQ(cluster.place("web", {with_port(on(1), 22)}).plan.rejected_nodes.size(), 1u);
}

TEST_F(PlanTest, OnlyStopsOnANodeThatTakesNoWork) {
  cluster.place("web", {on(1)});
  cluster.must(
      UpdateNodeEligibility{.node_id = node_id(1), .eligibility = model::NodeEligibility::Ineligible, .time = {5}});
  EXPECT_EQ(cluster.place("web", {on(2)}).plan.rejected_nodes.size(), 1u);
  EXPECT_EQ(cluster.place("web", {on(1)}).plan.placed.size(), 1u) << "an update in place starts no work";
  model::Plan stop = make_plan("web", {});
  stop.stops.push_back({.alloc_id = alloc_id(1), .node_id = node_id(1), .client_status = ClientStatus::Lost});
  EXPECT_TRUE(cluster.must(ApplyPlan{.plan = stop}).plan.rejected_nodes.empty());
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->client_status, ClientStatus::Lost);
}

TEST_F(PlanTest, UpdatesInPlaceWithoutForgettingWhatTheNodeReported) {
  cluster.place("web", {on(1)});
  report(1, ClientStatus::Running);
  cluster.must(RegisterJob{.job = make_job("web", 500)});
  Allocation update = on(1);
  update.job_version = 1;
  cluster.place("web", {update});
  const auto alloc = cluster.now().alloc(alloc_id(1));
  EXPECT_EQ(alloc->client_status, ClientStatus::Running);
  EXPECT_EQ(alloc->job_version, 1u);
  EXPECT_LT(alloc->create_index, alloc->modify_index);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 500);
}

TEST_F(PlanTest, DoesNotReviveAnAllocationThatEndedMeanwhile) {
  cluster.place("web", {on(1)});
  report(1, ClientStatus::Failed);
  EXPECT_TRUE(cluster.place("web", {on(1)}).plan.placed.empty());
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->client_status, ClientStatus::Failed);
}

TEST_F(PlanTest, LinksAReplacementToWhatItReplaces) {
  cluster.place("web", {on(1)});
  const uint64_t server_index = cluster.now().alloc(alloc_id(1))->alloc_modify_index;
  Allocation next = on(2);
  next.previous_allocation = alloc_id(1);
  cluster.place("web", {next});
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->next_allocation, alloc_id(2));
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->alloc_modify_index, server_index);
}

TEST_F(PlanTest, RefusesAGroupThatTheVersionDoesNotHave) {
  Allocation alloc = on(1);
  alloc.task_group = "db";
  const auto refused = cluster.apply(ApplyPlan{.plan = make_plan("web", {alloc})});
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
}

TEST_F(PlanTest, RejectsPlacementsOfAJobThatWasPurgedMeanwhile) {
  cluster.must(DeregisterJob{.ns = "default", .job_id = "web", .purge = true});
  EXPECT_EQ(cluster.place("web", {on(1)}).plan.rejected_nodes.size(), 1u);
}

TEST_F(PlanTest, TerminalReportsAreFinal) {  // cases.md 28
  cluster.place("web", {on(1)});
  report(1, ClientStatus::Complete);
  const uint64_t index = cluster.now().index();
  report(1, ClientStatus::Running);
  report(1, ClientStatus::Complete);
  report(77, ClientStatus::Running);
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->client_status, ClientStatus::Complete);
  EXPECT_EQ(cluster.now().index(), index);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[0], 0);
}

// cases.md 28: reports that come again, late or in another order move nothing back, and indexes only grow.
TEST_F(PlanTest, ReportsThatAreReplayedInAnyOrderChangeNothing) {
  cluster.place("web", {on(1), on(2)});
  const std::vector<std::pair<uint64_t, ClientStatus>> reports = {
      {1, ClientStatus::Running}, {2, ClientStatus::Running}, {1, ClientStatus::Failed}, {2, ClientStatus::Complete}};
  for (const auto& [n, status] : reports) report(n, status);
  const std::string text = dump(cluster.now());
  uint64_t index = cluster.now().index();
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    for (const size_t i : order) {
      report(reports[i].first, reports[i].second);
      EXPECT_GE(cluster.now().index(), index);
      index = cluster.now().index();
    }
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(dump(cluster.now()), text);
}

TEST_F(PlanTest, ClientReportsDoNotMoveTheServersIndex) {
  const uint64_t placed = cluster.place("web", {on(1)}).index;
  report(1, ClientStatus::Running);
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->alloc_modify_index, placed);
  EXPECT_EQ(cluster.now().alloc(alloc_id(1))->modify_index, placed + 1);
  EXPECT_EQ(cluster.now().summary(kWeb)->summary.at("web").running, 1);
}

TEST_F(PlanTest, SnapshotsDoNotChange) {
  const Snapshot before = cluster.now();
  const std::string text = dump(before);
  cluster.place("web", {with_port(on(1), 8080), on(2)});
  report(1, ClientStatus::Running);
  EXPECT_EQ(dump(before), text);
}

TEST_F(PlanTest, EvictsForAPlacementAndTellsWhoLooksAfterTheLoser) {
  cluster.must(RegisterJob{.job = make_job("big", 900)});
  cluster.place("web", {on(1), on(2)});
  model::Plan plan = make_plan("big", {make_alloc(3, "big", node_id(1))});
  for (uint64_t n : {1, 2}) plan.preemptions.push_back({.alloc_id = alloc_id(n), .preempted_by = alloc_id(3)});
  const Reply reply = cluster.must(ApplyPlan{.plan = plan, .evals = {make_eval(1, "web"), make_eval(2, "other")}});
  EXPECT_EQ(reply.plan.preempted.size(), 2u);
  const auto victim = cluster.now().alloc(alloc_id(1));
  EXPECT_EQ(victim->desired_status, model::DesiredStatus::Evict);
  EXPECT_EQ(victim->preempted_by, alloc_id(3));
  EXPECT_EQ(victim->desired_description, "Preempted by alloc ID " + alloc_id(3).str());
  EXPECT_EQ(cluster.now().alloc(alloc_id(3))->preempted_allocations.size(), 2u);
  EXPECT_TRUE(cluster.now().eval(eval_id(1)));
  EXPECT_FALSE(cluster.now().eval(eval_id(2)));
}

TEST_F(PlanTest, NotesFollowUpsWithoutStopping) {
  cluster.place("web", {on(1)});
  model::Plan plan = make_plan("web", {});
  plan.stops.push_back({.alloc_id = alloc_id(1),
                        .node_id = node_id(1),
                        .desired_status = model::DesiredStatus::Run,
                        .client_status = ClientStatus::Unknown,
                        .follow_up_eval = eval_id(7)});
  cluster.must(ApplyPlan{.plan = plan});
  const auto alloc = cluster.now().alloc(alloc_id(1));
  EXPECT_EQ(alloc->client_status, ClientStatus::Unknown);
  EXPECT_EQ(alloc->follow_up_eval_id, eval_id(7));
  EXPECT_FALSE(alloc->terminal());
}

// Node 2 has two cores of 500 MHz, a device and a volume; the job "gpu" wants one of each.
class HardwareTest : public PlanTest {
 protected:
  HardwareTest() {
    model::Node node = make_node(2);
    node.cores = {4, 5};
    node.devices = {{.vendor = "nvidia", .type = "gpu", .name = "T4", .instances = {{.id = "a"}}}};
    node.host_volumes["data"] = {.path = "/data", .read_only = true};
    cluster.must(RegisterNode{.node = node});
    cluster.must(UpdateNodeStatus{.node_id = node_id(2)});
    model::Job job = make_job("gpu");
    job.task_groups[0].tasks[0].resources.cores = 1;
    job.task_groups[0].tasks[0].resources.devices = {{.name = "gpu"}};
    job.task_groups[0].volumes["v"] = {.type = "host", .source = "data", .read_only = true};
    cluster.must(RegisterJob{.job = job});
  }
  Allocation gpu(uint64_t n, int32_t core = 4, const std::string& device = "a") {
    Allocation alloc = make_alloc(n, "gpu", node_id(2));
    alloc.cores = {{.task = "server", .cores = {core}}};
    alloc.devices = {{.task = "server", .vendor = "nvidia", .type = "gpu", .name = "T4", .device_ids = {device}}};
    return alloc;
  }
  bool takes(Allocation alloc) { return cluster.place("gpu", {std::move(alloc)}).plan.placed.size() == 1; }
};

TEST_F(HardwareTest, CountsCoresWithTheirCpu) {
  ASSERT_TRUE(takes(gpu(1)));
  const ColumnChunk& chunk = *cluster.now().columns().chunks()[0];
  EXPECT_EQ(chunk.core_cpu[1], 500);
  EXPECT_EQ(chunk.cpu_used[1], 500);
  EXPECT_EQ(cluster.now().columns().holdings(1).cores.size(), 1u);
  EXPECT_EQ(cluster.now().columns().holdings(1).devices, (std::vector<UsedDevice>{{"nvidia/gpu/T4", "a"}}));
  EXPECT_EQ(cluster.now().columns().node_id(1), node_id(2));
}

TEST_F(HardwareTest, RejectsWhatIsTakenOrNotThere) {
  EXPECT_FALSE(takes(gpu(1, 7))) << "no such core";
  EXPECT_FALSE(takes(gpu(1, 4, "b"))) << "no such device";
  Allocation without = gpu(1);
  without.devices.clear();
  EXPECT_FALSE(takes(without)) << "it was given no device";
  ASSERT_TRUE(takes(gpu(1)));
  EXPECT_FALSE(takes(gpu(2, 5))) << "the device is taken";
}

TEST_F(HardwareTest, RejectsANodeWithoutTheVolume) {
  model::Job job = *cluster.now().job({"default", "gpu"});
  job.task_groups[0].volumes["v"].read_only = false;
  cluster.must(RegisterJob{.job = job});
  Allocation alloc = gpu(1);
  alloc.job_version = 1;
  EXPECT_FALSE(takes(alloc)) << "it cannot be written to";
}

model::ServiceRegistration service(const std::string& id) {
  return {.id = id, .service_name = "api", .address = "10.0.0.1", .port = 80};
}

TEST_F(PlanTest, ServicesAreReplacedAsAWholeAndEndWithTheirAllocation) {
  cluster.place("web", {on(1)});
  cluster.must(SetServices{.alloc_id = alloc_id(1), .services = {service("a"), service("b")}});
  cluster.must(SetServices{.alloc_id = alloc_id(1), .services = {service("b")}});
  EXPECT_EQ(cluster.now().services_named("default", "api").size(), 1u);
  EXPECT_EQ(cluster.now().services_of_alloc(alloc_id(1)).front()->id, "b");
  report(1, ClientStatus::Complete);
  EXPECT_TRUE(cluster.now().services().empty());
  cluster.must(SetServices{.alloc_id = alloc_id(1), .services = {service("b")}});
  EXPECT_TRUE(cluster.now().services().empty());
  EXPECT_TRUE(cluster.now().services_named("default", "api").empty());
}

TEST_F(PlanTest, ServicesCannotBeTakenFromAnotherAllocation) {
  cluster.place("web", {on(1), on(2)});
  cluster.must(SetServices{.alloc_id = alloc_id(1), .services = {service("a")}});
  const auto refused = cluster.apply(SetServices{.alloc_id = alloc_id(2), .services = {service("a")}});
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
}

TEST_F(PlanTest, ServicesOfANodeThatIsDownAreRemoved) {
  cluster.place("web", {on(1)});
  cluster.must(SetServices{.alloc_id = alloc_id(1), .services = {service("a")}});
  cluster.must(UpdateNodeStatus{.node_id = node_id(1), .status = model::NodeStatus::Down});
  EXPECT_TRUE(cluster.now().services().empty());
}

TEST(RegisterNode, KeepsStatusOfAKnownNodeAndRefusesAnotherSecret) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  const uint64_t index = cluster.now().index();
  cluster.must(RegisterNode{.node = make_node(1)});
  EXPECT_EQ(cluster.now().index(), index) << "nothing changed";
  model::Node node = make_node(1, 2000);
  cluster.must(RegisterNode{.node = node});
  EXPECT_EQ(cluster.now().node(node_id(1))->status, model::NodeStatus::Ready);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_capacity[0], 2000);
  cluster.must(UpdateNodeStatus{.node_id = node_id(1), .status = model::NodeStatus::Down});
  cluster.must(RegisterNode{.node = node});
  EXPECT_EQ(cluster.now().node(node_id(1))->status, model::NodeStatus::Initializing);
  node.secret_id = Uuid{.hi = 9, .lo = 9};
  EXPECT_EQ(cluster.apply(RegisterNode{.node = node}).error().code(), ErrorCode::PermissionDenied);
}

TEST(DeregisterNode, GivesItsSlotAwayAndCountsLeftoversWhenItComesBack) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(RegisterJob{.job = make_job("web", 400)});
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  cluster.must(DeregisterNode{.node_id = node_id(1)});
  EXPECT_EQ(cluster.now().columns().class_limit(), 1u);
  cluster.add_ready_node(2);
  EXPECT_EQ(cluster.now().slot_of(node_id(2)), 0u);
  cluster.add_ready_node(1);
  EXPECT_EQ(cluster.now().columns().chunks()[0]->cpu_used[1], 400);
  EXPECT_EQ(cluster.now().columns().class_limit(), 1u);
  EXPECT_EQ(dump(cluster.reloaded()), dump(cluster.now()));
}

TEST(Collect, SparesWhatIsAlive) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(RegisterJob{.job = make_job("web", 400), .eval = make_eval(1, "web")});
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  const uint64_t index = cluster.now().index();
  cluster.must(
      Collect{.evals = {eval_id(1)}, .allocs = {alloc_id(1)}, .jobs = {{"default", "web"}}, .nodes = {node_id(1)}});
  EXPECT_EQ(cluster.now().index(), index);
}

TEST(Command, SurvivesItsEncoding) {
  TestCluster direct, decoded;
  for (const Command& command :
       {make_command(RegisterNode{.node = make_node(1), .time = {7}}),
        make_command(RegisterJob{.job = make_job("web"), .eval = make_eval(1, "web"), .time = {8}}),
        make_command(Collect{.jobs = {{"default", "web"}}})}) {
    ASSERT_TRUE(direct.apply(command));
    const auto copy = decode_command(encode_command(command));
    ASSERT_TRUE(copy) << copy.error().message();
    ASSERT_TRUE(decoded.apply(*copy));
  }
  EXPECT_EQ(direct.rows(), decoded.rows());
  EXPECT_FALSE(decode_command(""));
  EXPECT_FALSE(decode_command("\xff\xff"));
}

}  // namespace
}  // namespace drover::state::testing
