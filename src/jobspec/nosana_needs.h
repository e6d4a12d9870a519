#pragma once

namespace drover::jobspec {

// The key of a task's meta under which a lowered Nosana definition says what it needs beyond a plain container, as a
// comma-separated list ("gpu,expose,resources"): check_runnable() refuses what cannot be run yet, so that nothing is
// dropped silently.
inline constexpr const char* kNosanaNeeds = "nosana.needs";

}  // namespace drover::jobspec
