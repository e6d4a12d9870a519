#pragma once

#include "base/thread_owner.h"
#include "model/evaluation.h"
#include "state/view.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace drover::server {

// Evaluations that wait for room (facts 5.3). One comes back as soon as a node of a class that could take its job, or
// of a class that it has not seen, gains room. Owned by one thread.
class BlockedEvals {
 public:
  using EvalRow = state::Row<model::Evaluation>;

  // Takes a blocked evaluation. Gives it back at once if room was made since the snapshot that it was decided on.
  std::optional<EvalRow> block(EvalRow eval);
  void remove(const model::EvalId& id);

  // A node of this computed class gained room, or joined, at `index`: what may fit now, no longer blocked.
  std::vector<EvalRow> unblock(const std::string& computed_class, uint64_t index);

  size_t count() const { return blocked_.size(); }

 private:
  static bool concerns(const model::Evaluation& eval, const std::string& computed_class);

  ThreadOwner owner_;
  std::unordered_map<model::EvalId, EvalRow> blocked_;
  std::unordered_map<std::string, uint64_t> last_unblock_;  // by computed class
};

}  // namespace drover::server
