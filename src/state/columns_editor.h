#pragma once

#include "model/allocation.h"
#include "model/node.h"
#include "state/ask.h"
#include "state/columns.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace drover::state {

// Edits Columns: copies each chunk it touches once, however many edits follow, until the next freeze(). One thread.
class ColumnsEditor {
 public:
  explicit ColumnsEditor(Columns base) : next_(std::move(base)) {}

  const Columns& view() const { return next_; }

  // Gives a new node its slot, without allocations.
  uint32_t add_node(const model::Node& node);
  // Takes over a change of capacity, reservations, class or readiness from `before`.
  void update_node(uint32_t slot, const model::Node& before, const model::Node& after);
  void remove_node(uint32_t slot, const model::Node& node);

  // Adds (sign 1) or removes (sign -1) what an allocation takes.
  void occupy(uint32_t slot, const GroupAsk& ask, const model::Allocation& alloc, int sign);

  // The columns so far; later edits do not change them.
  Columns freeze();

 private:
  using HoldingsChunk = std::vector<std::shared_ptr<const Holdings>>;

  ColumnChunk& chunk(uint32_t slot);
  HoldingsChunk& holdings_chunk(uint32_t slot);
  void set_holdings(uint32_t slot, Holdings holdings);
  void set_capacity(uint32_t slot, const model::Node& node);
  uint32_t use_class(const std::string& name);
  void drop_class(const std::string& name);

  Columns next_;
  // By chunk: ours to edit in place; null while it is shared.
  std::vector<ColumnChunk*> owned_;
  std::vector<HoldingsChunk*> owned_holdings_;
};

}  // namespace drover::state
