#pragma once

#include "store/engine.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace drover::store {

// What to do when the log on the disk is damaged before its end, so that acknowledged writes may be lost.
enum class Recovery {
  Refuse,          // open() fails and names the file
  DropDamagedEnd,  // keep what is before the damage, for an operator who accepts the loss
};

struct RocksDbOptions {
  std::string directory;            // created if its parent exists
  std::vector<std::string> tables;  // names, by TableId; add new ones at the end
  size_t buffer_bytes = 16 << 20;   // of unflushed rows, all tables together
  size_t reserve_bytes = 48 << 20;  // writes are refused below this much free space, so that flushes always have room
  Recovery recovery = Recovery::Refuse;
};

// Opens or creates the embedded store, and takes its lock. Errors say what is wrong and what to do:
//   Conflict           another process has the store open
//   NotFound, PermissionDenied, ResourceExhausted  the directory cannot be used
//   InvalidArgument    a newer version wrote the store, or the list of tables is not usable
//   Internal           the data is damaged (the message names the file); nothing has been changed
Result<std::unique_ptr<Engine>> open_rocksdb(RocksDbOptions options);

}  // namespace drover::store
