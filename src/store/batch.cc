#include "store/batch.h"

namespace drover::store {

Status check_batch(const BatchRules& rules, uint64_t index, std::span<const RowChange> changes) {
  if (index <= rules.last_index) {
    return err(ErrorCode::InvalidArgument, "write at index {} after index {}", index, rules.last_index);
  }
  size_t bytes = 0;
  for (const RowChange& change : changes) {
    if (static_cast<size_t>(change.table) >= rules.tables) {
      return err(ErrorCode::InvalidArgument, "no table with id {}", static_cast<unsigned>(change.table));
    }
    if (change.key.empty()) return err(ErrorCode::InvalidArgument, "a row's key is empty");
    bytes += change.key.size() + (change.value ? change.value->size() : 0);
  }
  if (changes.size() > rules.limits.changes || bytes > rules.limits.bytes) {
    return err(ErrorCode::InvalidArgument, "a batch of {} changes and {} bytes is too large (limits: {}, {})",
               changes.size(), bytes, rules.limits.changes, rules.limits.bytes);
  }
  return Ok{};
}

}  // namespace drover::store
