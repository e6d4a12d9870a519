#pragma once

#include "base/result.h"
#include "state/columns_editor.h"
#include "state/view.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace drover::state {

// Rebuilds a snapshot from stored rows:
//
//   SnapshotLoader loader;
//   engine.load([&](auto table, auto key, auto value) { return loader.add(Table(table), key, value); });
//   Snapshot snapshot = loader.finish(index);
//
// Indexes, summaries and columns are derived. One thread.
class SnapshotLoader {
 public:
  SnapshotLoader();
  ~SnapshotLoader();

  // REQUIRES ascending keys within each table, in any order of the tables. Errors: Internal, naming the table and key
  // of a row that cannot be read.
  Status add(Table table, std::string_view key, std::string_view value);

  // Errors: Internal, for rows that contradict each other.
  Result<Snapshot> finish(uint64_t index);

 private:
  struct Rows;

  Status derive_jobs(Snapshot& next, ColumnsEditor& columns);
  void derive_indexes(Snapshot& next) const;

  std::unique_ptr<Rows> rows_;
};

}  // namespace drover::state
