// The allocations of the node: where they come from and how they go.

#include "base/log.h"
#include "client/allocs/leftovers.h"
#include "client/client_impl.h"
#include "client/network/alloc_network.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace drover::client {

std::shared_ptr<AllocRunner> Client::Impl::new_runner(AllocSpec spec) {
  const auto id = spec.alloc->id;
  auto runner = std::make_shared<AllocRunner>(agent, std::move(spec), static_cast<AllocListener&>(*this));
  runners[id] = runner;
  return runner;
}

void Client::Impl::restore(RestoredState restored) {
  unreadable = std::move(restored.unreadable);
  std::vector<std::pair<std::shared_ptr<AllocRunner>, RestoredAlloc*>> found;
  for (auto& alloc : restored.allocs) {
    auto job = std::make_shared<const model::Job>(std::move(alloc.record.job));
    const auto* group = job->find_group(alloc.record.alloc.task_group);
    AllocSpec spec{
        .alloc = std::make_shared<const model::Allocation>(std::move(alloc.record.alloc)), .job = job, .group = group};
    if (alloc.record.network) spec.network = std::make_shared<const NetworkRecord>(std::move(*alloc.record.network));
    found.emplace_back(new_runner(std::move(spec)), &alloc);
  }
  for (const auto& [runner, alloc] : found) {
    runner->restore(std::move(alloc->tasks), std::move(alloc->record.data), previous_of(runner->spec()));
    open_files(*runner);
  }
}

std::shared_ptr<AllocRunner> Client::Impl::previous_of(const AllocSpec& spec) const {
  const auto found = runners.find(spec.alloc->previous_allocation);
  return found == runners.end() ? nullptr : found->second;
}

void Client::Impl::start_alloc(AllocSpec spec, const std::string& previous_http) {
  const auto previous = previous_of(spec);
  const auto& disk = spec.group->ephemeral_disk;
  std::optional<PendingData> data;
  if (previous && disk.sticky) data.emplace();
  if (!previous && disk.migrate && !spec.alloc->previous_allocation.empty()) data = PendingData{.http = previous_http};
  const auto runner = new_runner(std::move(spec));
  runner->start(std::move(data), previous);
}

void Client::Impl::start_lost(AllocSpec spec) {
  log::warn("the state of an allocation is lost", {{"alloc", spec.alloc->id.str()}});
  const auto runner = new_runner(std::move(spec));
  runner->start_lost("the agent's state of the allocation was lost");
  deps.loop.spawn("remove leftovers", run_remove_leftovers(agent, runner->alloc().id));
}

net::Task<void> Client::Impl::run_remove_leftovers(std::shared_ptr<AgentContext> agent, model::AllocId id) {
  const auto work = [&] {
    remove_leftover_cgroups(agent->options.cgroup_parent, id);
    agent->networks->remove_leftovers(id);
    return true;
  };
  co_await net::run_blocking(agent->pool, work);
}

// It was stopped before this node had heard of it.
void Client::Impl::refuse_stopped(const model::Allocation& alloc) {
  tombstones.insert(alloc.id);
  model::Allocation news;
  news.id = alloc.id;
  news.ns = alloc.ns;
  news.job_id = alloc.job_id;
  news.task_group = alloc.task_group;
  news.client_status = model::ClientStatus::Complete;
  news.client_description = "stopped before it was started";
  updates.put(std::move(news), UpdateSender::Urgency::Urgent);
}

void Client::Impl::open_files(AllocRunner& alloc) {
  AllocFilesEntry entry{.directory = alloc.dir().path()};
  for (const auto& [name, task] : alloc.tasks()) {
    entry.tasks.push_back(name);
    if (task->task().logs.disabled) entry.mute.push_back(name);
  }
  files.add(alloc.alloc().id, std::move(entry));
}

void Client::Impl::on_alloc_ready(AllocRunner& alloc) {
  open_files(alloc);
}

void Client::Impl::on_alloc_dead(AllocRunner& alloc) {
  allocs_changed.notify();
  const auto id = alloc.alloc().id;
  if (!doomed.contains(id)) return gc_wanted.notify();
  const auto runner = runners.find(id);
  if (runner != runners.end()) collect(runner->second);
}

// ---- The end

// The servers have forgotten it.
void Client::Impl::forget(const model::AllocId& id) {
  tombstones.erase(id);
  const auto found = runners.find(id);
  if (found == runners.end()) return;
  const auto runner = found->second;
  doomed.insert(id);
  if (runner->dead()) {
    collect(runner);
  } else {
    runner->stop();
  }
}

void Client::Impl::forget_unknown(const std::set<model::AllocId>& known) {
  std::vector<model::AllocId> gone;
  std::ranges::set_difference(tombstones, known, std::back_inserter(gone));
  for (const auto& [id, runner] : runners) {
    if (!known.contains(id)) gone.push_back(id);
  }
  for (const auto& id : gone) forget(id);
}

void Client::Impl::remove_unreadable(const std::set<model::AllocId>& known) {
  for (const auto& id : std::exchange(unreadable, {})) {
    deps.loop.spawn("remove leftovers", run_remove_leftovers(agent, id));
    if (!known.contains(id)) deps.loop.spawn("remove allocation", run_remove_files(agent, id));
  }
}

net::Task<void> Client::Impl::run_remove_files(std::shared_ptr<AgentContext> agent, model::AllocId id) {
  const auto work = [&]() -> Status {
    TRY(AllocDir(agent->alloc_root, id).destroy());
    return agent->store.remove_alloc(id);
  };
  const auto removed = co_await net::run_blocking(agent->pool, work);
  if (!removed) {
    log::warn("what is left of an allocation cannot be removed",
              {{"alloc", id.str()}, {"error", removed.error().message()}});
  }
}

}  // namespace drover::client
