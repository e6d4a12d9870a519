#include "sim/sim_disk.h"

#include <utility>

namespace drover::sim {

Result<uint64_t> SimDisk::load(const store::RowSink& sink) {
  for (const auto& [key, value] : rows_) TRY(sink(static_cast<store::TableId>(key.first), key.second, value));
  return last_index_;
}

Status SimDisk::write(uint64_t index, std::span<const store::RowChange> changes) {
  if (index <= last_index_) return err(ErrorCode::InvalidArgument, "index {} after {}", index, last_index_);
  Batch batch{.index = index, .changes = {changes.begin(), changes.end()}, .commands = std::exchange(pending_, {})};
  const auto kill = std::exchange(kill_, std::nullopt);
  if (kill == Kill::BeforeWrite) throw Killed{};
  if (full_ > 0) {
    --full_;
    refused_ = std::move(batch);
    return err(ErrorCode::ResourceExhausted, "the disk is full (simulated)");
  }
  refused_.reset();
  if (!lies_) keep(std::move(batch));
  if (kill == Kill::AfterWrite) throw Killed{};
  return Ok{};
}

void SimDisk::keep(Batch batch) {
  for (store::RowChange& change : batch.changes) {
    const std::pair key{static_cast<uint16_t>(change.table), std::move(change.key)};
    if (change.value) {
      rows_[key] = std::move(*change.value);
    } else {
      rows_.erase(key);
    }
  }
  for (state::Command& command : batch.commands) history_.push_back(std::move(command));
  last_index_ = batch.index;
  ++writes_;
}

void SimDisk::after_death(bool find_refused) {
  pending_.clear();
  kill_.reset();
  full_ = 0;
  if (auto refused = std::exchange(refused_, std::nullopt); refused && find_refused) keep(std::move(*refused));
}

}  // namespace drover::sim
