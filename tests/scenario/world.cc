#include "scenario/world.h"

#include <algorithm>

#include "base/check.h"
#include "sched/scheduler.h"
#include "server/eval_outcome.h"
#include "state/dump.h"
#include "state/load.h"

namespace drover::scenario {
namespace {

using model::ClientStatus;
using model::NodeStatus;
using server::RowChange;

template <class Table, class T>
void collect(const Table& before, const Table& after, std::vector<RowChange<T>>& out) {
  Table::for_each_change(before, after, [&](const auto&, const state::Row<T>* was, const state::Row<T>* is) {
    out.push_back({was ? *was : nullptr, is ? *is : nullptr});
  });
}

// As server/eval_controller.cc decides it, which is bound to its loop.
bool gained_room(const RowChange<model::Allocation>& change) {
  return change.before && !change.before->terminal() && (!change.after || change.after->terminal());
}
bool may_take_more(const RowChange<model::Node>& change) {
  if (!change.after || !change.after->accepts_work()) return false;
  return !change.before || !change.before->accepts_work() ||
         change.before->computed_class != change.after->computed_class;
}

Status only_status(Result<state::Reply> reply) {
  if (!reply) return err(reply.error());
  return Ok{};
}

}  // namespace

World::World(uint64_t seed)
    : random_(seed),
      snapshot_(std::make_shared<state::Snapshot>()),
      followed_(snapshot_),
      heartbeats_({}, clock_, random_) {}

void World::add_node(model::Node node) {
  const model::NodeId id = node.id;
  const bool ok = apply(state::RegisterNode{std::move(node), clock_.now()}) &&
                  apply(state::UpdateNodeStatus{.node_id = id, .time = clock_.now()});
  CHECK(ok, "a new node registers");
  silent_.erase(id);
  heartbeats_.heard(id);
}

Status World::run(model::Job job) {
  model::Evaluation eval = new_eval(job, model::trigger::kJobRegister);
  return only_status(apply(state::RegisterJob{
      .job = std::move(job), .enforce_modify_index = {}, .eval = std::move(eval), .time = clock_.now()}));
}

Status World::stop(const std::string& job, Purge purge) {
  model::Job named{.id = job};
  if (const auto stored = snapshot_->job(named.key())) named = *stored;
  return only_status(apply(state::DeregisterJob{.ns = named.ns,
                                                .job_id = job,
                                                .purge = purge == Purge::Yes,
                                                .eval = new_eval(named, model::trigger::kJobDeregister),
                                                .time = clock_.now()}));
}

Status World::set_eligibility(const model::NodeId& node, model::NodeEligibility eligibility) {
  return only_status(apply(
      state::UpdateNodeEligibility{.node_id = node, .eligibility = eligibility, .evals = {}, .time = clock_.now()}));
}

Status World::take_down(const model::NodeId& node) {
  heartbeats_.forget(node);
  silent_.insert(node);
  return only_status(apply(state::UpdateNodeStatus{.node_id = node,
                                                   .status = NodeStatus::Down,
                                                   .description = "heartbeat missed",
                                                   .evals = evals_for_jobs_on(node),
                                                   .time = clock_.now()}));
}

Status World::bring_up(const model::NodeId& node) {
  const auto known = snapshot_->node(node);
  if (!known) return err(ErrorCode::NotFound, "no such node");
  add_node(*known);
  return Ok{};
}

Status World::report(const model::Allocation& alloc, ClientStatus status) {
  model::Allocation update{.id = alloc.id};
  update.client_status = status;
  const bool ended = status != ClientStatus::Pending && status != ClientStatus::Running;
  if (ended) {
    const auto job = snapshot_->job_of(alloc);
    const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
    for (const model::Task& task : group ? group->tasks : std::vector<model::Task>()) {
      update.task_states[task.name] = {
          .state = model::TaskStateKind::Dead, .failed = status == ClientStatus::Failed, .finished_at = clock_.now()};
    }
  }
  state::UpdateAllocs command{.allocs = {std::move(update)}, .evals = {}, .time = clock_.now()};
  const auto job = snapshot_->job(alloc.job_key());
  if (status == ClientStatus::Failed && !alloc.terminal() && job && !job->stop) {
    command.evals.push_back(new_eval(*job, model::trigger::kAllocFailure));
  }
  return only_status(apply(std::move(command)));
}

void World::settle() {
  for (;;) {
    follow();
    if (const auto eval = held_ ? std::nullopt : broker_.dequeue(clock_.now())) {
      process(**eval);
      broker_.done((*eval)->id);
    } else if (!run_nodes()) {
      return;
    }
  }
}

void World::advance(Duration by) {
  const MonoTime end = clock_.mono() + by;
  settle();
  while (clock_.mono() < end) {
    Duration step = end - clock_.mono();
    if (const auto due = broker_.next_due(); due && *due > clock_.now()) step = std::min(step, *due - clock_.now());
    if (const auto deadline = heartbeats_.next_deadline()) step = std::min(step, *deadline - clock_.mono());
    clock_.advance(std::max(step, Duration(0)));
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
  server::StateChanges changes{.snapshot = snapshot_, .evals = {}, .nodes = {}, .allocs = {}};
  collect(followed_->evals(), snapshot_->evals(), changes.evals);
  collect(followed_->nodes(), snapshot_->nodes(), changes.nodes);
  collect(followed_->allocs(), snapshot_->allocs(), changes.allocs);
  followed_ = snapshot_;
  for (const auto& change : changes.evals) on_eval(change);
  note_room(changes);
}

void World::on_eval(const RowChange<model::Evaluation>& change) {
  if (change.before) blocked_.remove(change.before->id);
  if (!change.after || change.after->terminal()) {
    if (change.before) broker_.remove(change.before->id);
    return;
  }
  if (change.after->status == model::EvalStatus::Pending) return broker_.enqueue(change.after);
  broker_.remove(change.after->id);
  if (auto ready = blocked_.block(change.after)) broker_.enqueue(*ready);
}

void World::note_room(const server::StateChanges& changes) {
  std::set<std::string> classes;
  for (const auto& change : changes.nodes) {
    if (may_take_more(change)) classes.insert(change.after->computed_class);
  }
  for (const auto& change : changes.allocs) {
    const auto node = gained_room(change) ? snapshot_->node(change.before->node_id) : nullptr;
    if (node && node->accepts_work()) classes.insert(node->computed_class);
  }
  for (const std::string& computed_class : classes) {
    for (auto& eval : blocked_.unblock(computed_class, snapshot_->index())) broker_.enqueue(std::move(eval));
  }
}

// One evaluation, as server/scheduler_pool.cc works on it; alone, so that its plan never collides.
void World::process(const model::Evaluation& eval) {
  processed_.push_back(eval.job_id);
  const auto snapshot = snapshot_;
  const sched::Decision decision = sched::schedule({.snapshot = *snapshot,
                                                    .eval = eval,
                                                    .job = snapshot->job(eval.job_key()),
                                                    .now = clock_.now(),
                                                    .seed = random_.next()});
  if (!decision.plan.is_no_op()) {
    const auto reply = apply(state::ApplyPlan{decision.plan, clock_.now()});
    CHECK(reply && reply->plan.rejected_nodes.empty(), "a plan made on the newest state fits");
  }
  const auto written =
      apply(state::UpsertEvals{server::eval_outcome({eval, *snapshot, decision, false}, random_), clock_.now()});
  CHECK(written, "an outcome is written");
}

// Every connected node that is not manual starts what it should run and ends what it should stop.
bool World::run_nodes() {
  std::vector<std::pair<state::Row<model::Allocation>, ClientStatus>> reports;
  for (const auto& entry : snapshot_->allocs()) {
    const model::Allocation& alloc = *entry.value;
    if (!connected(alloc.node_id) || manual_.count(alloc.node_id) > 0 || alloc.client_terminal()) continue;
    if (alloc.server_terminal()) {
      reports.emplace_back(entry.value, ClientStatus::Complete);
    } else if (alloc.client_status == ClientStatus::Pending) {
      reports.emplace_back(entry.value, ClientStatus::Running);
    }
  }
  for (const auto& [alloc, status] : reports) CHECK(report(*alloc, status), "a node reports");
  return !reports.empty();
}

void World::beat_and_expire() {
  for (const auto& entry : snapshot_->nodes()) {
    if (connected(entry.key)) heartbeats_.heard(entry.key);
  }
  for (const model::NodeId& node : heartbeats_.expired()) CHECK(take_down(node), "a known node goes down");
}

bool World::connected(const model::NodeId& node) const {
  const auto known = snapshot_->node(node);
  return known && known->status == NodeStatus::Ready && silent_.count(node) == 0;
}

model::Evaluation World::new_eval(const model::Job& job, const char* trigger) {
  model::Evaluation eval;
  eval.id = model::EvalId(random_.uuid());
  eval.ns = job.ns;
  eval.priority = job.priority;
  eval.type = job.type;
  eval.triggered_by = trigger;
  eval.job_id = job.id;
  eval.job_modify_index = job.job_modify_index;
  return eval;
}

std::vector<model::Evaluation> World::evals_for_jobs_on(const model::NodeId& node) {
  std::set<model::JobKey> jobs;
  for (const auto& entry : snapshot_->allocs_of_node(node)) {
    if (!entry.value->terminal()) jobs.insert(entry.value->job_key());
  }
  std::vector<model::Evaluation> evals;
  for (const model::JobKey& key : jobs) {
    if (const auto job = snapshot_->job(key)) evals.push_back(new_eval(*job, model::trigger::kNodeUpdate));
  }
  return evals;
}

Status World::check_invariants() const {
  for (const auto& entry : snapshot_->nodes()) TRY(check_node(*entry.value));
  state::SnapshotLoader loader;
  for (const auto& [key, value] : rows_) TRY(loader.add(key.first, key.second, value));
  TRY_LET(const state::Snapshot reloaded, loader.finish(snapshot_->index()));
  if (state::dump(reloaded) != state::dump(*snapshot_)) {
    return err(ErrorCode::Internal, "the stored rows do not make the same state again");
  }
  return Ok{};
}

Status World::check_node(const model::Node& node) const {
  int64_t cpu = 0, memory = 0, disk = 0;
  std::set<int32_t> ports;
  for (const auto& entry : snapshot_->allocs_of_node(node.id)) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    const auto job = snapshot_->job_of(alloc);
    CHECK(job && job->find_group(alloc.task_group), "an allocation's version is kept");
    const state::GroupAsk ask = state::group_ask(*job->find_group(alloc.task_group));
    cpu += ask.cpu;
    memory += ask.memory_mb;
    disk += ask.disk_mb;
    for (const model::AllocatedPort& port : alloc.ports) {
      if (!ports.insert(port.value).second) {
        return err(ErrorCode::Internal, "port {} is held twice on node {}", port.value, node.name);
      }
    }
  }
  if (cpu > node.resources.cpu || memory > node.resources.memory_mb || disk > node.resources.disk_mb) {
    return err(ErrorCode::Internal, "node {} holds more than it has: {} MHz, {} MB, {} MB of disk", node.name, cpu,
               memory, disk);
  }
  return Ok{};
}

}  // namespace drover::scenario
