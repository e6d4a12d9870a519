#pragma once

#include "base/random.h"
#include "store/engine.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace drover::store {

inline constexpr TableId kJobs{0};
inline constexpr TableId kAllocs{1};

// (table, key) → value.
using Rows = std::map<std::pair<TableId, std::string>, std::string>;

struct Loaded {
  uint64_t index = 0;
  Rows rows;
};

inline RowChange put(TableId table, std::string key, std::string value) {
  return {.table = table, .key = std::move(key), .value = std::move(value)};
}
inline RowChange tombstone(TableId table, std::string key) {
  return {.table = table, .key = std::move(key), .value = std::nullopt};
}

inline Result<Loaded> load_all(Engine& engine) {
  Loaded loaded;
  TRY_LET(loaded.index, engine.load([&](TableId table, std::string_view key, std::string_view value) -> Status {
    EXPECT_TRUE(loaded.rows.empty() || loaded.rows.rbegin()->first < std::pair(table, std::string(key)));
    loaded.rows[{table, std::string(key)}] = value;
    return Ok{};
  }));
  return loaded;
}

inline void expect_code(const Status& status, ErrorCode code) {
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), code) << status.error().message();
}

// A batch that depends on nothing but its index, and what a store holds after batches 1..index: every batch replaces a
// few rows, deletes some, and stamps all it writes with its index.
inline std::vector<RowChange> numbered_batch(uint64_t index) {
  SeededRandom random(index);
  std::vector<RowChange> changes;
  for (uint64_t i = 0, count = 1 + random.below(20); i < count; ++i) {
    const TableId table{static_cast<uint16_t>(random.below(2))};
    const std::string key = "row" + std::to_string(random.below(100));
    if (random.below(5) == 0) {
      changes.push_back(tombstone(table, key));
    } else {
      changes.push_back(put(table, key, std::to_string(index) + std::string(random.below(500), 'x')));
    }
  }
  return changes;
}

inline Rows rows_after(uint64_t index) {
  Rows rows;
  for (uint64_t i = 1; i <= index; ++i) {
    for (const RowChange& change : numbered_batch(i)) {
      if (change.value) {
        rows[{change.table, change.key}] = *change.value;
      } else {
        rows.erase({change.table, change.key});
      }
    }
  }
  return rows;
}

}  // namespace drover::store
