#include "sim/sim_alloc.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace drover::sim {

using model::ClientStatus;

Behaviour Behaviour::of(const model::Job& job) {
  const auto number = [&](const char* name) -> uint64_t {
    const auto found = job.meta.find(name);
    return found == job.meta.end() ? 0 : static_cast<uint64_t>(parse_int(found->second).value_or(0));
  };
  const auto millis = [&](const char* name) { return std::chrono::milliseconds(number(name)); };
  return {.start = millis("sim.start"),
          .run = millis("sim.run"),
          .stop = millis("sim.stop"),
          .failures = number("sim.fail")};
}

SimAlloc::SimAlloc(model::Allocation alloc, std::shared_ptr<const model::Job> job, MonoTime now)
    : alloc_(std::move(alloc)), job_(std::move(job)), behaviour_(Behaviour::of(*job_)) {
  deployment_status_ = alloc_.deployment_status;
  begin(now);
}

const model::TaskGroup& SimAlloc::group() const {
  const model::TaskGroup* group = job_->find_group(alloc_.task_group);
  CHECK(group, "an allocation's job has its group");
  return *group;
}

void SimAlloc::begin(MonoTime now) {
  phase_ = Phase::Starting;
  phase_due_ = now + behaviour_.start;
}

void SimAlloc::update(model::Allocation alloc, std::shared_ptr<const model::Job> job, MonoTime now) {
  if (alloc.deployment_id != alloc_.deployment_id) {
    health_.reset();
    deployment_status_ = alloc.deployment_status;
  } else if (deployment_status_ && alloc.deployment_status) {
    deployment_status_->canary = alloc.deployment_status->canary;
  }
  alloc_ = std::move(alloc);
  job_ = std::move(job);
  behaviour_ = Behaviour::of(*job_);
  if (phase_ != Phase::Dead) health_due_ = now;
}

void SimAlloc::stop(MonoTime now) {
  if (phase_ == Phase::Stopping || phase_ == Phase::Dead) return;
  phase_ = Phase::Stopping;
  phase_due_ = now + behaviour_.stop;
  health_due_.reset();
}

void SimAlloc::lose(WallTime now) {
  end(true, now);
}

void SimAlloc::interrupt(Random& random, MonoTime now, WallTime wall) {
  if (phase_ == Phase::Stopping) return end(false, wall);
  if (phase_ != Phase::Running) return;
  ++restarts_;
  if (random.below(3) == 0) return end(true, wall);
  begin(now);
}

void SimAlloc::restore(MonoTime now) {
  health_.reset();
  if (phase_ != Phase::Dead) health_due_ = now;
}

bool SimAlloc::look(Random& random, bool calm, MonoTime now, WallTime wall) {
  bool news = false;
  if (phase_due_ && *phase_due_ <= now) {
    phase_due_.reset();
    news = true;
    if (phase_ == Phase::Starting) {
      run(random, calm, now, wall);
    } else {
      const bool breaks = phase_ == Phase::Running && fails_;
      const bool again = breaks && random.below(2) == 0;
      if (again) {
        ++restarts_;
        begin(now);
      } else {
        end(breaks, wall);
      }
    }
  }
  return look_at_health(now) || news;
}

void SimAlloc::run(Random& random, bool calm, MonoTime now, WallTime wall) {
  phase_ = Phase::Running;
  started_at_ = wall;
  fails_ = !calm && random.below(100) < behaviour_.failures;
  const auto longest = static_cast<uint64_t>(std::max<Duration>(behaviour_.run, std::chrono::seconds(30)).count());
  if (fails_) {
    phase_due_ = now + Duration(static_cast<int64_t>(random.below(longest)));
  } else if (behaviour_.run > Duration(0)) {
    phase_due_ = now + behaviour_.run;
  }
  health_due_ = now;
}

void SimAlloc::end(bool failed, WallTime wall) {
  phase_ = Phase::Dead;
  failed_ = failed;
  phase_due_.reset();
  finished_at_ = wall;
}

bool SimAlloc::look_at_health(MonoTime now) {
  health_due_.reset();
  const bool decided = deployment_status_ && deployment_status_->healthy.has_value();
  const bool lives = phase_ == Phase::Starting || phase_ == Phase::Running || (phase_ == Phase::Dead && failed_);
  if (alloc_.deployment_id.empty() || decided || !lives) return false;
  if (!health_) health_.emplace(group().update.value_or(model::UpdateStrategy{}), now);
  const auto outcome = health_->update({.any_failed = phase_ == Phase::Dead && failed_,
                                        .all_running = phase_ == Phase::Running,
                                        .checks_passing = true,
                                        .restarts = restarts_},
                                       now);
  health_due_ = outcome.again;
  if (!outcome.healthy) return false;
  const bool canary = deployment_status_ && deployment_status_->canary;
  deployment_status_ = {.healthy = outcome.healthy, .timestamp = {}, .canary = canary};
  return true;
}

std::optional<MonoTime> SimAlloc::due() const {
  if (!phase_due_ || !health_due_) return phase_due_ ? phase_due_ : health_due_;
  return std::min(*phase_due_, *health_due_);
}

ClientStatus SimAlloc::status() const {
  switch (phase_) {
    case Phase::Starting:
      return restarts_ > 0 ? ClientStatus::Running : ClientStatus::Pending;
    case Phase::Running:
    case Phase::Stopping:
      return ClientStatus::Running;
    case Phase::Dead:
      return failed_ ? ClientStatus::Failed : ClientStatus::Complete;
  }
  return ClientStatus::Pending;
}

model::Allocation SimAlloc::report() const {
  model::Allocation out{.id = alloc_.id, .ns = alloc_.ns};
  out.job_id = alloc_.job_id;
  out.node_id = alloc_.node_id;
  out.task_group = alloc_.task_group;
  out.client_status = status();
  out.deployment_status = deployment_status_;
  out.alloc_modify_index = alloc_.alloc_modify_index;
  for (const model::Task& task : group().tasks) {
    model::TaskState& state = out.task_states[task.name];
    state.started_at = started_at_;
    state.finished_at = finished_at_;
    state.restarts = restarts_;
    state.failed = failed_;
    if (phase_ == Phase::Dead) state.state = model::TaskStateKind::Dead;
    if (phase_ == Phase::Running || phase_ == Phase::Stopping) state.state = model::TaskStateKind::Running;
  }
  return out;
}

}  // namespace drover::sim
