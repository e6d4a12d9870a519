#pragma once

#include "base/thread_owner.h"
#include "store/engine.h"

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::store {

// An engine that forgets everything with the process: for ephemeral servers, and for tests, which can make it fail.
class MemoryEngine final : public Engine {
 public:
  enum class Fault {
    DiskFull,    // ResourceExhausted; later writes succeed
    WriteError,  // Internal; every later write fails too
    Deposed,     // Conflict; every later write fails too
  };

  explicit MemoryEngine(size_t tables, BatchLimits limits = {.changes = 1 << 20, .bytes = 256 << 20});

  Result<uint64_t> load(const RowSink& sink) override;
  Status write(uint64_t index, std::span<const RowChange> changes) override;
  BatchLimits limits() const override { return limits_; }
  EngineUsage usage() const override;
  void close() override {}

  // The next write fails, `times` times for a full disk.
  void fail_next_write(Fault fault, unsigned times = 1);

  // As a restart does: the rows stay, the faults and the owning thread are forgotten.
  void restart();

 private:
  Status injected_fault();

  const BatchLimits limits_;
  ThreadOwner owner_;
  std::vector<std::map<std::string, std::string, std::less<>>> tables_;
  uint64_t last_index_ = 0;
  std::optional<Fault> fault_;
  unsigned fault_times_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::atomic<uint64_t> writes_ = 0;
};

}  // namespace drover::store
