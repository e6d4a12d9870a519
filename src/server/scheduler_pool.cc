#include "server/scheduler_pool.h"

#include "base/log.h"

namespace drover::server {
namespace {

// For each worker, so that a sync of the disk does not stop it.
constexpr size_t kUnderWay = 64;

}  // namespace

SchedulerPool::SchedulerPool(StateWriter& writer, const Clock& clock, RandomFactory make_random,
                             SchedulerPoolOptions options)
    : writer_(writer),
      clock_(clock),
      make_random_(std::move(make_random)),
      options_(options),
      window_(options.threads, options.threads * kUnderWay) {}

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
  while (auto work = queue_.pop()) {
    gate_.enter(must_plan_alone(*work));
    process(std::move(*work), *random);
  }
}

bool SchedulerPool::step(Random& random) {
  if (queue_.size() == 0) return false;
  EvalWork work = *queue_.pop();
  if (!gate_.try_enter(must_plan_alone(work))) {
    queue_.push(std::move(work));
    return false;
  }
  process(std::move(work), random);
  return true;
}

void SchedulerPool::process(EvalWork work, Random& random) {
  const MonoTime begin = clock_.mono();
  const sched::HeldIndex held = options_.held == nullptr ? sched::HeldIndex() : options_.held->index();
  state::Command command = plan_work(work, *writer_.applied(), clock_.now(), random, &held);
  schedule_nanos_ += static_cast<uint64_t>((clock_.mono() - begin).count());
  writer_.submit(std::move(command),
                 [this, work = std::move(work)](Result<state::Reply> reply) { on_reply(work, reply); });
}

// On the writer's thread.
void SchedulerPool::on_reply(EvalWork work, const Result<state::Reply>& reply) {
  gate_.leave();
  if (!reply) {
    const Refusal refusal = refusal_of(reply.error());
    if (refusal == Refusal::Outdated) return finished_(work.eval, WorkResult::Done);
    log::warn("evaluation not written", {{"eval", work.eval->id.str()}, {"reason", reply.error().message()}});
    return finished_(work.eval, refusal == Refusal::TryAgain ? WorkResult::TryAgain : WorkResult::Failed);
  }
  placements_ += reply->plan.placed.size();
  if (must_plan_again(work, reply->plan)) {
    ++partial_commits_;
    window_.collided();
    const EvalRow eval = work.eval;
    if (!queue_.push(std::move(work))) finished_(eval, WorkResult::TryAgain);
    return;
  }
  ++evaluations_;
  window_.fitted();
  finished_(work.eval, WorkResult::Done);
}

SchedulerPoolCounters SchedulerPool::counters() const {
  return {evaluations_.load(), placements_.load(), partial_commits_.load(), schedule_nanos_.load()};
}

}  // namespace drover::server
