#include "scenario/requests.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "base/duration.h"
#include "base/strings.h"
#include "model/time_zone.h"
#include "scenario/expect.h"
#include "server/child_jobs.h"
#include "server/collectable.h"
#include "server/deployment_step.h"
#include "state/node_jobs.h"

namespace drover::scenario {
namespace {

model::JobKey key_of(const std::string& job) {
  return {model::kDefaultNamespace, job};
}

Result<state::Row<model::Deployment>> find_deployment(const World& world, const std::string& job) {
  auto deployment = world.now().latest_deployment(key_of(job));
  if (!deployment) return err(ErrorCode::NotFound, "job \"{}\" has no deployment", job);
  return deployment;
}

std::vector<model::Evaluation> eval_of(World& world, const std::string& job, const char* trigger) {
  const auto stored = world.now().job(key_of(job));
  if (!stored) return {};
  return {model::make_eval(*stored, model::EvalId(world.random().uuid()), trigger)};
}

// As the API makes them for a node that is eligible again, or that somebody wants looked at.
std::vector<model::Evaluation> evals_for_node(World& world, const model::NodeId& node) {
  return state::evals_for_node(world.now(), node, state::NodeJobs::WithWorkOrSystem,
                               [&] { return model::EvalId(world.random().uuid()); });
}

// drain NODE [deadline=30s] [ignore_system] | drain NODE off
Status drain(const Statement& s, World& world) {
  const auto node = find_node(world.now(), s.word(1));
  if (!node) return err(ErrorCode::NotFound, "there is no node \"{}\"", s.word(1));
  state::UpdateNodeDrain command{.node_id = node->id, .meta = {}, .evals = {}, .time = world.clock().now()};
  if (s.word(2) == "off") {
    command.mark_eligible = true;
    command.evals = evals_for_node(world, node->id);
    return world.submit(std::move(command));
  }
  command.drain.emplace();
  if (const auto deadline = s.option("deadline")) {
    TRY_LET(command.drain->deadline, parse_duration(*deadline));
    const bool timed = command.drain->deadline > Duration(0);
    if (timed) command.drain->force_deadline = command.time + command.drain->deadline;
  }
  command.drain->ignore_system_jobs = s.words.back() == "ignore_system";
  return world.submit(std::move(command));
}

// promote|fail|pause|resume JOB
Status change_deployment(const Statement& s, World& world) {
  TRY_LET(const auto deployment, find_deployment(world, s.word(1)));
  const WallTime now = world.clock().now();
  auto evals = eval_of(world, s.word(1), model::trigger::kDeploymentWatcher);
  if (s.word(0) == "promote") {
    return world.submit(state::PromoteDeployment{
        .deployment_id = deployment->id, .groups = {}, .evals = std::move(evals), .time = now});
  }
  if (s.word(0) == "fail") {
    return world.submit(
        server::fail_deployment(world.now(), *deployment, model::deployment_text::kFailedByUser, world.random(), now));
  }
  const bool pause = s.word(0) == "pause";
  return world.submit(state::UpdateDeployment{
      .update = {.deployment_id = deployment->id,
                 .status = pause ? model::DeploymentState::Paused : model::DeploymentState::Running,
                 .status_description = pause ? model::deployment_text::kPaused : model::deployment_text::kRunning},
      .revert = {},
      .evals = std::move(evals),
      .time = now});
}

// revert JOB VERSION
Status revert(const Statement& s, World& world) {
  const auto version = parse_int(s.word(2));
  const auto job = world.now().job_version(key_of(s.word(1)), static_cast<uint64_t>(version.value_or(-1)));
  if (!job) return err(ErrorCode::NotFound, "there is no version \"{}\"", s.word(2));
  return world.run(*job);
}

// dispatch JOB [payload=TEXT] [size=BYTES] [token=TEXT] [meta.KEY=VALUE]…
Status dispatch(const Statement& s, World& world) {
  server::DispatchRequest asked{.parent = key_of(s.word(1)), .payload = s.option("payload").value_or(""), .meta = {}};
  asked.idempotency_token = s.option("token").value_or("");
  if (const auto size = s.option("size")) {
    asked.payload.assign(static_cast<size_t>(parse_int(*size).value_or(0)), 'x');
  }
  for (const std::string& word : s.words) {
    const size_t equals = word.find('=');
    if (word.starts_with("meta.") && equals != std::string::npos) {
      asked.meta[word.substr(5, equals - 5)] = word.substr(equals + 1);
    }
  }
  TRY_LET(auto launch, server::dispatch(world.now(), asked, world.random(), world.clock().now()));
  return world.submit(launch.command);
}

// periodic JOB: a launch now
Status force_periodic(const Statement& s, World& world) {
  TRY_LET(auto launch, server::force_launch(world.now(), key_of(s.word(1)), world.random(), world.clock().now()));
  return world.submit(launch.command);
}

// gc [forced]
Status collect(const Statement& s, World& world) {
  const auto thresholds = s.word(1) == "forced" ? server::kForcedGc : server::GcThresholds{};
  const auto found = server::collectable(world.now(), world.clock().now(), thresholds);
  for (auto& batch : server::in_batches(found, 3)) TRY(world.submit(std::move(batch)));
  return Ok{};
}

// scheduler preempt_KIND=on|off | scheduler algorithm=binpack|spread
Status configure(const Statement& s, World& world) {
  state::SetSchedulerConfig command{.config = world.now().scheduler_config()};
  model::PreemptionConfig& preemption = command.config.preemption;
  const std::pair<const char*, bool*> switches[] = {{"preempt_system", &preemption.system},
                                                    {"preempt_sysbatch", &preemption.sysbatch},
                                                    {"preempt_batch", &preemption.batch},
                                                    {"preempt_service", &preemption.service}};
  for (const auto& [name, value] : switches) {
    if (const auto option = s.option(name)) *value = *option == "on";
  }
  if (const auto algorithm = s.option("algorithm")) command.config.algorithm = *algorithm;
  return world.submit(std::move(command));
}

// clock +1h|-1h: somebody sets the wall clock; clock 2020-03-29T00:00:00: to that time (UTC)
Status set_clock(const Statement& s, World& world) {
  const std::string& text = s.word(1);
  if (text.starts_with("+") || text.starts_with("-")) {
    TRY_LET(const Duration step, parse_duration(text));
    world.clock().step_wall(step);
    return Ok{};
  }
  model::CivilTime time;
  const int read = std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &time.year, &time.month, &time.day, &time.hour,
                               &time.minute, &time.second);
  if (read != 6) return err(ErrorCode::InvalidArgument, "\"{}\" is no time", text);
  const auto wanted = model::TimeZone::utc().resolve(time).at;
  world.clock().step_wall(*wanted - world.clock().now());
  return Ok{};
}

// restart: the server begins again with what is stored
Status restart(const Statement&, World& world) {
  world.restart();
  return Ok{};
}

struct Verb {
  std::string_view name;
  Status (*act)(const Statement& statement, World& world);
};

constexpr std::array kVerbs{
    Verb{"drain", &drain},
    Verb{"promote", &change_deployment},
    Verb{"fail", &change_deployment},
    Verb{"pause", &change_deployment},
    Verb{"resume", &change_deployment},
    Verb{"revert", &revert},
    Verb{"dispatch", &dispatch},
    Verb{"periodic", &force_periodic},
    Verb{"gc", &collect},
    Verb{"scheduler", &configure},
    Verb{"clock", &set_clock},
    Verb{"restart", &restart},
};

}  // namespace

Status request(const Statement& statement, World& world) {
  for (const Verb& verb : kVerbs) {
    if (verb.name == statement.word(0)) return verb.act(statement, world);
  }
  return err(ErrorCode::InvalidArgument, "there is no statement \"{}\"", statement.word(0));
}

Status set_eligibility(World& world, const model::NodeId& node, model::NodeEligibility eligibility) {
  const bool eligible = eligibility == model::NodeEligibility::Eligible;
  return world.submit(
      state::UpdateNodeEligibility{.node_id = node,
                                   .eligibility = eligibility,
                                   .evals = eligible ? evals_for_node(world, node) : std::vector<model::Evaluation>(),
                                   .time = world.clock().now()});
}

Status evaluate_node(World& world, const model::NodeId& node) {
  return world.submit(state::UpsertEvals{.evals = evals_for_node(world, node), .time = world.clock().now()});
}

}  // namespace drover::scenario
