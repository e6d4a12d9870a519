#include "store/memory_engine.h"

#include "store/batch.h"

namespace drover::store {

MemoryEngine::MemoryEngine(size_t tables, BatchLimits limits) : limits_(limits), tables_(tables) {}

Result<uint64_t> MemoryEngine::load(const RowSink& sink) {
  for (size_t table = 0; table < tables_.size(); ++table) {
    for (const auto& [key, value] : tables_[table]) TRY(sink(static_cast<TableId>(table), key, value));
  }
  return last_index_;
}

Status MemoryEngine::injected_fault() {
  if (!fault_) return Ok{};
  const Fault fault = *fault_;
  if (fault == Fault::DiskFull && --fault_times_ == 0) fault_.reset();
  switch (fault) {
    case Fault::DiskFull:
      return err(ErrorCode::ResourceExhausted, "the disk is full (injected)");
    case Fault::WriteError:
      return err(ErrorCode::Internal, "input/output error (injected)");
    case Fault::Deposed:
      return err(ErrorCode::Conflict, "another server leads (injected)");
  }
  return Ok{};
}

Status MemoryEngine::write(uint64_t index, std::span<const RowChange> changes) {
  owner_.check();
  TRY(check_batch({.limits = limits_, .tables = tables_.size(), .last_index = last_index_}, index, changes));
  TRY(injected_fault());
  for (const RowChange& change : changes) {
    auto& rows = tables_[static_cast<size_t>(change.table)];
    if (const auto old = rows.find(change.key); old != rows.end()) {
      bytes_ -= old->first.size() + old->second.size();
      rows.erase(old);
    }
    if (!change.value) continue;
    bytes_ += change.key.size() + change.value->size();
    rows.emplace(change.key, *change.value);
  }
  last_index_ = index;
  ++writes_;
  return Ok{};
}

EngineUsage MemoryEngine::usage() const {
  return {.disk_bytes = 0, .memory_bytes = bytes_, .writes = writes_};
}

void MemoryEngine::fail_next_write(Fault fault, unsigned times) {
  fault_ = fault;
  fault_times_ = times;
}

void MemoryEngine::restart() {
  fault_.reset();
  owner_.release();
}

}  // namespace drover::store
