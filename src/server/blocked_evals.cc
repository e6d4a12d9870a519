#include "server/blocked_evals.h"

#include <algorithm>

namespace drover::server {

std::optional<BlockedEvals::EvalRow> BlockedEvals::block(EvalRow eval) {
  owner_.check();
  for (const auto& [computed_class, index] : last_unblock_) {
    if (index > eval->snapshot_index && concerns(*eval, computed_class)) return eval;
  }
  blocked_[eval->id] = std::move(eval);
  return std::nullopt;
}

void BlockedEvals::remove(const model::EvalId& id) {
  owner_.check();
  blocked_.erase(id);
}

std::vector<BlockedEvals::EvalRow> BlockedEvals::unblock(const std::string& computed_class, uint64_t index) {
  owner_.check();
  uint64_t& last = last_unblock_[computed_class];
  last = std::max(last, index);
  std::vector<EvalRow> freed;
  for (auto at = blocked_.begin(); at != blocked_.end();) {
    if (concerns(*at->second, computed_class)) {
      freed.push_back(at->second);
      at = blocked_.erase(at);
    } else {
      ++at;
    }
  }
  return freed;
}

bool BlockedEvals::concerns(const model::Evaluation& eval, const std::string& computed_class) {
  if (eval.escaped_computed_class) return true;
  const auto known = eval.class_eligibility.find(computed_class);
  return known == eval.class_eligibility.end() || known->second;
}

}  // namespace drover::server
