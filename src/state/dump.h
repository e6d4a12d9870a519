#pragma once

#include "state/view.h"

#include <string>

namespace drover::state {

// All that a snapshot says, as text, in an order that does not depend on how it came about: equal states give equal
// texts. Leaves out slots, class numbers and the modify_index of summaries, which are not stored.
std::string dump(const Snapshot& snapshot);

}  // namespace drover::state
