#pragma once

#include "store/rocksdb_engine.h"

#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

namespace drover::store {

// The column family that every RocksDB database has holds the engine's own keys.
inline constexpr char kFormatKey[] = "format";
inline constexpr char kIndexKey[] = "index";

// An open database and its column families: that of the engine's own keys, then one a table.
struct RocksDbHandle {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // owned by `db`'s opener: destroyed before it
};

// Opens the database, checks its version and tables. `listener` hears of background errors.
Result<RocksDbHandle> open_database(const RocksDbOptions& options, std::shared_ptr<rocksdb::EventListener> listener);

void close_database(RocksDbHandle& handle);

bool is_disk_full(const rocksdb::Status& status);

}  // namespace drover::store
