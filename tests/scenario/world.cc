#include "scenario/world.h"

#include <algorithm>

#include "base/check.h"
#include "server/deployment_watcher.h"
#include "server/drainer.h"
#include "server/eval_work.h"
#include "server/node_evals.h"
#include "server/node_watcher.h"
#include "server/periodic_dispatcher.h"

namespace drover::scenario {

using model::NodeStatus;

World::World(uint64_t seed)
    : random_(seed),
      snapshot_(std::make_shared<state::Snapshot>()),
      followed_(snapshot_),
      heartbeats_({}, clock_, random_) {
  start_server();
}

void World::start_server() {
  queue_ = std::make_unique<server::EvalQueue>(random_);
  deciders_.clear();
  deciders_.push_back(std::make_unique<server::DeploymentWatcher>(random_));
  deciders_.push_back(std::make_unique<server::Drainer>(random_));
  deciders_.push_back(std::make_unique<server::PeriodicDispatcher>(random_));
  deciders_.push_back(std::make_unique<server::NodeWatcher>(random_));
}

void World::restart() {
  followed_ = std::make_shared<state::Snapshot>();
  start_server();
}

Status World::submit(const state::Command& command) {
  auto reply = apply(command);
  if (!reply) return err(reply.error());
  return Ok{};
}

void World::add_node(model::Node node) {
  const model::NodeId id = node.id;
  const auto known = snapshot_->node(id);
  const bool was_away = known && known->status != NodeStatus::Ready;
  auto evals = was_away ? server::evals_for_jobs_on(*snapshot_, id, random_) : std::vector<model::Evaluation>();
  const bool ok = apply(state::RegisterNode{std::move(node), clock_.now()}) &&
                  apply(state::UpdateNodeStatus{.node_id = id, .evals = std::move(evals), .time = clock_.now()});
  CHECK(ok, "a new node registers");
  silent_.erase(id);
  heartbeats_.heard(id);
}

Status World::run(model::Job job) {
  state::RegisterJob command{.job = std::move(job), .enforce_modify_index = {}, .eval = {}, .time = clock_.now()};
  if (!command.job.is_template()) {
    command.eval = model::make_eval(command.job, model::EvalId(random_.uuid()), model::trigger::kJobRegister);
  }
  return submit(std::move(command));
}

Status World::stop(const std::string& job, Purge purge) {
  model::Job named{.id = job};
  if (const auto stored = snapshot_->job(named.key())) named = *stored;
  return submit(state::DeregisterJob{
      .ns = named.ns,
      .job_id = job,
      .purge = purge == Purge::Yes,
      .eval = model::make_eval(named, model::EvalId(random_.uuid()), model::trigger::kJobDeregister),
      .time = clock_.now()});
}

Status World::take_down(const model::NodeId& id) {
  heartbeats_.forget(id);
  silent_.insert(id);
  const auto node = snapshot_->node(id);
  if (!node) return err(ErrorCode::NotFound, "no such node");
  return submit(state::UpdateNodeStatus{.node_id = id,
                                        .status = server::status_when_lost(*snapshot_, *node),
                                        .description = "heartbeat missed",
                                        .evals = server::evals_for_jobs_on(*snapshot_, id, random_),
                                        .time = clock_.now()});
}

Status World::bring_up(const model::NodeId& node) {
  const auto known = snapshot_->node(node);
  if (!known) return err(ErrorCode::NotFound, "no such node");
  add_node(*known);
  return Ok{};
}

void World::settle() {
  do follow();
  while (work() || decide() || run_nodes());
}

void World::advance(Duration by) {
  const MonoTime end = clock_.mono() + by;
  settle();
  while (clock_.mono() < end) {
    Duration step = end - clock_.mono();
    if (const auto due = queue_->next_due()) step = std::min(step, *due - clock_.mono());
    if (const auto deadline = heartbeats_.next_deadline()) step = std::min(step, *deadline - clock_.mono());
    if (const auto health = next_health()) step = std::min(step, *health);
    if (decide_again_) step = std::min(step, *decide_again_);
    clock_.advance(std::max<Duration>(step, std::chrono::milliseconds(1)));
    beat_and_expire();
    settle();
  }
}

// Commands go into the state one by one, each in a draft of its own, and its rows where a store would keep them.
Result<state::Reply> World::apply(const state::Command& command) {
  state::Draft draft(*snapshot_);
  Result<state::Reply> reply = state::apply(draft, command);
  for (state::RowChange& change : draft.take_changes()) {
    if (change.value) {
      rows_[{change.table, change.key}] = *change.value;
    } else {
      rows_.erase({change.table, change.key});
    }
  }
  snapshot_ = std::make_shared<const state::Snapshot>(draft.freeze());
  return reply;
}

void World::follow() {
  if (followed_ == snapshot_) return;
  server::StateChanges changes = server::changes_between(*followed_, snapshot_);
  changes.first = followed_->index() == 0;
  followed_ = snapshot_;
  queue_->note(changes, server::Moment::of(clock_));
  for (const auto& decider : deciders_) decider->note(changes);
}

// One evaluation; alone, so that its plan never collides. False if there is none to work on.
bool World::work() {
  if (held_) return false;
  const server::Moment moment = server::Moment::of(clock_);
  const auto eval = queue_->next(moment);
  if (auto changes = queue_->take_changes(moment); !changes.empty()) {
    CHECK(apply(state::UpsertEvals{std::move(changes), moment.wall}), "evaluations are cancelled");
  }
  if (!eval) return queue_->has_more();
  processed_.push_back((*eval)->job_id);
  server::EvalWork work{.eval = *eval, .held_back = queue_->is_held_back(*eval)};
  const auto reply = apply(server::plan_work(work, *snapshot_, moment.wall, random_));
  const bool outdated = !reply && server::refusal_of(reply.error()) == server::Refusal::Outdated;
  CHECK(outdated || (reply && !server::must_plan_again(work, reply->plan)), "a plan made on the newest state fits");
  queue_->finished(*eval, server::WorkResult::Done, moment);
  return true;
}

// False if nobody wanted anything that changed the state.
bool World::decide() {
  decide_again_.reset();
  const uint64_t before = snapshot_->index();
  for (const auto& decider : deciders_) {
    follow();
    server::Decisions decisions = decider->decide(*snapshot_, server::Moment::of(clock_));
    for (const server::Action& action : decisions.actions) {
      if (!apply(action.command)) decider->refused(action.subject);
    }
    const auto& again = decisions.look_again;
    if (again) decide_again_ = decide_again_ ? std::min(*decide_again_, *again) : *again;
  }
  return snapshot_->index() != before;
}

}  // namespace drover::scenario
