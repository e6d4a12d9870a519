#include "client/tasks/cpu_partition.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace drover::client {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(200);
constexpr Duration kLongestPause = std::chrono::minutes(1);

}  // namespace

struct CpuPartition::State {
  State(net::Loop& the_loop, sys::CpuSet all) : loop(the_loop), cpus(std::move(all)) {}

  void changed() {
    sys::CpuSet rest = cpus;
    for (const Place* place : places) {
      for (const int32_t cpu : place->own_) rest.erase(cpu);
    }
    std::string now = rest.empty() || rest == cpus ? std::string() : sys::format_cpu_list(rest);
    if (now == shared) return;
    shared = std::move(now);
    for (Place* place : places) place->move();
  }

  net::Loop& loop;
  const sys::CpuSet cpus;
  std::vector<Place*> places;
  std::string shared;  // "": all
  bool stopped = false;
};

CpuPartition::CpuPartition(net::Loop& loop, const std::vector<int32_t>& cpus)
    : state_(std::make_shared<State>(loop, sys::CpuSet(cpus.begin(), cpus.end()))) {}

std::shared_ptr<CpuPartition::Place> CpuPartition::take(sys::CpuSet own) {
  return std::make_shared<Place>(state_, std::move(own));
}

void CpuPartition::stop() {
  state_->stopped = true;
}

CpuPartition::Place::Place(std::shared_ptr<State> state, sys::CpuSet own)
    : state_(std::move(state)), own_(std::move(own)) {
  state_->places.push_back(this);
  state_->changed();
}

CpuPartition::Place::~Place() {
  std::erase(state_->places, this);
  if (!state_->stopped) state_->changed();
}

std::string CpuPartition::Place::shared() const {
  return own_.empty() ? state_->shared : std::string();
}

void CpuPartition::Place::follow(std::shared_ptr<drivers::RunningTask> task, std::optional<std::string> given) {
  task_ = std::move(task);
  given_ = std::move(given);
  move();
}

void CpuPartition::Place::move() {
  if (own_.empty() && !moving_ && !state_->stopped && !task_.expired() && given_ != state_->shared) {
    moving_ = true;
    state_->loop.spawn("task cpus", run_move(shared_from_this()));
  }
}

net::Task<void> CpuPartition::Place::run_move(std::shared_ptr<Place> self) {
  Duration pause = kFirstPause;
  while (auto task = self->task_.lock()) {
    if (self->given_ == self->state_->shared) break;
    self->given_ = self->state_->shared;
    const auto moved = co_await task->confine(*self->given_);
    if (moved || moved.error().code() == ErrorCode::NotFound) continue;
    log::warn("a task could not be kept off the CPUs of another", {{"error", moved.error().message()}});
    if (!drivers::is_recoverable(moved.error())) continue;
    task.reset();
    co_await net::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
    self->given_.reset();
  }
  self->moving_ = false;
}

}  // namespace drover::client
