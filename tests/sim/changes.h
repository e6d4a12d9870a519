#pragma once

#include "sim/trace.h"
#include "state/view.h"

namespace drover::sim {

// Notes what differs between two states: for people, and so that the trace's hash covers what the servers decide.
void note_changes(const state::Snapshot& before, const state::Snapshot& after, Trace& trace);

}  // namespace drover::sim
