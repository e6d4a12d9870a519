// The ephemeral disk of an allocation: what it uses is measured now and then.

#include "base/log.h"
#include "client/allocs/alloc_runner.h"
#include "client/tasks/task_events.h"

#include <chrono>

namespace drover::client {

net::Task<void> AllocRunner::watch_disk(std::shared_ptr<AllocRunner> self) {
  auto& agent = self->agent_;
  DiskWatch watch;
  Duration pause = std::chrono::duration_cast<Duration>(measure_again_after(Duration(0)) * agent.uniform());
  while (true) {
    co_await net::sleep_for(pause);
    pause = measure_again_after(Duration(0));
    if (!self->any_runs() || self->stopping_) continue;
    const auto slot = co_await agent.disk_slots.take();
    const MonoTime begin = agent.clock.mono();
    const auto measure = [self, spec = self->spec_] { return self->dir_.disk_usage(*spec.group); };
    const auto bytes = co_await net::run_blocking(agent.pool, measure);
    pause = measure_again_after(agent.clock.mono() - begin);
    if (bytes) self->on_disk_usage(watch, *bytes);
  }
}

void AllocRunner::on_disk_usage(DiskWatch& watch, uint64_t bytes) {
  const int32_t limit = spec_.group->ephemeral_disk.size_mb;
  const auto verdict = watch.on_usage(bytes, limit);
  if (verdict == DiskWatch::Verdict::Exceeded) {
    stop({.event = events::kDiskExceeded, .message = disk_message(bytes, limit), .fails = true});
  }
  if (verdict != DiskWatch::Verdict::Warn) return;
  for (const auto& [name, task] : tasks_) {
    if (task->view().running) task->tell(events::kDiskWarning, disk_message(bytes, limit));
  }
}

}  // namespace drover::client
