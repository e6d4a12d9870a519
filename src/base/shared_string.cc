#include "base/shared_string.h"

#include <algorithm>

namespace drover {

SharedString StringPool::intern(std::string_view text) {
  if (text.size() > kLongest) return SharedString(text);
  const auto known = known_.find(text);
  if (known != known_.end()) return *known;
  SharedString made(text);
  if (!made.empty()) remember(made);
  return made;
}

void StringPool::intern(SharedString& text) {
  if (!text.node_ || text.node_->pooled || text.size() > kLongest) return;
  const auto known = known_.find(std::string_view(text));
  if (known != known_.end()) {
    text = *known;
  } else if (text.node_->references.load(std::memory_order_acquire) == 1) {
    remember(text);
  } else {
    text = intern(std::string_view(text));  // another thread may look at this one
  }
}

void StringPool::remember(const SharedString& text) {
  text.node_->pooled = true;
  known_.insert(text);
  if (known_.size() < sweep_at_) return;
  std::erase_if(known_,
                [](const SharedString& held) { return held.node_->references.load(std::memory_order_acquire) == 1; });
  sweep_at_ = std::max<size_t>(1024, 2 * known_.size());
}

}  // namespace drover
