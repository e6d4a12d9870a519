// The data of an allocation, for the node on which it goes on.

#include "client/client_impl.h"
#include "client/migration/snapshot.h"

#include <chrono>
#include <memory>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kSignOfLife = std::chrono::seconds(5);

}  // namespace

net::Task<Status> Client::Impl::answer_alloc_snapshot(rpc::CallRequest request, CallWriter& writer) {
  CO_TRY_LET(const auto runner, find_runner(request.alloc_id));
  const AllocRunner::DataReader reading(runner);
  const auto begun = co_await writer.begin("application/x-tar");
  if (!begun) co_return begun;
  while (!runner->dead()) {
    const bool dead = co_await runner->wait_dead(kSignOfLife);
    if (dead) break;
    const auto waiting = co_await writer.write(codec::tar_pause());
    if (!waiting) co_return waiting;
  }
  std::vector<std::string> tasks;
  for (const auto& [name, task] : runner->tasks()) tasks.push_back(name);
  const auto open = [path = runner->dir().path(), tasks]() -> Result<std::unique_ptr<SnapshotWriter>> {
    TRY_LET(auto root, sys::Directory::open(path, "the allocation directory"));
    return std::make_unique<SnapshotWriter>(std::move(root), snapshot_parts(tasks));
  };
  auto opened = co_await net::run_blocking(deps.pool, open);
  CO_TRY_LET(const auto snapshot, std::move(opened));
  while (true) {
    const auto next = [&snapshot] { return snapshot->next(); };
    auto piece = co_await net::run_blocking(deps.pool, next);
    CO_TRY_LET(auto bytes, std::move(piece));
    if (bytes.empty()) break;
    const auto written = co_await writer.write(std::move(bytes));
    if (!written) co_return written;
  }
  runner->note_data_given();
  co_return Ok{};
}

}  // namespace drover::client
