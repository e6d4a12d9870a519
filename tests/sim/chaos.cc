#include "sim/chaos.h"

#include <array>

namespace drover::sim {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

void Chaos::act() {
  switch (sim_.random().below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return disturb_node();
    case 4:
    case 5:
    case 6:
      return disturb_network();
    case 7:
    case 8:
    case 9:
      return disturb_server();
    case 10:
      return disturb_clock();
    default:
      return sim_.collect_garbage(sim_.chance(40));
  }
}

SimNode& Chaos::some_node() {
  return *sim_.nodes()[sim_.random().below(sim_.nodes().size())];
}

void Chaos::disturb_node() {
  SimNode& node = some_node();
  if (!node.up()) return node.start();
  if (node.isolated()) return node.reconnect();
  switch (sim_.random().below(6)) {
    case 0:
    case 1:
      node.die(SimNode::Loss::Process);
      if (sim_.chance(80)) node.start();
      return;
    case 2:
      return node.die(SimNode::Loss::Machine);
    case 3:
      node.die(SimNode::Loss::Disk);
      if (sim_.chance(50)) node.start();
      return;
    default:
      return node.isolate();
  }
}

void Chaos::disturb_network() {
  switch (sim_.random().below(4)) {
    case 0:
      sim_.trace().note("slow network");
      return sim_.network().set_weather({.typical = milliseconds(200), .worst = seconds(8)});
    case 1:
      sim_.trace().note("fast network");
      return sim_.network().set_weather({});
    case 2:
      sim_.trace().note("all streams are cut");
      for (const auto& node : sim_.nodes()) node->cut();
      return;
    default:
      SimNode& node = some_node();
      sim_.trace().note("the stream of {} is cut", node.name());
      return node.cut();
  }
}

void Chaos::disturb_server() {
  switch (sim_.random().below(5)) {
    case 0:
      return sim_.kill_server();
    case 1:
      sim_.trace().note("the server will die before its next write");
      return sim_.disk().kill_in_next_write(SimDisk::Kill::BeforeWrite);
    case 2:
      sim_.trace().note("the server will die after its next write");
      return sim_.disk().kill_in_next_write(SimDisk::Kill::AfterWrite);
    default:
      sim_.trace().note("the disk is full");
      return sim_.disk().fill(1 + static_cast<unsigned>(sim_.random().below(6)));
  }
}

void Chaos::disturb_clock() {
  constexpr WallTime k1970{600'000'000'000};
  constexpr WallTime k2038{2'147'483'640'000'000'000};
  const WallTime now = sim_.clock().now();
  const Duration back = std::max<Duration>(-hours(1), k1970 - now);  // no kernel takes a time before 1970
  const std::array<Duration, 5> steps{hours(1), back, milliseconds(sim_.random().below(60'000)), k2038 - now,
                                      k1970 - now};
  const Duration step = steps[sim_.random().below(steps.size())];
  sim_.trace().note("the clock is set by {} s", std::chrono::duration_cast<seconds>(step).count());
  sim_.step_wall(step);
}

}  // namespace drover::sim
