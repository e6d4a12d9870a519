#pragma once

namespace drover::sim {

class Simulation;
class Workload;

// Nothing goes wrong any more and nobody asks for anything new: everything has to come to rest, and what is there then
// has to be what the jobs want, or to be explained. Failures are the observer's.
void settle(Simulation& sim, Workload& workload);

}  // namespace drover::sim
