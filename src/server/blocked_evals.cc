#include "server/blocked_evals.h"

#include <algorithm>
#include <utility>

namespace drover::server {
namespace {

// How many are looked at in one step.
constexpr size_t kLookLimit = 2000;

}  // namespace

void BlockedEvals::block(EvalRow eval) {
  owner_.check();
  const bool fits = may_fit(*eval);
  blocked_[eval->id] = std::move(eval);
  if (fits) left_to_look_ = blocked_.size();
}

void BlockedEvals::remove(const model::EvalId& id) {
  owner_.check();
  blocked_.erase(id);
}

void BlockedEvals::note_room(const std::string& computed_class, uint64_t index) {
  owner_.check();
  uint64_t& last = room_[computed_class];
  if (index <= last) return;
  newest_room_.erase({last, computed_class});
  last = index;
  newest_room_.emplace(index, computed_class);
  left_to_look_ = blocked_.size();
}

void BlockedEvals::note_retry() {
  owner_.check();
  retry_ = true;
  left_to_look_ = blocked_.size();
}

std::vector<BlockedEvals::EvalRow> BlockedEvals::take(size_t limit) {
  owner_.check();
  std::vector<EvalRow> out;
  auto at = blocked_.lower_bound(next_);
  for (size_t looked = 0; left_to_look_ > 0 && looked < kLookLimit && out.size() < limit; ++looked, --left_to_look_) {
    if (at == blocked_.end()) at = blocked_.begin();
    if (at == blocked_.end()) {
      left_to_look_ = 0;
      break;
    }
    const bool retried = retry_ && at->second->triggered_by == model::trigger::kMaxPlanAttempts;
    if (retried || may_fit(*at->second)) {
      out.push_back(std::move(at->second));
      at = blocked_.erase(at);
    } else {
      ++at;
    }
  }
  next_ = at == blocked_.end() ? model::EvalId() : at->first;
  if (left_to_look_ == 0) retry_ = false;
  return out;
}

// Some class has gained room since it was decided on, and the job could run there.
bool BlockedEvals::may_fit(const model::Evaluation& eval) const {
  const auto since = newest_room_.lower_bound({eval.snapshot_index + 1, ""});
  return std::any_of(since, newest_room_.end(), [&](const auto& entry) {
    if (eval.escaped_computed_class) return true;
    const auto known = eval.class_eligibility.find(entry.second);
    return known == eval.class_eligibility.end() || known->second;
  });
}

}  // namespace drover::server
