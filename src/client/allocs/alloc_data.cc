// The data that an allocation begins with: that of the one it replaces, from this machine or another one.

#include "assets/progress_text.h"
#include "base/log.h"
#include "client/allocs/alloc_runner.h"
#include "client/migration/snapshot_fetch.h"
#include "client/tasks/task_events.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace drover::client {
namespace {

constexpr Duration kFirstReport = std::chrono::seconds(2);
// So long, the data of an ended allocation waits for whoever is to have it.
constexpr Duration kKeepData = std::chrono::minutes(10);

std::string data_size(uint64_t bytes) {
  if (bytes >= 1'000'000) return assets::size_text(bytes);
  return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
}

std::vector<std::string> parts_of(const model::TaskGroup& group) {
  std::vector<std::string> tasks;
  for (const auto& task : group.tasks) tasks.push_back(task.name);
  return snapshot_parts(tasks);
}

}  // namespace

void AllocRunner::tell_tasks(const char* type, const std::string& message) {
  for (const auto& [name, task] : tasks_) {
    if (!task->dead()) task->tell(type, message);
  }
}

// Also over when nobody needs the data any more, or the agent goes; then what is left to do stays in the record.
net::Task<void> AllocRunner::obtain_data(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous) {
  auto work = previous ? take_over_data(self, previous) : migrate_data(self);
  co_await net::run_either(std::move(work), until_not_needed(self));
}

net::Task<void> AllocRunner::until_not_needed(std::shared_ptr<AllocRunner> self) {
  while (self->listener_ && !self->dead()) {
    const uint64_t seen = self->died_.version();
    co_await self->died_.wait(seen, net::kNoTimeout);
  }
}

net::Task<void> AllocRunner::take_over_data(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous) {
  const DataReader reading(previous);
  while (!previous->dead()) co_await previous->wait_dead(net::kNoTimeout);
  const auto work = [self, previous, spec = self->spec_] { return self->dir_.take_over(previous->dir_, *spec.group); };
  const auto done = co_await net::run_blocking(self->agent_.pool, work);
  if (!done) self->setup_error_ = "failed to take over the previous allocation's data: " + done.error().message();
  if (done) previous->note_data_given();
  self->pending_data_.reset();
}

net::Task<void> AllocRunner::migrate_data(std::shared_ptr<AllocRunner> self) {
  auto& agent = self->agent_;
  const auto spec = self->spec_;
  const std::string what = "the data of allocation " + spec.alloc->previous_allocation.str().substr(0, 8);
  SnapshotFetch fetch{.alloc = spec.alloc->previous_allocation,
                      .into = AllocDir::kMigrated,
                      .into_root = self->dir_.path(),
                      .parts = parts_of(*spec.group)};
  fetch.limits.bytes = static_cast<uint64_t>(spec.group->ephemeral_disk.size_mb) << 20;
  if (!self->pending_data_->http.empty()) {
    fetch.agents.push_back("http://" + self->pending_data_->http);
    for (const auto& server : agent.http_servers) fetch.agents.push_back("http://" + server);
    self->tell_tasks(events::kMigrating, "Waiting for " + what + " from " + self->pending_data_->http);
  }
  const MonoTime begin = agent.clock.mono();
  const auto on_progress = [self, what, next = begin + kFirstReport, pause = kFirstReport](uint64_t bytes) mutable {
    if (self->agent_.clock.mono() < next) return;
    pause *= 2;
    next = self->agent_.clock.mono() + pause;
    self->tell_tasks(events::kMigrating, fmt::format("Taking over {}: {} so far", what, data_size(bytes)));
  };
  auto fetched = co_await fetch_snapshot(agent.pool, std::move(fetch), on_progress);
  const auto settle = [self, spec, there = fetched.has_value()]() -> Status {
    if (!there) return self->dir_.drop_migrated();
    return self->dir_.adopt_migrated(*spec.group);
  };
  const auto settled = co_await net::run_blocking(agent.pool, settle);
  self->pending_data_.reset();
  if (fetched && settled) {
    const std::string links = fetched->links_left_out == 0
                                  ? ""
                                  : fmt::format(", without {} links that lead out of it", fetched->links_left_out);
    const auto took = std::chrono::duration<double>(agent.clock.mono() - begin).count();
    self->tell_tasks(events::kMigrating,
                     fmt::format("Took over {} from {}: {} in {} files{}, verified, in {:.1f} s", what, fetched->agent,
                                 data_size(fetched->bytes), fetched->files, links, took));
    co_return;
  }
  const Error& error = fetched ? settled.error() : fetched.error();
  log::warn("the data of an allocation was not taken over",
            {{"alloc", spec.alloc->id.str()}, {"error", error.message()}});
  self->tell_tasks(events::kMigrating,
                   fmt::format("Could not take over {}, the disk starts empty: {}", what, error.message()));
}

// ---- For the one that comes after it

net::Task<bool> AllocRunner::wait_dead(Duration limit) {
  const auto keep = shared_from_this();
  if (!dead()) co_await died_.wait(died_.version(), limit);
  co_return dead();
}

AllocRunner::DataReader::DataReader(std::shared_ptr<AllocRunner> alloc) : alloc_(std::move(alloc)) {
  alloc_->data_readers_++;
}

AllocRunner::DataReader::~DataReader() {
  alloc_->data_readers_--;
  alloc_->kept_.notify();
}

bool AllocRunner::data_is_awaited() const {
  if (data_readers_ > 0) return true;
  const auto& disk = spec_.group->ephemeral_disk;
  if ((!disk.migrate && !disk.sticky) || data_given_) return false;
  return agent_.clock.now() - dead_since_ < kKeepData;
}

}  // namespace drover::client
