#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace drover::store {

// A table's position in the list of names given when the engine is opened. Only the name is stored.
enum class TableId : uint16_t {};

struct RowChange {
  TableId table{};
  std::string key;                   // not empty
  std::optional<std::string> value;  // nothing: the row is deleted, whether it exists or not
};

// Called for each stored row, with bytes valid during the call only. An error ends the load and is its result.
using RowSink = std::function<Status(TableId table, std::string_view key, std::string_view value)>;

// What one write may hold. The caller cuts its batches accordingly; a larger one is refused as InvalidArgument.
struct BatchLimits {
  size_t changes = 0;
  size_t bytes = 0;  // keys and values together
};

struct EngineUsage {
  uint64_t disk_bytes = 0;
  uint64_t memory_bytes = 0;  // the engine's own buffers and caches
  uint64_t writes = 0;        // acknowledged since it was opened
};

// Durable rows: bytes in, bytes out. Knows nothing of what the rows mean.
//
// Threads: owned by one thread, the state writer. It may be opened and loaded by another one before.
class Engine {
 public:
  virtual ~Engine() = default;

  // Hands over every row of every table, table by table in the order of their ids and by key within each, and returns
  // the index of the last write that is part of it: 0 for an empty store. Tombstoned rows do not appear.
  virtual Result<uint64_t> load(const RowSink& sink) = 0;

  // Makes all the changes durable (synced), or none of them. REQUIRES an index greater than that of the last write; a
  // key may occur more than once, the last one counts. When it fails, the code says what the caller can do:
  //   ResourceExhausted  the disk (quota) is full and nothing was written. Refuse the commands and go on; the engine
  //                      recovers by itself: a later write succeeds once there is space, with the same index or
  //                      another. (Only if the process dies before that may a restart find the refused batch, and then
  //                      whole.)
  //   Conflict           another server leads now and nothing was written: step down and load again.
  //   Unavailable        the engine was cut off and the outcome is not known: step down and load again.
  //   InvalidArgument    the batch breaks the contract (limits, unknown table, index) and nothing was written.
  //   Internal           what is on the disk is not known: abort the process. Every later write fails too; a failed
  //   sync is
  //                      never retried.
  virtual Status write(uint64_t index, std::span<const RowChange> changes) = 0;

  virtual BatchLimits limits() const = 0;
  virtual EngineUsage usage() const = 0;

  // Releases the files and locks. Idempotent; nothing else may be called after it. The destructor does it too.
  virtual void close() = 0;
};

}  // namespace drover::store
