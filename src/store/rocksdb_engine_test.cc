#include "store/rocksdb_engine.h"

#include "store/engine_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <rocksdb/db.h>

namespace drover::store {
namespace {

namespace fs = std::filesystem;

// The writing process: this program again, because RocksDB's threads do not survive a plain fork. It writes numbered
// batches and reports each acknowledged index through a pipe.
constexpr char kChildDirectory[] = "DROVER_STORE_TEST_CHILD_DIRECTORY";
constexpr char kChildPipe[] = "DROVER_STORE_TEST_CHILD_PIPE";

RocksDbOptions child_options(const fs::path& directory) {
  return {.directory = directory.string(),
          .tables = {"jobs", "allocs"},
          .buffer_bytes = 128 << 10,  // flushes happen, too
          .reserve_bytes = 0};
}

TEST(RocksDbEngineChild, DISABLED_WritesUntilKilled) {
  if (!std::getenv(kChildDirectory)) GTEST_SKIP() << "started by other tests only";
  const int acknowledged = std::atoi(std::getenv(kChildPipe));
  auto engine = open_rocksdb(child_options(std::getenv(kChildDirectory)));
  ASSERT_TRUE(engine) << engine.error().message();
  const auto loaded = load_all(**engine);
  ASSERT_TRUE(loaded);
  for (uint64_t index = loaded->index + 1;; ++index) {
    ASSERT_TRUE((*engine)->write(index, numbered_batch(index)));
    if (::write(acknowledged, &index, sizeof index) != sizeof index) break;
  }
}

class ChildWriter {
 public:
  explicit ChildWriter(const fs::path& directory) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end_ = ends[0];
    const std::string environment[] = {kChildDirectory + ("=" + directory.string()),
                                       kChildPipe + ("=" + std::to_string(ends[1]))};
    const char* const arguments[] = {"store_test", "--gtest_also_run_disabled_tests",
                                     "--gtest_filter=RocksDbEngineChild.*", "--gtest_brief=1", nullptr};
    const char* const variables[] = {environment[0].c_str(), environment[1].c_str(), nullptr};
    pid_ = ::fork();
    if (pid_ == 0) {
      ::fcntl(ends[1], F_SETFD, 0);
      ::execve("/proc/self/exe", const_cast<char**>(arguments), const_cast<char**>(variables));
      ::_exit(127);
    }
    ::close(ends[1]);
  }
  ~ChildWriter() {
    kill();
    ::waitpid(pid_, nullptr, 0);
    ::close(read_end_);
  }
  ChildWriter(const ChildWriter&) = delete;
  ChildWriter& operator=(const ChildWriter&) = delete;

  pid_t pid() const { return pid_; }
  void kill() const { ::kill(pid_, SIGKILL); }

  // Nothing once the child is dead and all it reported is read.
  std::optional<uint64_t> next_acknowledged() const {
    uint64_t index = 0;
    if (::read(read_end_, &index, sizeof index) != sizeof index) return std::nullopt;
    return index;
  }

 private:
  pid_t pid_ = -1;
  int read_end_ = -1;
};

class RocksDbEngineTest : public testing::Test {
 protected:
  RocksDbEngineTest() {
    std::string name = (fs::temp_directory_path() / "drover-store-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~RocksDbEngineTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path directory() const { return root_ / "store"; }

  RocksDbOptions options() const {
    return {.directory = directory().string(), .tables = {"jobs", "allocs"}, .reserve_bytes = 0};
  }

  std::unique_ptr<Engine> open() { return open(options()); }

  static std::unique_ptr<Engine> open(const RocksDbOptions& options) {
    auto engine = open_rocksdb(options);
    EXPECT_TRUE(engine) << engine.error().message();
    return engine ? std::move(*engine) : nullptr;
  }

  static Error open_error(const RocksDbOptions& options) {
    auto engine = open_rocksdb(options);
    EXPECT_FALSE(engine);
    return engine ? Error(ErrorCode::Internal, "opened") : engine.error();
  }

  static void write_batches(Engine& engine, uint64_t first, uint64_t last) {
    for (uint64_t index = first; index <= last; ++index) {
      const auto written = engine.write(index, numbered_batch(index));
      ASSERT_TRUE(written) << written.error().message();
    }
  }

  static void expect_batches(Engine& engine, uint64_t last) {
    const auto loaded = load_all(engine);
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(loaded->index, last);
    EXPECT_EQ(loaded->rows, rows_after(last));
  }

  fs::path newest_log() const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
    }
    return newest;
  }

  fs::path root_;
};

TEST_F(RocksDbEngineTest, GivesBackWhatWasWrittenAfterReopening) {
  auto engine = open();
  expect_batches(*engine, 0);
  write_batches(*engine, 1, 100);
  expect_batches(*engine, 100);
  EXPECT_EQ(engine->usage().writes, 100u);
  EXPECT_GT(engine->usage().disk_bytes, 0u);
  EXPECT_GT(engine->usage().memory_bytes, 0u);
  engine->close();
  engine->close();

  engine = open();
  expect_batches(*engine, 100);
  write_batches(*engine, 101, 150);
  expect_batches(*engine, 150);
}

TEST_F(RocksDbEngineTest, TakesKeysAndValuesOfAnyBytesAndAppliesABatchInOrder) {
  auto engine = open();
  const std::string key("\0\xff key", 6), value("\0\n\xfe", 3);
  ASSERT_TRUE(engine->write(
      1, std::vector{put(kJobs, key, value), put(kJobs, "empty", ""), put(kAllocs, key, "other"), put(kJobs, "a", "1"),
                     tombstone(kJobs, "a"), tombstone(kJobs, "b"), put(kJobs, "b", "2")}));
  engine.reset();
  const auto loaded = load_all(*open());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->rows,
            (Rows{{{kJobs, key}, value}, {{kJobs, "b"}, "2"}, {{kJobs, "empty"}, ""}, {{kAllocs, key}, "other"}}));
}

TEST_F(RocksDbEngineTest, SurvivesManyFlushesWithSmallBuffers) {
  RocksDbOptions small = options();
  small.buffer_bytes = 128 << 10;
  auto engine = open(small);
  write_batches(*engine, 1, 1500);
  engine.reset();
  expect_batches(*open(small), 1500);
}

TEST_F(RocksDbEngineTest, RefusesBatchesThatBreakTheContract) {
  auto engine = open();
  ASSERT_TRUE(engine->write(5, {}));
  expect_code(engine->write(5, {}), ErrorCode::InvalidArgument);
  expect_code(engine->write(6, std::vector{put(TableId{2}, "k", "v")}), ErrorCode::InvalidArgument);
  expect_code(engine->write(6, std::vector{put(kJobs, "", "v")}), ErrorCode::InvalidArgument);
  EXPECT_TRUE(engine->write(6, {}));
}

TEST_F(RocksDbEngineTest, AddsATableToAnExistingStore) {
  {
    write_batches(*open(), 1, 10);
  }
  RocksDbOptions more = options();
  more.tables.push_back("deployments");
  auto engine = open(more);
  expect_batches(*engine, 10);
  EXPECT_TRUE(engine->write(11, std::vector{put(TableId{2}, "d", "1")}));
  engine.reset();
  EXPECT_EQ(open_error(options()).code(), ErrorCode::InvalidArgument);  // an older program must not lose it
}

TEST_F(RocksDbEngineTest, RefusesAListOfTablesThatIsNotUsable) {
  for (const char* name : {"", "default", "jobs"}) {
    RocksDbOptions bad = options();
    bad.tables.push_back(name);
    EXPECT_EQ(open_error(bad).code(), ErrorCode::InvalidArgument) << name;
  }
}

TEST_F(RocksDbEngineTest, RefusesToOpenTwiceInOneProcess) {
  auto engine = open();
  EXPECT_EQ(open_error(options()).code(), ErrorCode::Conflict);
  write_batches(*engine, 1, 1);
}

TEST_F(RocksDbEngineTest, RefusesToOpenWhatAnotherProcessHasOpenAndNamesIt) {
  ChildWriter child(directory());
  ASSERT_TRUE(child.next_acknowledged());
  const Error error = open_error(options());
  EXPECT_EQ(error.code(), ErrorCode::Conflict);
  EXPECT_NE(error.message().find(std::to_string(child.pid())), std::string::npos) << error.message();
  child.kill();
  while (child.next_acknowledged()) {
  }
  EXPECT_NE(open(), nullptr);
}

TEST_F(RocksDbEngineTest, NeedsADirectoryThatItCanUse) {
  RocksDbOptions bad = options();
  bad.directory = (root_ / "missing" / "store").string();
  EXPECT_EQ(open_error(bad).code(), ErrorCode::NotFound);

  std::ofstream(root_ / "file") << "x";
  bad.directory = (root_ / "file").string();
  EXPECT_EQ(open_error(bad).code(), ErrorCode::PermissionDenied);

  if (::geteuid() == 0) GTEST_SKIP() << "root may write to every directory: permissions not tested";
  fs::create_directory(directory());
  fs::permissions(directory(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(open_error(options()).code(), ErrorCode::PermissionDenied);
}

TEST_F(RocksDbEngineTest, RefusesAStoreOfANewerVersion) {
  {
    write_batches(*open(), 1, 1);
  }
  {
    std::vector<rocksdb::ColumnFamilyDescriptor> families{{"default", {}}, {"jobs", {}}, {"allocs", {}}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, directory().string(), families, &handles, &db).ok());
    ASSERT_TRUE(db->Put({}, "format", "99").ok());
    for (auto* handle : handles) ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    delete db;
  }
  const Error error = open_error(options());
  EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
  EXPECT_NE(error.message().find("99"), std::string::npos) << error.message();
}

// Crashes.

TEST_F(RocksDbEngineTest, KeepsEveryAcknowledgedBatchAndNoPartOfOneWhenKilled) {
  SeededRandom random(7);
  uint64_t stored = 0;
  for (int round = 0; round < 15; ++round) {
    SCOPED_TRACE(round);
    ChildWriter child(directory());
    const uint64_t kill_at = stored + 1 + random.below(60);
    uint64_t acknowledged = stored;
    while (const auto index = child.next_acknowledged()) {
      acknowledged = *index;
      if (*index == kill_at) child.kill();
    }
    ASSERT_GE(acknowledged, kill_at);

    auto engine = open(child_options(directory()));
    ASSERT_NE(engine, nullptr);
    const auto loaded = load_all(*engine);
    ASSERT_TRUE(loaded);
    ASSERT_GE(loaded->index, acknowledged);
    ASSERT_EQ(loaded->rows, rows_after(loaded->index));
    stored = loaded->index;
  }
}

TEST_F(RocksDbEngineTest, DropsOnlyTheTornRecordAtTheEndOfTheLog) {
  uintmax_t whole_size = 0;
  {
    auto engine = open();
    write_batches(*engine, 1, 20);
    whole_size = fs::file_size(newest_log());
    write_batches(*engine, 21, 21);
  }
  const uintmax_t torn_size = fs::file_size(newest_log());
  ASSERT_GT(torn_size, whole_size + 10);
  fs::resize_file(newest_log(), whole_size + (torn_size - whole_size) / 2);
  auto engine = open();
  ASSERT_NE(engine, nullptr);
  expect_batches(*engine, 20);
  write_batches(*engine, 21, 30);
  engine.reset();
  expect_batches(*open(), 30);
}

TEST_F(RocksDbEngineTest, AcceptsZeroesAfterTheEndOfTheLog) {
  {
    write_batches(*open(), 1, 20);
  }
  fs::resize_file(newest_log(), fs::file_size(newest_log()) + 10000);
  expect_batches(*open(), 20);
}

TEST_F(RocksDbEngineTest, RefusesADamagedLogAndNamesItUnlessToldToDropItsEnd) {
  uintmax_t middle = 0;
  {
    auto engine = open();
    write_batches(*engine, 1, 20);
    middle = fs::file_size(newest_log());
    write_batches(*engine, 21, 40);
  }
  const fs::path log = newest_log();
  {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(middle) + 20);
    file.write("garbage", 7);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Error error = open_error(options());
    EXPECT_EQ(error.code(), ErrorCode::Internal);
    EXPECT_NE(error.message().find(log.filename().string()), std::string::npos) << error.message();
  }
  RocksDbOptions lenient = options();
  lenient.recovery = Recovery::DropDamagedEnd;
  auto engine = open(lenient);
  ASSERT_NE(engine, nullptr);
  expect_batches(*engine, 20);
}

TEST_F(RocksDbEngineTest, RefusesAStoreWithMissingFiles) {
  {
    write_batches(*open(), 1, 20);
  }
  fs::rename(directory() / "CURRENT", root_ / "CURRENT");
  EXPECT_EQ(open_error(options()).code(), ErrorCode::Internal);
}

TEST_F(RocksDbEngineTest, RefusesDamagedTableFilesAndNamesThem) {
  RocksDbOptions small = options();
  small.buffer_bytes = 128 << 10;
  {
    write_batches(*open(small), 1, 1500);
  }
  fs::path table;
  for (const auto& entry : fs::directory_iterator(directory())) {
    if (entry.path().extension() == ".sst" && (table.empty() || entry.file_size() > fs::file_size(table)))
      table = entry.path();
  }
  ASSERT_FALSE(table.empty());
  {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(table) / 4));
    file.write("garbage", 7);
  }
  auto engine = open_rocksdb(small);
  const std::string message = engine ? load_all(**engine).error().message() : engine.error().message();
  EXPECT_NE(message.find(table.filename().string()), std::string::npos) << message;
}

// Full disks, on a small file system of their own.

class FullDiskTest : public RocksDbEngineTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0 || ::mount("none", root_.c_str(), "tmpfs", 0, "size=24m") != 0) {
      GTEST_SKIP() << "mounting a small file system needs root";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(root_.c_str(), MNT_DETACH);
  }

  RocksDbOptions disk_options(size_t reserve_bytes) const {
    RocksDbOptions small = options();
    small.buffer_bytes = 512 << 10;
    small.reserve_bytes = reserve_bytes;
    return small;
  }

  // Leaves `left` bytes.
  void fill_disk(uintmax_t left) const {
    const uintmax_t free_bytes = fs::space(root_).available;
    std::ofstream file(root_ / "ballast", std::ios::binary);
    const std::string block(4096, 'b');
    for (uintmax_t written = 0; written + left + block.size() < free_bytes; written += block.size()) file << block;
  }
  void free_disk() const { fs::remove(root_ / "ballast"); }

  // Writes until one fails; returns the last index that was acknowledged.
  static uint64_t write_until_refused(Engine& engine, uint64_t next) {
    for (;; ++next) {
      const auto written = engine.write(next, numbered_batch(next));
      if (written) continue;
      EXPECT_EQ(written.error().code(), ErrorCode::ResourceExhausted) << written.error().message();
      return next - 1;
    }
  }

  bool mounted_ = false;
};

TEST_F(FullDiskTest, RefusesWritesKeepsReadingAndGoesOnWhenThereIsSpace) {
  auto engine = open(disk_options(0));
  uint64_t last = 20;
  write_batches(*engine, 1, last);
  for (const uintmax_t left : {0, 5 << 10, 20 << 10, 0}) {
    SCOPED_TRACE(left);
    fill_disk(left);
    last = write_until_refused(*engine, last + 1);
    for (int again = 0; again < 3; ++again) {
      expect_code(engine->write(last + 1, std::vector{put(kJobs, "big", std::string(1 << 20, 'x'))}),
                  ErrorCode::ResourceExhausted);
    }
    expect_batches(*engine, last);
    free_disk();
    write_batches(*engine, last + 1, last + 300);
    last += 300;
    expect_batches(*engine, last);
  }
  engine.reset();
  expect_batches(*open(disk_options(0)), last);
}

TEST_F(FullDiskTest, RefusesWritesBelowTheReserve) {
  auto engine = open(disk_options(4 << 20));
  write_batches(*engine, 1, 5);
  fill_disk(3 << 20);
  expect_code(engine->write(6, numbered_batch(6)), ErrorCode::ResourceExhausted);
  free_disk();
  write_batches(*engine, 6, 10);
  expect_batches(*engine, 10);
}

TEST_F(FullDiskTest, KilledWhileFullKeepsWhatWasAcknowledged) {
  auto engine = open(disk_options(0));
  write_batches(*engine, 1, 20);
  fill_disk(20 << 10);
  const uint64_t last = write_until_refused(*engine, 21);
  fs::create_directory(root_ / "copy");
  free_disk();
  fs::copy(directory(), root_ / "copy" / "store");  // the files as a crash leaves them
  RocksDbOptions copy = disk_options(0);
  copy.directory = (root_ / "copy" / "store").string();
  auto recovered = open(copy);
  ASSERT_NE(recovered, nullptr);
  const auto loaded = load_all(*recovered);
  ASSERT_TRUE(loaded);
  EXPECT_GE(loaded->index, last);
  EXPECT_LE(loaded->index, last + 1);  // the refused one may be whole on the disk, but never in part
  EXPECT_EQ(loaded->rows, rows_after(loaded->index));
}

TEST_F(FullDiskTest, SaysSoWhenItCannotBeOpened) {
  {
    write_batches(*open(disk_options(0)), 1, 20);
  }
  fill_disk(0);
  EXPECT_EQ(open_error(disk_options(0)).code(), ErrorCode::ResourceExhausted);
  free_disk();
  expect_batches(*open(disk_options(0)), 20);
}

}  // namespace
}  // namespace drover::store
