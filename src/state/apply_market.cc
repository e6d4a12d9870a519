#include "codec/compare.h"
#include "codec/describe.h"
#include "state/apply.h"

#include <utility>

namespace drover::state {

using model::Market;
using model::Node;

namespace {

Status check_address(const Snapshot& view, const Market& market) {
  for (const std::string* name : {&market.slug, &market.address}) {
    if (name->empty()) continue;
    const auto other = view.find_market(*name);
    if (other && other->slug != market.slug) {
      return err(ErrorCode::Conflict, "market \"{}\" has the name \"{}\" already", other->slug, *name);
    }
  }
  return Ok{};
}

// What a market requires decides which of its nodes take work.
void judge_nodes(Draft& draft, const std::string& pool, WallTime time) {
  std::vector<Row<Node>> changed;
  for (const auto& entry : draft.view().nodes()) {
    const Node& node = *entry.value;
    if (node.node_pool == pool && node.prefetching != lacks_requirements(draft.view(), node)) {
      changed.push_back(entry.value);
    }
  }
  for (const Row<Node>& row : changed) {
    Node node = *row;
    node.prefetching = !node.prefetching;
    add_event(node, node.prefetching ? "Market requires what the node does not have yet"
                                     : "Node has what its market requires",
              "Market", time);
    draft.put_node(std::move(node));
  }
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const PutMarket& command) {
  TRY(model::validate(command.market));
  TRY(check_address(draft.view(), command.market));
  const auto stored = draft.view().market(command.market.slug);
  Market market = command.market;
  market.create_index = stored ? stored->create_index : 0;
  market.modify_index = stored ? stored->modify_index : 0;
  if (stored && codec::equal(*stored, market)) return Reply{};
  const std::string pool = market.slug;
  draft.put_market(std::move(market));
  judge_nodes(draft, pool, command.time);
  return Reply{};
}

Result<Reply> apply_command(Draft& draft, const DeleteMarket& command) {
  if (!draft.view().market(command.slug)) return err(ErrorCode::NotFound, "no market \"{}\"", command.slug);
  draft.erase_market(command.slug);
  judge_nodes(draft, command.slug, command.time);
  return Reply{};
}

}  // namespace drover::state
