#include "state/test_cluster.h"

#include <set>

namespace drover::state::testing {
namespace {

constexpr uint64_t kNodes = 6;
constexpr uint64_t kJobs = 5;  // 0 is parameterized, 1 its child, 4 periodic
constexpr uint64_t kAllocs = 60;
constexpr uint64_t kEvals = 20;
constexpr uint64_t kDeployments = 10;

// Random commands over a small world, many of which fail or do nothing.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  Command next(const Snapshot& now) {
    time_.unix_nanos += 1;
    switch (random_.below(20)) {
      case 0:
        return make_command(RegisterNode{.node = some_node(), .time = time_});
      case 1:
      case 2:
        return make_command(RegisterJob{.job = some_job(), .eval = some_eval(), .time = time_});
      case 3:
        return make_command(deregistration());
      case 4:
        return make_command(node_status());
      case 5:
        return make_command(eligibility());
      case 6:
        return make_command(UpsertEvals{.evals = {some_eval(), some_eval()}, .time = time_});
      case 7:
        return make_command(services());
      case 8:
        return make_command(collection());
      case 9:
        return make_command(UpdateAllocs{.allocs = {report(), report()}, .evals = {some_eval()}, .time = time_});
      case 10:
        return make_command(drain());
      case 11:
        return make_command(UpdateTransitions{.transitions = {transition(), transition()}, .time = time_});
      case 12:
        return make_command(deployment_end());
      case 13:
        return make_command(PromoteDeployment{.deployment_id = some_deployment_id(), .time = time_});
      case 14:
        return make_command(allocation_health());
      case 15:
        return random_.below(4) == 0 ? make_command(SetSchedulerConfig{.config = {.algorithm = "spread"}})
                                     : make_command(launch());
      case 16:
        return random_.below(3) == 0 ? market() : make_command(scaling());
      default:
        return make_command(ApplyPlan{.plan = plan(now), .time = time_});
    }
  }

 private:
  Command market() {
    if (random_.below(4) == 0) return make_command(DeleteMarket{.slug = "default", .time = time_});
    if (random_.below(4) == 0) {
      const auto hours = std::chrono::hours(random_.below(4));
      return make_command(ExtendJob{.ns = "default", .job_id = some_job_id(), .timeout = hours});
    }
    if (random_.below(4) == 0) {
      return make_command(SettleLogistics{.ns = "default", .job_id = some_job_id(), .outcome = "delivered"});
    }
    model::Market market{.slug = "default"};
    if (random_.below(2) == 0) market.required_images = {"busybox"};
    return make_command(PutMarket{.market = std::move(market), .time = time_});
  }
  std::string job_id(uint64_t n) {
    if (n == 0) return "tpl";
    if (n == 1) return "tpl/dispatch-1";
    return n == 4 ? "cron" : "job" + std::to_string(n);
  }
  std::string some_job_id() { return job_id(random_.below(kJobs)); }
  model::NodeId some_node_id() { return node_id(random_.below(kNodes)); }

  model::Node some_node() {
    model::Node node = make_node(random_.below(kNodes));
    node.node_class = "class" + std::to_string(random_.below(3));
    node.cores = {0, 1, 2, 3};
    node.devices = {{.vendor = "v", .type = "gpu", .name = "n", .instances = {{.id = "g0"}, {.id = "g1"}}}};
    return node;
  }
  model::Job some_job() {
    const uint64_t n = random_.below(kJobs);
    model::Job job = make_job(job_id(n), 100 + 50 * static_cast<int32_t>(random_.below(3)));
    job.type = n == 2 ? model::JobType::Service : model::JobType::Batch;
    if (n <= 1) job.parameterized = model::Parameterized{};
    if (n == 4) job.periodic = model::Periodic{.spec = "@daily"};
    add_hardware(job, n);
    if (n == 1) {
      job.dispatched = true;
      job.parent_id = "tpl";
    }
    return job;
  }
  // Cores and a device for some of the versions of a job.
  void add_hardware(model::Job& job, uint64_t n) {
    model::Resources& resources = job.task_groups[0].tasks[0].resources;
    if (n != 3 || random_.below(2) == 0) return;
    resources.cores = 2;
    resources.devices.push_back({.name = "gpu"});
  }
  model::Evaluation some_eval() {
    const uint64_t n = random_.below(kEvals);
    model::Evaluation eval = make_eval(n, job_id(n % kJobs));
    eval.status = static_cast<model::EvalStatus>(random_.below(5));
    if (random_.below(2) == 0) eval.queued_allocations["web"] = static_cast<int32_t>(random_.below(3));
    return eval;
  }
  DeregisterJob deregistration() {
    return {.ns = "default", .job_id = some_job_id(), .purge = random_.below(2) == 0, .time = time_};
  }
  UpdateNodeStatus node_status() {
    const bool down = random_.below(3) == 0;
    return {.node_id = some_node_id(),
            .status = down ? model::NodeStatus::Down : model::NodeStatus::Ready,
            .evals = {some_eval()},
            .time = time_};
  }
  UpdateNodeEligibility eligibility() {
    const bool in = random_.below(3) == 0;
    return {.node_id = some_node_id(),
            .eligibility = in ? model::NodeEligibility::Ineligible : model::NodeEligibility::Eligible,
            .time = time_};
  }
  SetServices services() {
    const uint64_t n = random_.below(kAllocs);
    SetServices command{.alloc_id = alloc_id(n), .time = time_};
    for (uint64_t i = random_.below(3); i > 0; --i) {
      command.services.push_back({.id = std::to_string(n) + "-" + std::to_string(random_.below(3)),
                                  .service_name = "s" + std::to_string(random_.below(3)),
                                  .port = static_cast<int32_t>(random_.below(9))});
    }
    return command;
  }
  model::Allocation report() {
    model::Allocation alloc{.id = alloc_id(random_.below(kAllocs))};
    alloc.client_status = static_cast<model::ClientStatus>(random_.below(5));
    alloc.task_states["server"].events.push_back({.type = "Started", .time = time_});
    if (random_.below(2) == 0) alloc.deployment_status = model::DeploymentStatus{.healthy = random_.below(3) != 0};
    return alloc;
  }
  Collect collection() {
    Collect command;
    for (int i = 0; i < 5; ++i) {
      command.allocs.push_back(alloc_id(random_.below(kAllocs)));
      command.evals.push_back(eval_id(random_.below(kEvals)));
    }
    if (random_.below(3) == 0) command.jobs.push_back({"default", some_job_id()});
    if (random_.below(3) == 0) command.nodes.push_back(some_node_id());
    if (random_.below(2) == 0) command.deployments.push_back(some_deployment_id());
    return command;
  }
  model::Plan plan(const Snapshot& now) {
    const std::string id = some_job_id();
    const auto versions = now.versions_of_job({"default", id});
    model::Plan plan = make_plan(id, {});
    plan.all_at_once = random_.below(8) == 0;
    const model::DeploymentId deployment = add_deployments(now, plan);
    for (uint64_t i = random_.below(6); i > 0; --i) {
      const uint64_t n = random_.below(kAllocs);
      const auto stored = now.alloc(alloc_id(n));
      model::Allocation alloc = make_alloc(n, id, stored ? stored->node_id : some_node_id());
      if (stored && random_.below(10) != 0) alloc.job_id = stored->job_id;
      alloc.job_version = versions.empty() ? 0 : versions[random_.below(versions.size())]->version;
      for (uint64_t p = random_.below(3); p > 0; --p) {
        alloc.ports.push_back({.label = "p", .value = static_cast<int32_t>(1000 + random_.below(12))});
      }
      if (random_.below(2) == 0) alloc.deployment_id = deployment;
      if (random_.below(3) == 0) alloc.deployment_status = model::DeploymentStatus{.canary = true};
      add_hardware(now, alloc);
      if (random_.below(3) == 0) alloc.previous_allocation = alloc_id(random_.below(kAllocs));
      if (alloc.job_id == id) plan.placements.push_back(alloc);
    }
    for (uint64_t i = random_.below(4); i > 0; --i) {
      model::PlannedStop stop{.alloc_id = alloc_id(random_.below(kAllocs))};
      if (random_.below(3) == 0) stop.client_status = model::ClientStatus::Lost;
      if (random_.below(3) == 0) stop.desired_status = model::DesiredStatus::Run;
      if (random_.below(3) == 0) stop.follow_up_eval = eval_id(random_.below(kEvals));
      plan.stops.push_back(stop);
    }
    if (!plan.placements.empty() && random_.below(3) == 0) {
      plan.preemptions.push_back(
          {.alloc_id = alloc_id(random_.below(kAllocs)), .preempted_by = plan.placements.front().id});
    }
    return plan;
  }

  model::DeploymentId some_deployment_id() { return deployment_id(random_.below(kDeployments)); }

  // One that the plan creates, or that its job has.
  model::DeploymentId add_deployments(const Snapshot& now, model::Plan& plan) {
    const auto latest = now.latest_deployment({plan.ns, plan.job_id});
    if (latest && random_.below(3) != 0) return latest->id;
    if (latest && latest->active()) {
      plan.deployment_updates.push_back({.deployment_id = latest->id, .status = model::DeploymentState::Cancelled});
    }
    model::Deployment made = make_deployment(random_.below(kDeployments), plan.job_id);
    const auto stored = now.deployment(made.id);
    if (stored && stored->job_id != plan.job_id) return {};
    if (const auto job = now.job({plan.ns, plan.job_id})) {
      made.job_version = job->version;
      made.job_create_index = job->create_index;
    }
    plan.deployment = made;
    return made.id;
  }
  void add_hardware(const Snapshot& now, model::Allocation& alloc) {
    const auto job = now.job_version(alloc.job_key(), alloc.job_version);
    if (!job || job->task_groups[0].tasks[0].resources.cores == 0) return;
    const auto first = static_cast<int32_t>(2 * random_.below(2));
    alloc.cores = {{.task = "server", .cores = {first, first + 1}}};
    const std::string instance = "g" + std::to_string(random_.below(2));
    alloc.devices = {{.task = "server", .vendor = "v", .type = "gpu", .name = "n", .device_ids = {instance}}};
  }
  UpdateNodeDrain drain() {
    UpdateNodeDrain command{.node_id = some_node_id(), .mark_eligible = random_.below(2) == 0, .time = time_};
    if (random_.below(2) == 0) command.drain = model::DrainStrategy{.deadline = std::chrono::hours(1)};
    command.complete = random_.below(2) == 0;
    return command;
  }
  AllocTransition transition() {
    return {.alloc_id = alloc_id(random_.below(kAllocs)), .transition = {.migrate = random_.below(2) == 0}};
  }
  UpdateDeployment deployment_end() {
    const bool well = random_.below(2) == 0;
    return {.update = {.deployment_id = some_deployment_id(),
                       .status = well ? model::DeploymentState::Successful : model::DeploymentState::Failed},
            .evals = {some_eval()},
            .time = time_};
  }
  SetAllocHealth allocation_health() {
    return {.deployment_id = some_deployment_id(), .healthy = {alloc_id(random_.below(kAllocs))}, .time = time_};
  }
  LaunchPeriodic launch() {
    model::Job child = make_job("cron/periodic-" + std::to_string(random_.below(9)));
    child.type = model::JobType::Batch;
    child.parent_id = "cron";
    return {.ns = "default",
            .job_id = job_id(3 + random_.below(2)),
            .launch = {static_cast<int64_t>(random_.below(1000))},
            .child = child,
            .time = time_};
  }
  ScaleJob scaling() {
    ScaleJob command{.ns = "default", .job_id = some_job_id(), .group = "web", .time = time_};
    if (random_.below(2) == 0) command.event.count = static_cast<int64_t>(random_.below(5));
    command.event.message = "scaled";
    return command;
  }

  SeededRandom random_;
  WallTime time_{1};
};

// The columns count what runs; with leftovers of a node that was forgotten and came back smaller nothing can be
// promised, so the generator never changes a node's capacity.
void expect_no_overcommit(const Snapshot& now) {
  for (const auto& [id, node] : now.nodes()) {
    const size_t slot = *now.slot_of(id);
    const ColumnChunk& chunk = *now.columns().chunks()[slot / kColumnChunk];
    const size_t i = slot % kColumnChunk;
    EXPECT_LE(chunk.cpu_used[i], chunk.cpu_capacity[i]);
    EXPECT_LE(chunk.memory_used[i], chunk.memory_capacity[i]);
    EXPECT_LE(chunk.disk_used[i], chunk.disk_capacity[i]);
    const PortSet& ports = now.columns().ports(slot);
    EXPECT_EQ(std::set<uint16_t>(ports.begin(), ports.end()).size(), ports.size());
    const Holdings& held = now.columns().holdings(slot);
    EXPECT_EQ(std::set<int32_t>(held.cores.begin(), held.cores.end()).size(), held.cores.size());
    EXPECT_EQ(std::set<UsedDevice>(held.devices.begin(), held.devices.end()).size(), held.devices.size());
  }
}

TEST(RandomCommands, KeepEveryIndexEqualToARecomputationAndNeverOvercommit) {
  size_t applied = 0, failed = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Generator generator(seed);
    TestCluster cluster;
    for (int step = 0; step < 250; ++step) {
      const Command command = generator.next(cluster.now());
      const std::string before = dump(cluster.now());
      const uint64_t index = cluster.now().index();
      const auto reply = cluster.apply(command);
      ++(reply ? applied : failed);
      if (!reply) {
        ASSERT_EQ(dump(cluster.now()), before) << "a failed " << command.name() << " left a trace";
      }
      ASSERT_LE(cluster.now().index(), index + 1);
      ASSERT_EQ(dump(cluster.now()), dump(cluster.reloaded()))
          << "seed " << seed << " step " << step << ' ' << command.name();
      expect_no_overcommit(cluster.now());
      for (const auto& [id, alloc] : cluster.now().allocs()) {
        ASSERT_TRUE(cluster.now().job_of(*alloc));
        ASSERT_TRUE(!alloc->terminal() || cluster.now().services_of_alloc(id).empty());
      }
      if (HasFailure()) FAIL() << "seed " << seed << " step " << step << ' ' << command.name();
    }
  }
  EXPECT_GT(applied, 1000u);
  EXPECT_GT(failed, 50u);
}

TEST(RandomCommands, GiveTheSameBytesWhenAppliedAgainAndInOneDraft) {
  Generator generator(42);
  TestCluster cluster;
  std::vector<Command> log;
  for (int step = 0; step < 1000; ++step) {
    log.push_back(generator.next(cluster.now()));
    (void)cluster.apply(log.back());
  }
  TestCluster again;
  for (const Command& command : log) (void)again.apply(command);
  EXPECT_EQ(again.rows(), cluster.rows());

  Draft draft{Snapshot()};
  for (const Command& command : log) (void)apply(draft, command);
  StoredRows rows;
  for (RowChange& change : draft.take_changes()) {
    rows.erase({change.table, change.key});
    if (change.value) rows[{change.table, change.key}] = *change.value;
  }
  EXPECT_EQ(rows, cluster.rows());
  EXPECT_EQ(dump(draft.freeze()), dump(cluster.now()));
}

TEST(RandomCommands, LeaveOldSnapshotsAlone) {
  Generator generator(7);
  TestCluster cluster;
  std::vector<std::pair<Snapshot, std::string>> kept;
  for (int step = 0; step < 500; ++step) {
    (void)cluster.apply(generator.next(cluster.now()));
    if (step % 50 == 0) kept.emplace_back(cluster.now(), dump(cluster.now()));
  }
  for (const auto& [snapshot, text] : kept) EXPECT_EQ(dump(snapshot), text);
}

TEST(SnapshotLoader, RefusesRowsThatCannotBeRead) {
  SnapshotLoader loader;
  const auto refused = loader.add(Table::Nodes, "key", "\xff\xff\xff");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Internal);
}

TEST(SnapshotLoader, RefusesAllocationsWithoutTheirJobVersion) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(RegisterJob{.job = make_job("web")});
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  StoredRows rows = cluster.rows();
  std::erase_if(rows, [](const auto& row) { return row.first.first == Table::Jobs; });
  EXPECT_FALSE(load_rows(rows, cluster.now().index()));
}

}  // namespace
}  // namespace drover::state::testing
