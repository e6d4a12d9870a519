#include "server/state_writer.h"

#include "state/test_cluster.h"
#include "store/rocksdb_engine.h"

#include <csignal>
#include <filesystem>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

namespace drover::server {
namespace {

using namespace state::testing;

std::unique_ptr<store::Engine> open(const std::string& directory) {
  const auto names = state::table_names();
  auto engine = store::open_rocksdb({.directory = directory, .tables = {names.begin(), names.end()}});
  EXPECT_TRUE(engine) << engine.error().message();
  return engine ? std::move(*engine) : nullptr;
}

state::Snapshot load(store::Engine& engine) {
  state::SnapshotLoader loader;
  const auto index = engine.load([&](store::TableId table, std::string_view key, std::string_view value) {
    return loader.add(static_cast<state::Table>(table), key, value);
  });
  return *loader.finish(*index);
}

// Registers jobs from `first` on and writes the number of each acknowledged one to `acks`; never returns.
[[noreturn]] void register_jobs(const std::string& directory, uint32_t first, int acks) {
  auto engine = open(directory);
  SystemClock clock;
  WatchIndex watch;
  StateWriter writer(*engine, load(*engine), watch, clock);
  writer.start();
  for (uint32_t n = first;; ++n) {
    writer.submit(make_command(state::RegisterJob{.job = make_job("job" + std::to_string(n))}), [acks, n](auto reply) {
      if (reply && ::write(acks, &n, sizeof n) != sizeof n) ::_exit(1);
    });
    if (n % 16 == 0) (void)writer.submit_and_wait(make_command(state::RegisterNode{.node = make_node(n)}));
  }
}

// cases.md 1: whatever was acknowledged is there after kill -9, and a loaded state equals what was applied.
TEST(StateWriterCrash, KeepsEveryAcknowledgedJob) {
  const std::string directory = std::filesystem::temp_directory_path() / ("drover-writer-" + std::to_string(getpid()));
  std::set<uint32_t> acked;
  uint64_t index = 0;
  for (int round = 0; round < 8; ++round) {
    int acks[2];
    ASSERT_EQ(::pipe(acks), 0);
    const uint32_t first = static_cast<uint32_t>(round) * 100000 + 1;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) register_jobs(directory, first, acks[1]);
    ::close(acks[1]);
    uint32_t n = 0;
    const size_t enough = acked.size() + 20 + static_cast<size_t>(round) * 37;
    while (::read(acks[0], &n, sizeof n) == sizeof n) {
      acked.insert(n);
      if (acked.size() == enough) ::kill(child, SIGKILL);
    }
    ::close(acks[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);

    auto engine = open(directory);
    ASSERT_TRUE(engine);
    const state::Snapshot loaded = load(*engine);
    EXPECT_GT(loaded.index(), index);
    index = loaded.index();
    for (const uint32_t id : acked) {
      const auto job = loaded.job({"default", "job" + std::to_string(id)});
      ASSERT_TRUE(job) << "job" << id << " was acknowledged";
      EXPECT_EQ(job->version, 0u);
    }
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace drover::server
