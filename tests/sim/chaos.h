#pragma once

#include "sim/simulation.h"

namespace drover::sim {

// What goes wrong with machines, networks, disks and clocks.
class Chaos {
 public:
  explicit Chaos(Simulation& sim) : sim_(sim) {}
  void act();

 private:
  void disturb_node();
  void disturb_network();
  void disturb_server();
  void disturb_clock();
  SimNode& some_node();

  Simulation& sim_;
};

}  // namespace drover::sim
