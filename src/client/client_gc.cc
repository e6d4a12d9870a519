// Ended allocations give up their directories.

#include "base/log.h"
#include "client/client_impl.h"
#include "client/stats/host_stats.h"
#include "sys/host.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

DiskUse disk_use(const std::string& path) {
  const auto disk = sys::disk_info(path);
  if (!disk) return {};
  const HostDiskStats stats = make_disk_stats(*disk);
  return {.disk_percent = stats.used_percent, .inode_percent = stats.inodes_used_percent};
}

}  // namespace

void Client::Impl::collect(std::shared_ptr<AllocRunner> runner) {
  const auto id = runner->alloc().id;
  runners.erase(id);
  doomed.erase(id);
  reported.erase(id);
  reported_services.erase(id);
  files.remove(id);
  stats.forget(id);
  if (!tombstones.contains(id) && !stopped) updates.forget(id);
  collecting.insert(id);
  deps.loop.spawn("collect allocation", run_collect(shared_from_this(), std::move(runner)));
}

net::Task<void> Client::Impl::run_collect(std::shared_ptr<Impl> self, std::shared_ptr<AllocRunner> runner) {
  co_await runner->destroy();
  self->collecting.erase(runner->alloc().id);
  self->allocs_changed.notify();
}

// Of whose end the servers have heard, and whose data nobody waits for.
std::vector<EndedAlloc> Client::Impl::collectable() const {
  std::vector<EndedAlloc> out;
  for (const auto& [id, runner] : runners) {
    if (!runner->dead() || updates.is_pending(id) || runner->data_is_awaited()) continue;
    out.push_back({.id = id, .since = runner->dead_since()});
  }
  return out;
}

void Client::Impl::collect_known(const model::AllocId& id) {
  tombstones.insert(id);
  collect(runners.at(id));
}

net::Task<void> Client::Impl::wait_collected(std::vector<model::AllocId> ids) {
  while (std::ranges::any_of(ids, [&](const auto& id) { return collecting.contains(id); })) {
    const uint64_t seen = allocs_changed.version();
    co_await allocs_changed.wait(seen, net::kNoTimeout);
  }
}

net::Task<void> Client::Impl::run_gc(std::shared_ptr<Impl> self) {
  const auto measure = [root = self->agent->alloc_root] { return disk_use(root); };
  for (;;) {
    const uint64_t seen = self->gc_wanted.version();
    const DiskUse use = co_await net::run_blocking(self->deps.pool, measure);
    const Garbage garbage = choose_garbage(self->collectable(), self->options.gc, use);
    for (const auto& id : garbage.allocs) {
      log::info("ended allocation removed", {{"alloc", id.str()}, {"reason", garbage.reason}});
      self->collect_known(id);
    }
    if (garbage.allocs.empty()) {
      co_await self->gc_wanted.wait(seen, self->options.gc.interval);
      continue;
    }
    co_await self->wait_collected(garbage.allocs);
  }
}

net::Task<Status> Client::Impl::answer_alloc_collect(rpc::CallRequest request, CallWriter& writer) {
  if (!request.alloc_id.empty()) {
    CO_TRY_LET(const auto runner, find_runner(request.alloc_id));
    if (!runner->dead()) {
      co_return err(ErrorCode::Conflict, "allocation \"{}\" has not ended: only its end frees its directory",
                    request.alloc_id.str());
    }
    const auto known = collectable();
    if (std::ranges::none_of(known, [&](const auto& ended) { return ended.id == request.alloc_id; })) {
      co_return err(
          ErrorCode::Conflict,
          "allocation \"{}\" is needed for a while: the servers have not heard of its end, or its data is awaited",
          request.alloc_id.str());
    }
    collect_known(request.alloc_id);
  } else {
    for (const EndedAlloc& ended : collectable()) collect_known(ended.id);
  }
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  co_return co_await writer.write("{}");
}

}  // namespace drover::client
