// Failing syncs. RocksDB is linked statically, so that the definition of fdatasync() below is the one it calls.

#include "store/engine_test.h"
#include "store/rocksdb_engine.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>

namespace {
std::atomic<int> next_sync_error = 0;
}

extern "C" int fdatasync(int fd) {
  if (const int error = next_sync_error.exchange(0); error != 0) {
    errno = error;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace drover::store {
namespace {

class RocksDbSyncTest : public testing::Test {
 protected:
  RocksDbSyncTest() {
    std::string name = (std::filesystem::temp_directory_path() / "drover-sync-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    open();
    for (uint64_t index = 1; index <= 10; ++index) EXPECT_TRUE(engine_->write(index, numbered_batch(index)));
  }
  ~RocksDbSyncTest() override {
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    engine_.reset();
    auto engine = open_rocksdb({.directory = directory_, .tables = {"jobs", "allocs"}, .reserve_bytes = 0});
    ASSERT_TRUE(engine) << engine.error().message();
    engine_ = std::move(*engine);
  }

  std::string directory_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(RocksDbSyncTest, AFailedSyncFailsEveryLaterWrite) {
  next_sync_error = EIO;
  expect_code(engine_->write(11, numbered_batch(11)), ErrorCode::Internal);
  ASSERT_EQ(next_sync_error, 0);
  expect_code(engine_->write(11, numbered_batch(11)), ErrorCode::Internal);
  expect_code(engine_->write(12, {}), ErrorCode::Internal);

  open();  // as a restart does: the unacknowledged batch is there as a whole, or not at all
  const auto loaded = load_all(*engine_);
  ASSERT_TRUE(loaded);
  EXPECT_GE(loaded->index, 10u);
  EXPECT_EQ(loaded->rows, rows_after(loaded->index));
}

TEST_F(RocksDbSyncTest, ARefusedWriteThatTurnsOutCompleteStopsTheWriter) {
  next_sync_error = ENOSPC;
  expect_code(engine_->write(11, numbered_batch(11)), ErrorCode::ResourceExhausted);
  expect_code(engine_->write(12, {}), ErrorCode::Internal);
  expect_code(engine_->write(12, {}), ErrorCode::Internal);

  open();
  EXPECT_EQ(load_all(*engine_)->rows, rows_after(11));
}

}  // namespace
}  // namespace drover::store
