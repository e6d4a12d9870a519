#include "server/scheduler_pool.h"

#include "base/log.h"
#include "sched/scheduler.h"
#include "server/eval_outcome.h"

namespace drover::server {

SchedulerPool::SchedulerPool(StateWriter& writer, const Clock& clock, RandomFactory make_random,
                             SchedulerPoolOptions options)
    : writer_(writer), clock_(clock), make_random_(std::move(make_random)), options_(options) {}

SchedulerPool::~SchedulerPool() {
  stop();
}

void SchedulerPool::start(Finished finished) {
  finished_ = std::move(finished);
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
}

void SchedulerPool::stop() {
  queue_.close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void SchedulerPool::run() {
  const std::unique_ptr<Random> random = make_random_();
  while (const auto eval = queue_.pop()) process(**eval, *random);
}

void SchedulerPool::process(const model::Evaluation& eval, Random& random) {
  const int32_t limit = sched::max_attempts(eval.type);
  sched::Decision decision;
  std::shared_ptr<const state::Snapshot> snapshot;
  bool exhausted = true;
  for (int32_t attempt = 0; attempt < limit; ++attempt) {
    snapshot = writer_.snapshot();
    const MonoTime begin = clock_.mono();
    decision = sched::schedule({.snapshot = *snapshot,
                                .eval = eval,
                                .job = snapshot->job(eval.job_key()),
                                .now = clock_.now(),
                                .seed = random.next()});
    schedule_nanos_ += static_cast<uint64_t>((clock_.mono() - begin).count());
    exhausted = false;
    if (decision.plan.is_no_op()) break;
    const auto reply = writer_.submit_and_wait(state::make_command(state::ApplyPlan{decision.plan, clock_.now()}));
    if (!reply) {
      log::warn("plan not committed", {{"eval", eval.id.str()}, {"reason", reply.error().message()}});
      return finished_(eval.id, WorkResult::Retry);
    }
    placements_ += reply->plan.placed.size();
    stops_ += decision.plan.stops.size();
    if (reply->plan.refresh_index == 0) break;
    ++partial_commits_;
    exhausted = true;
    if (!reply->plan.placed.empty()) attempt = -1;  // progress: the count starts anew
  }
  ++evaluations_;
  state::UpsertEvals outcome{eval_outcome({eval, *snapshot, decision, exhausted}, random), clock_.now()};
  writer_.submit(state::make_command(std::move(outcome)), [this, id = eval.id](Result<state::Reply> reply) {
    if (!reply) log::warn("evaluation not written", {{"eval", id.str()}, {"reason", reply.error().message()}});
    finished_(id, reply ? WorkResult::Done : WorkResult::Retry);
  });
}

SchedulerPoolCounters SchedulerPool::counters() const {
  return {evaluations_.load(), placements_.load(), stops_.load(), partial_commits_.load(), schedule_nanos_.load()};
}

}  // namespace drover::server
