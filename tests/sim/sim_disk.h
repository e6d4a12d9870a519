#pragma once

#include "state/command.h"
#include "state/view.h"
#include "store/engine.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drover::sim {

// The simulated server's process has been killed: thrown by its disk out of the middle of a write, so that nothing of
// the server runs after it, as after kill -9. Only the simulation catches it.
struct Killed {};

using Rows = std::map<std::pair<uint16_t, std::string>, std::string>;

// A disk that outlives the servers that write to it, with the commands that led to what it holds.
class SimDisk final : public store::Engine {
 public:
  enum class Kill : uint8_t {
    BeforeWrite,  // nothing of the batch is found again
    AfterWrite,   // all of it is, but nobody was told
  };

  // The server dies in its next write.
  void kill_in_next_write(Kill kill) { kill_ = kill; }
  // So many writes are refused.
  void fill(unsigned writes) { full_ = writes; }
  // A planted fault: says that writes are durable which are not.
  void lie(bool lies) { lies_ = lies; }

  // A command of the batch that is written next.
  void note(const state::Command& command) { pending_.push_back(command); }

  // The server has died: what it had not got written is gone, or, if its last write was refused, may be found again,
  // whole (see store/engine.h).
  void after_death(bool find_refused);

  const Rows& rows() const { return rows_; }
  uint64_t last_index() const { return last_index_; }
  uint64_t writes() const { return writes_; }
  // All that is stored follows from these, in this order.
  const std::vector<state::Command>& history() const { return history_; }

  // store::Engine
  Result<uint64_t> load(const store::RowSink& sink) override;
  Status write(uint64_t index, std::span<const store::RowChange> changes) override;
  store::BatchLimits limits() const override { return {.changes = 1 << 20, .bytes = 256 << 20}; }
  store::EngineUsage usage() const override { return {}; }
  void close() override {}

 private:
  struct Batch {
    uint64_t index = 0;
    std::vector<store::RowChange> changes;
    std::vector<state::Command> commands;
  };
  void keep(Batch batch);

  Rows rows_;
  uint64_t last_index_ = 0;
  uint64_t writes_ = 0;
  std::vector<state::Command> history_;
  std::vector<state::Command> pending_;
  std::optional<Kill> kill_;
  unsigned full_ = 0;
  bool lies_ = false;
  std::optional<Batch> refused_;
};

}  // namespace drover::sim
