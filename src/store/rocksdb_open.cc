#include "store/rocksdb_open.h"

#include "base/strings.h"
#include "store/rocksdb_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <set>
#include <system_error>

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

namespace drover::store {
namespace {

namespace fs = std::filesystem;

// Raised when the meaning of keys or of the engine's own rows changes; what a row's value means is not its business.
constexpr uint64_t kFormatVersion = 1;

// All rows are held in memory by the server and read from here once, at start: no cache to speak of, no filters, few
// threads, small buffers.
rocksdb::DBOptions database_options(const RocksDbOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.max_background_jobs = 2;
  db.max_open_files = 64;
  db.db_write_buffer_size = options.buffer_bytes;
  db.max_total_wal_size = 4 * options.buffer_bytes;
  db.allow_concurrent_memtable_write = false;
  db.avoid_flush_during_shutdown = true;  // the log has everything
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.max_bgerror_resume_count = 0;  // RocksDbEngine recovers by itself
  // An incomplete record at the end of the log is a write that was never acknowledged. Anything else is damage.
  db.wal_recovery_mode = options.recovery == Recovery::Refuse ? rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords
                                                              : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest = options.recovery == Recovery::Refuse;
  return db;
}

rocksdb::ColumnFamilyOptions table_options(const RocksDbOptions& options) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(2 << 20);
  blocks.cache_index_and_filter_blocks = true;
  blocks.block_size = 16 << 10;
  blocks.format_version = 5;

  rocksdb::ColumnFamilyOptions table;
  table.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  table.write_buffer_size = options.buffer_bytes / 2;
  table.arena_block_size = 64 << 10;
  table.compression = rocksdb::kLZ4Compression;
  table.level_compaction_dynamic_level_bytes = true;
  return table;
}

// The process that holds the lock; 0 if none does any more. Never called when it is this one: closing the file would
// drop the lock (fcntl(2), POSIX locks).
pid_t lock_holder(const fs::path& lock_file) {
  const int fd = ::open(lock_file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return held ? lock.l_pid : 0;
}

// `damage` says where, if RocksDB did.
Error open_error(const RocksDbOptions& options, const rocksdb::Status& status, const std::string& damage = "") {
  const std::string& directory = options.directory;
  const std::string text = status.IsCorruption() && !damage.empty() ? damage : status.ToString();
  if (text.find("lock hold by current process") != std::string::npos) {
    return Error(ErrorCode::Conflict, fmt::format("the store {} is open in this process already", directory));
  }
  if (text.find("lock file") != std::string::npos) {
    if (const pid_t pid = lock_holder(fs::path(directory) / "LOCK"); pid != 0) {
      return Error(ErrorCode::Conflict,
                   fmt::format("the store {} is in use by process {}: stop it, or give this server "
                               "another data directory",
                               directory, pid));
    }
  }
  if (is_disk_full(status)) {
    return Error(ErrorCode::ResourceExhausted,
                 fmt::format("cannot open the store {}: the disk is full: {}", directory, text));
  }
  if (status.IsCorruption() || text.find("No such file") != std::string::npos) {
    return Error(
        ErrorCode::Internal,
        fmt::format("the store {} is damaged: {}. Nothing was changed. Restore it from a backup, or, if only the "
                    "log is damaged and losing the writes from there on is acceptable, open it once with the "
                    "recovery mode that drops the damaged end",
                    directory, text));
  }
  return Error(ErrorCode::Internal, fmt::format("cannot open the store {}: {}", directory, text));
}

Status check_table_names(const std::vector<std::string>& tables) {
  const std::set<std::string> unique(tables.begin(), tables.end());
  if (unique.size() != tables.size() || unique.contains("") || unique.contains(rocksdb::kDefaultColumnFamilyName)) {
    return err(ErrorCode::InvalidArgument, "table names must be unique, not empty and not \"default\": {}",
               join(tables, ", "));
  }
  return Ok{};
}

// A directory that this process can write, which holds a whole database or none of its files.
Status prepare_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directory(directory, error);  // no error if it exists
  if (error == std::errc::no_such_file_or_directory) {
    return err(ErrorCode::NotFound, "cannot create the store {}: its parent directory does not exist", directory);
  }
  if (error == std::errc::no_space_on_device) {
    return err(ErrorCode::ResourceExhausted, "cannot create the store {}: the disk is full", directory);
  }
  if (error) return err(ErrorCode::PermissionDenied, "cannot create the store {}: {}", directory, error.message());
  if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    return err(ErrorCode::PermissionDenied, "cannot write to the store {}: {}", directory,
               std::generic_category().message(errno));
  }
  if (fs::exists(fs::path(directory) / "CURRENT", error)) return Ok{};
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string extension = it->path().extension();
    if (extension == ".sst" || extension == ".log") {
      return err(
          ErrorCode::Internal,
          "the store {} is damaged: it has {} but the file CURRENT is missing. Restore it from a backup, or move "
          "the directory away to start empty",
          directory, it->path().filename().string());
    }
  }
  if (error) return err(ErrorCode::PermissionDenied, "cannot read the store {}: {}", directory, error.message());
  return Ok{};
}

// Tables that this version does not know come from a newer one, and must not be lost sight of.
Status check_known_tables(const RocksDbOptions& options, const rocksdb::DBOptions& db_options) {
  std::error_code error;
  if (!fs::exists(fs::path(options.directory) / "CURRENT", error)) return Ok{};
  std::vector<std::string> stored;
  if (const auto s = rocksdb::DB::ListColumnFamilies(db_options, options.directory, &stored); !s.ok()) {
    return err(open_error(options, s));
  }
  for (const std::string& name : stored) {
    if (name == rocksdb::kDefaultColumnFamilyName || std::ranges::count(options.tables, name) > 0) continue;
    return err(ErrorCode::InvalidArgument,
               "the store {} has a table \"{}\" that this version does not know: a newer version has written it",
               options.directory, name);
  }
  return Ok{};
}

Status check_format(const RocksDbOptions& options, RocksDbHandle& handle) {
  std::string format, index;
  rocksdb::DB& db = *handle.db;
  auto s = db.Get({}, handle.families[0], kFormatKey, &format);
  if (s.IsNotFound()) {
    if (db.Get({}, handle.families[0], kIndexKey, &index).ok()) {
      return err(ErrorCode::Internal, "the store {} is damaged: it has no format version", options.directory);
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    s = db.Put(synced, handle.families[0], kFormatKey, std::to_string(kFormatVersion));
    if (!s.ok()) return err(open_error(options, s));
    return Ok{};
  }
  if (!s.ok()) return err(open_error(options, s));
  const auto version = parse_uint(format);
  if (!version) {
    return err(ErrorCode::Internal, "the store {} is damaged: its format version is \"{}\"", options.directory,
               printable(format));
  }
  if (*version > kFormatVersion) {
    return err(ErrorCode::InvalidArgument,
               "the store {} has format version {}, this program knows up to {}: use the version that wrote it, or a "
               "newer one",
               options.directory, *version, kFormatVersion);
  }
  return Ok{};
}

}  // namespace

bool is_disk_full(const rocksdb::Status& status) {
  return status.IsNoSpace() || (status.IsIOError() && status.subcode() == rocksdb::Status::kSpaceLimit);
}

Result<RocksDbHandle> open_database(const RocksDbOptions& options, std::shared_ptr<rocksdb::EventListener> listener) {
  TRY(check_table_names(options.tables));
  TRY(prepare_directory(options.directory));
  rocksdb::DBOptions db_options = database_options(options);
  const auto log = std::make_shared<RocksDbLog>();
  db_options.info_log = log;
  db_options.listeners.push_back(std::move(listener));
  TRY(check_known_tables(options, db_options));

  const rocksdb::ColumnFamilyOptions family_options = table_options(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, family_options}};
  for (const std::string& name : options.tables) descriptors.emplace_back(name, family_options);

  RocksDbHandle handle;
  rocksdb::DB* db = nullptr;
  const auto s = rocksdb::DB::Open(db_options, options.directory, descriptors, &handle.families, &db);
  if (!s.ok()) return err(open_error(options, s, log->last_damage()));
  handle.db.reset(db);
  if (auto checked = check_format(options, handle); !checked) {
    close_database(handle);
    return err(checked.error());
  }
  return handle;
}

void close_database(RocksDbHandle& handle) {
  if (!handle.db) return;
  for (rocksdb::ColumnFamilyHandle* family : handle.families) {
    const auto ignored = handle.db->DestroyColumnFamilyHandle(family);
    ignored.PermitUncheckedError();
  }
  handle.families.clear();
  handle.db.reset();
}

}  // namespace drover::store
