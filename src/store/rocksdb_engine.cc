#include "store/rocksdb_engine.h"

#include "base/log.h"
#include "base/thread_owner.h"
#include "store/batch.h"
#include "store/rocksdb_open.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>

#include <rocksdb/listener.h>

namespace drover::store {
namespace {

constexpr BatchLimits kLimits{.changes = 1 << 20, .bytes = 256 << 20};

// Big-endian, so that it reads well in a dump.
std::string encode_index(uint64_t index) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, index >>= 8) bytes[static_cast<size_t>(i)] = static_cast<char>(index & 0xff);
  return bytes;
}

uint64_t decode_index(std::string_view bytes) {
  uint64_t index = 0;
  for (const char byte : bytes) index = index << 8 | static_cast<uint8_t>(byte);
  return index;
}

// Remembers that a flush or compaction failed: RocksDB goes on taking writes after some of these. Called on its
// threads.
class BackgroundErrors final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    (is_disk_full(*error) ? full_ : failed_).store(true);
  }

  // RocksDbEngine recovers by itself.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

  bool take_full() { return full_.exchange(false); }
  bool failed() const { return failed_; }

 private:
  std::atomic<bool> full_ = false;
  std::atomic<bool> failed_ = false;
};

class RocksDbEngine final : public Engine {
 public:
  explicit RocksDbEngine(RocksDbOptions options) : options_(std::move(options)) {}
  ~RocksDbEngine() override { close(); }

  Status open();
  Result<uint64_t> load(const RowSink& sink) override;
  Status write(uint64_t index, std::span<const RowChange> changes) override;
  BatchLimits limits() const override { return kLimits; }
  EngineUsage usage() const override;
  void close() override { close_database(handle_); }

 private:
  Result<uint64_t> stored_index();
  Status load_table(TableId table, const RowSink& sink);
  Status check_space() const;
  bool has_room() const;
  Status reopen_if_needed();
  Status write_failed(const rocksdb::Status& status);
  Status broken(const std::string& reason);

  const RocksDbOptions options_;
  ThreadOwner owner_;
  std::shared_ptr<BackgroundErrors> background_;
  RocksDbHandle handle_;  // empty when closed, or when reopening it has failed on a full disk
  uint64_t last_index_ = 0;
  uint64_t writes_ = 0;
  bool needs_reopen_ = false;
  std::optional<Error> broken_;
};

Result<uint64_t> RocksDbEngine::stored_index() {
  std::string bytes;
  const auto s = handle_.db->Get({}, handle_.families[0], kIndexKey, &bytes);
  if (s.IsNotFound()) return uint64_t{0};
  if (!s.ok()) return err(ErrorCode::Internal, "reading the store {}: {}", options_.directory, s.ToString());
  if (bytes.size() != 8) return err(ErrorCode::Internal, "the store {} is damaged: bad index", options_.directory);
  return decode_index(bytes);
}

Status RocksDbEngine::load_table(TableId table, const RowSink& sink) {
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = 1 << 20;
  rocksdb::ColumnFamilyHandle* const family = handle_.families[static_cast<size_t>(table) + 1];
  const std::unique_ptr<rocksdb::Iterator> it(handle_.db->NewIterator(read, family));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    TRY(sink(table, it->key().ToStringView(), it->value().ToStringView()));
  }
  if (it->status().ok()) return Ok{};
  return err(ErrorCode::Internal, "table \"{}\" of the store {} is damaged: {}. Restore the store from a backup",
             family->GetName(), options_.directory, it->status().ToString());
}

Status RocksDbEngine::open() {
  background_ = std::make_shared<BackgroundErrors>();
  TRY_LET(handle_, open_database(options_, background_));
  TRY_LET(last_index_, stored_index());
  return Ok{};
}

Result<uint64_t> RocksDbEngine::load(const RowSink& sink) {
  if (!handle_.db) return err(ErrorCode::Unavailable, "the store {} is closed", options_.directory);
  for (size_t table = 0; table < options_.tables.size(); ++table) {
    TRY(load_table(static_cast<TableId>(table), sink));
  }
  return last_index_;
}

Status RocksDbEngine::check_space() const {
  struct statvfs disk = {};
  if (::statvfs(options_.directory.c_str(), &disk) != 0) return Ok{};  // the write itself will tell
  const uint64_t free_bytes = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free_bytes >= options_.reserve_bytes) return Ok{};
  return err(ErrorCode::ResourceExhausted, "the disk is full: {} bytes are free for the store {}, {} are needed",
             free_bytes, options_.directory, options_.reserve_bytes);
}

// Whether the files could grow: asks the file system, which knows of quotas, too.
bool RocksDbEngine::has_room() const {
  const std::string probe = options_.directory + "/space.probe";
  const int fd = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const auto bytes = static_cast<off_t>(std::max(options_.reserve_bytes, 2 * options_.buffer_bytes));
  const bool room = ::posix_fallocate(fd, 0, bytes) == 0;
  ::close(fd);
  ::unlink(probe.c_str());
  return room;
}

// After a full disk the database is opened anew. DB::Resume() goes on with the log that could not be written, unless
// there is something to flush, and fails there for good (7.8).
Status RocksDbEngine::reopen_if_needed() {
  if (background_->failed()) return broken("a flush or compaction has failed");
  if (background_->take_full()) needs_reopen_ = true;
  if (!needs_reopen_) return Ok{};
  if (!has_room()) return err(ErrorCode::ResourceExhausted, "the disk of the store {} is full", options_.directory);
  const uint64_t acknowledged = last_index_;
  close_database(handle_);
  if (auto opened = open(); !opened) {
    return opened.error().code() == ErrorCode::ResourceExhausted ? opened : broken(opened.error().message());
  }
  // A write that was whole in the log when its sync failed. It was refused, so the caller's state is without it.
  if (last_index_ != acknowledged) return broken("a write that was refused on a full disk turned out to be complete");
  needs_reopen_ = false;
  log::info("the store has space again", {{"directory", options_.directory}});
  return Ok{};
}

Status RocksDbEngine::broken(const std::string& reason) {
  broken_ = Error(ErrorCode::Internal, fmt::format("writing the store {}: {}", options_.directory, reason));
  return err(*broken_);
}

Status RocksDbEngine::write_failed(const rocksdb::Status& status) {
  if (!is_disk_full(status)) return broken(status.ToString());
  log::warn("the store's disk is full", {{"directory", options_.directory}});
  needs_reopen_ = true;
  return err(ErrorCode::ResourceExhausted, "the disk is full: writing the store {}: {}", options_.directory,
             status.ToString());
}

Status RocksDbEngine::write(uint64_t index, std::span<const RowChange> changes) {
  owner_.check();
  if (broken_) return err(*broken_);
  TRY(check_batch({.limits = kLimits, .tables = options_.tables.size(), .last_index = last_index_}, index, changes));
  TRY(check_space());
  TRY(reopen_if_needed());

  rocksdb::WriteBatch batch;
  rocksdb::Status s = batch.Put(handle_.families[0], kIndexKey, encode_index(index));
  for (const RowChange& change : changes) {
    if (!s.ok()) break;
    rocksdb::ColumnFamilyHandle* const family = handle_.families[static_cast<size_t>(change.table) + 1];
    s = change.value ? batch.Put(family, change.key, *change.value) : batch.Delete(family, change.key);
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (s.ok()) s = handle_.db->Write(synced, &batch);
  if (!s.ok()) return write_failed(s);
  last_index_ = index;
  ++writes_;
  return Ok{};
}

EngineUsage RocksDbEngine::usage() const {
  EngineUsage usage{.writes = writes_};
  if (!handle_.db) return usage;
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::directory_iterator it(options_.directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;  // a file that was deleted meanwhile
    const uint64_t size = it->file_size(gone);
    if (!gone) usage.disk_bytes += size;
  }
  for (const auto* property :
       {&rocksdb::DB::Properties::kSizeAllMemTables, &rocksdb::DB::Properties::kEstimateTableReadersMem}) {
    uint64_t bytes = 0;
    if (handle_.db->GetAggregatedIntProperty(*property, &bytes)) usage.memory_bytes += bytes;
  }
  uint64_t cache_bytes = 0;  // all tables share one cache
  if (handle_.db->GetIntProperty(rocksdb::DB::Properties::kBlockCacheUsage, &cache_bytes))
    usage.memory_bytes += cache_bytes;
  return usage;
}

}  // namespace

Result<std::unique_ptr<Engine>> open_rocksdb(RocksDbOptions options) {
  auto engine = std::make_unique<RocksDbEngine>(std::move(options));
  TRY(engine->open());
  return engine;
}

}  // namespace drover::store
