#include "sim/workload.h"

#include <array>

#include "server/child_jobs.h"
#include "server/deployment_step.h"
#include "sim/jobs.h"
#include "state/node_jobs.h"

namespace drover::sim {
namespace {

constexpr size_t kNames = 8;

// One of a table's rows, or null.
template <class Table>
auto pick(const Table& table, Random& random) -> std::decay_t<decltype((*table.begin()).value)> {
  if (table.size() == 0) return nullptr;
  uint64_t left = random.below(table.size());
  for (const auto& entry : table) {
    if (left-- == 0) return entry.value;
  }
  return nullptr;
}

}  // namespace

void Workload::act() {
  struct Kind {
    uint64_t weight;
    void (Workload::*act)();
  };
  constexpr std::array kKinds{
      Kind{30, &Workload::run_job},     Kind{8, &Workload::scale_job},          Kind{6, &Workload::revert_job},
      Kind{8, &Workload::dispatch},     Kind{2, &Workload::force_launch},       Kind{5, &Workload::evaluate},
      Kind{12, &Workload::change_node}, Kind{12, &Workload::change_deployment}, Kind{6, &Workload::move_alloc},
      Kind{2, &Workload::configure},    Kind{12, &Workload::change_job},
  };
  uint64_t total = 0;
  for (const Kind& kind : kKinds) total += kind.weight;
  uint64_t at = random().below(total);
  for (const Kind& kind : kKinds) {
    if (at < kind.weight) return (this->*kind.act)();
    at -= kind.weight;
  }
}

state::Row<model::Job> Workload::some_job() {
  return pick(sim_.now().jobs(), random());
}

state::Row<model::Node> Workload::some_node() {
  return pick(sim_.now().nodes(), random());
}

state::Row<model::Deployment> Workload::some_deployment() {
  return pick(sim_.now().deployments(), random());
}

std::vector<model::Evaluation> Workload::eval_of(const model::JobKey& key, const char* trigger) {
  const auto job = sim_.now().job(key);
  if (!job) return {};
  return {model::make_eval(*job, model::EvalId(random().uuid()), trigger)};
}

// ---- Jobs

void Workload::run(model::Job job, const std::string& what) {
  const model::JobKey key = job.key();
  state::RegisterJob command{.job = std::move(job), .time = sim_.clock().now()};
  if (!command.job.is_template()) {
    command.eval = model::make_eval(command.job, model::EvalId(random().uuid()), model::trigger::kJobRegister);
  }
  const uint64_t endings = sim_.observer().endings(key);
  sim_.submit(what, state::make_command(std::move(command)), [this, key, endings](const Result<state::Reply>& reply) {
    if (reply) sim_.observer().job_acknowledged(key, reply->job_modify_index, endings);
  });
}

void Workload::run_job() {
  const std::string id = "job" + std::to_string(random().below(kNames));
  const auto stored = sim_.now().job({model::kDefaultNamespace, id});
  if (!stored) return run(random_job(random(), id), "run " + id);
  run(changed_job(random(), *stored), "update " + id);
}

void Workload::change_job() {
  const auto job = some_job();
  if (job) stop_job(*job, sim_.chance(40));
}

void Workload::stop_job(const model::Job& job, bool purge) {
  if (purge) sim_.observer().job_may_go(job.key());
  state::DeregisterJob command{.ns = job.ns, .job_id = job.id, .purge = purge, .time = sim_.clock().now()};
  if (!job.is_template()) {
    command.eval = model::make_eval(job, model::EvalId(random().uuid()), model::trigger::kJobDeregister);
  }
  sim_.submit((purge ? "purge " : "stop ") + job.id, state::make_command(std::move(command)));
}

void Workload::scale_job() {
  const auto job = some_job();
  const bool has_count = job && (job->type == model::JobType::Service || job->type == model::JobType::Batch);
  if (!has_count || job->is_template()) return;
  const model::TaskGroup& group = job->task_groups[random().below(job->task_groups.size())];
  state::ScaleJob command{.ns = job->ns, .job_id = job->id, .group = group.name, .time = sim_.clock().now()};
  command.event.count = static_cast<int64_t>(random().below(12));
  command.eval = model::make_eval(*job, model::EvalId(random().uuid()), model::trigger::kScaling);
  sim_.submit(fmt::format("scale {} {} to {}", job->id, group.name, *command.event.count),
              state::make_command(std::move(command)));
}

void Workload::revert_job() {
  const auto job = some_job();
  if (!job) return;
  const auto versions = sim_.now().versions_of_job(job->key());
  model::Job old = *versions[random().below(versions.size())];
  if (old.create_index != job->create_index) return;
  old.stop = old.stable = false;
  run(std::move(old), "revert " + job->id);
}

void Workload::dispatch() {
  const auto job = some_job();
  if (!job || !job->parameterized || job->dispatched) return;
  server::DispatchRequest request{.parent = job->key(), .payload = "x", .meta = {}};
  if (sim_.chance(50)) request.idempotency_token = "t" + std::to_string(random().below(4));
  const auto launch = server::dispatch(sim_.now(), request, random(), sim_.clock().now());
  if (launch) sim_.submit("dispatch " + launch->job_id, launch->command);
}

void Workload::force_launch() {
  const auto job = some_job();
  if (!job || !job->periodic) return;
  const auto launch = server::force_launch(sim_.now(), job->key(), random(), sim_.clock().now());
  if (launch) sim_.submit("launch " + launch->job_id, launch->command);
}

void Workload::evaluate() {
  const auto job = some_job();
  if (!job || job->is_template()) return;
  sim_.submit("evaluate " + job->id,
              state::make_command(state::UpsertEvals{.evals = eval_of(job->key(), model::trigger::kJobRegister),
                                                     .time = sim_.clock().now()}));
}

// ---- Nodes

void Workload::change_node() {
  const auto node = some_node();
  if (!node) return;
  if (sim_.chance(50)) return set_drain(*node, !node->drain || sim_.chance(20));
  const bool eligible = node->eligibility != model::NodeEligibility::Eligible;
  state::UpdateNodeEligibility command{
      .node_id = node->id,
      .eligibility = eligible ? model::NodeEligibility::Eligible : model::NodeEligibility::Ineligible,
      .time = sim_.clock().now()};
  if (eligible) {
    command.evals = state::evals_for_node(sim_.now(), node->id, state::NodeJobs::WithWorkOrSystem,
                                          [&] { return model::EvalId(random().uuid()); });
  }
  sim_.submit((eligible ? "eligible " : "ineligible ") + node->name, state::make_command(std::move(command)));
}

void Workload::set_drain(const model::Node& node, bool drain) {
  state::UpdateNodeDrain command{.node_id = node.id, .time = sim_.clock().now()};
  if (drain) {
    constexpr std::array<int64_t, 4> kDeadlines{-1, 0, 60, 600};
    model::DrainStrategy& strategy = command.drain.emplace();
    strategy.deadline = std::chrono::seconds(kDeadlines[random().below(kDeadlines.size())]);
    if (strategy.deadline > Duration(0)) strategy.force_deadline = command.time + strategy.deadline;
    if (strategy.deadline < Duration(0)) strategy.force_deadline = command.time;
    strategy.ignore_system_jobs = sim_.chance(30);
  } else {
    command.mark_eligible = true;
    command.evals = state::evals_for_node(sim_.now(), node.id, state::NodeJobs::WithWorkOrSystem,
                                          [&] { return model::EvalId(random().uuid()); });
  }
  sim_.submit((drain ? "drain " : "no drain ") + node.name, state::make_command(std::move(command)));
}

// Somebody stops an allocation, or asks for another try.
void Workload::move_alloc() {
  const auto alloc = pick(sim_.now().allocs(), random());
  if (!alloc || !sim_.now().job(alloc->job_key())) return;
  state::AllocTransition transition{.alloc_id = alloc->id, .transition = {}};
  if (alloc->client_status == model::ClientStatus::Failed) {
    transition.transition.force_reschedule = true;
  } else {
    transition.transition.migrate = true;
  }
  sim_.submit("move " + alloc->id.short_str(), state::make_command(state::UpdateTransitions{
                                                   .transitions = {transition},
                                                   .evals = eval_of(alloc->job_key(), model::trigger::kAllocStop),
                                                   .time = sim_.clock().now()}));
}

// ---- Deployments

void Workload::change_deployment() {
  const auto deployment = some_deployment();
  if (!deployment || !deployment->active()) return;
  switch (random().below(5)) {
    case 0:
    case 1:
      return promote(*deployment);
    case 2:
      return sim_.submit(
          "fail " + deployment->id.short_str(),
          state::make_command(server::fail_deployment(sim_.now(), *deployment, model::deployment_text::kFailedByUser,
                                                      random(), sim_.clock().now())));
    case 3:
      return set_deployment(*deployment, deployment->status == model::DeploymentState::Paused
                                             ? model::DeploymentState::Running
                                             : model::DeploymentState::Paused);
    default:
      break;
  }
  state::SetAllocHealth command{.deployment_id = deployment->id,
                                .evals = eval_of(deployment->job_key(), model::trigger::kDeploymentWatcher),
                                .time = sim_.clock().now()};
  for (const auto& entry : sim_.now().allocs_of_job(deployment->job_key())) {
    if (entry.value->deployment_id != deployment->id) continue;
    (sim_.chance(80) ? command.healthy : command.unhealthy).push_back(entry.key);
  }
  sim_.submit("health " + deployment->id.short_str(), state::make_command(std::move(command)));
}

void Workload::promote(const model::Deployment& deployment) {
  sim_.submit("promote " + deployment.id.short_str(),
              state::make_command(
                  state::PromoteDeployment{.deployment_id = deployment.id,
                                           .evals = eval_of(deployment.job_key(), model::trigger::kDeploymentWatcher),
                                           .time = sim_.clock().now()}));
}

void Workload::set_deployment(const model::Deployment& deployment, model::DeploymentState state) {
  const bool runs = state == model::DeploymentState::Running;
  sim_.submit(
      (runs ? "resume " : "pause ") + deployment.id.short_str(),
      state::make_command(state::UpdateDeployment{
          .update = {.deployment_id = deployment.id,
                     .status = state,
                     .status_description = runs ? model::deployment_text::kRunning : model::deployment_text::kPaused},
          .evals = eval_of(deployment.job_key(), model::trigger::kDeploymentWatcher),
          .time = sim_.clock().now()}));
}

// ---- The cluster

void Workload::configure() {
  model::SchedulerConfig config = sim_.now().scheduler_config();
  config.algorithm = sim_.chance(50) ? "spread" : "binpack";
  config.preemption = {
      .system = sim_.chance(70), .sysbatch = sim_.chance(30), .batch = sim_.chance(40), .service = sim_.chance(40)};
  sim_.submit("configure " + config.algorithm, state::make_command(state::SetSchedulerConfig{.config = config}));
}

void Workload::wind_down() {
  for (const auto& entry : sim_.now().jobs()) {
    if (entry.value->periodic && !entry.value->stop) stop_job(*entry.value, false);
  }
  for (const auto& entry : sim_.now().nodes()) {
    if (entry.value->drain || entry.value->eligibility != model::NodeEligibility::Eligible) {
      set_drain(*entry.value, false);
    }
  }
  for (const auto& entry : sim_.now().deployments()) {
    const model::Deployment& deployment = *entry.value;
    if (!deployment.active()) continue;
    if (deployment.status == model::DeploymentState::Paused) {
      set_deployment(deployment, model::DeploymentState::Running);
    } else if (deployment.requires_promotion()) {
      promote(deployment);
    }
  }
}

}  // namespace drover::sim
