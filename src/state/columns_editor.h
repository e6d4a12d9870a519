#pragma once

#include "model/allocation.h"
#include "model/node.h"
#include "state/ask.h"
#include "state/columns.h"

#include <cstdint>
#include <memory>
#include <span>
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
  void occupy(uint32_t slot, const GroupAsk& ask, std::span<const model::AllocatedPort> ports, int sign);

  // The columns so far; later edits do not change them.
  Columns freeze();

 private:
  using PortChunk = std::vector<std::shared_ptr<const PortSet>>;

  ColumnChunk& chunk(uint32_t slot);
  PortChunk& port_chunk(uint32_t slot);
  void set_ports(uint32_t slot, PortSet ports);
  void set_capacity(uint32_t slot, const model::Node& node);
  uint32_t use_class(const std::string& name);
  void drop_class(const std::string& name);

  Columns next_;
  // By chunk: ours to edit in place; null while it is shared.
  std::vector<ColumnChunk*> owned_;
  std::vector<PortChunk*> owned_ports_;
};

}  // namespace drover::state
