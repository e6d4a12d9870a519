#pragma once

#include "sim/network.h"
#include "sim/observer.h"
#include "sim/sim_disk.h"
#include "sim/sim_node.h"
#include "sim/sim_server.h"
#include "sim/trace.h"
#include "testutil/fake_clock.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::sim {

struct Options {
  uint64_t seed = 1;
  size_t steps = 150;
  bool trace = false;  // every line to stderr

  // Planted faults: the simulation has to find them.
  SimNode::Faults node_faults;  // of one node
  bool disk_lies = false;       // from some time on writes are said to be durable which are not
  bool workers_stop = false;    // from some time on no evaluation is worked on
};

struct Outcome {
  uint64_t seed = 0;
  std::string failure;  // "": every invariant held
  uint64_t trace_hash = 0;
  std::string trace_tail;
  uint64_t index = 0;
  size_t restarts = 0;
  Duration simulated{0};
};

// One run. Uses nothing but its options.
Outcome run(const Options& options);

// What went wrong, what led to it, and the command that does it again.
std::string describe(const Outcome& outcome, const Options& options);

// A cluster, the work that it is given and what happens to it, all from one seed, in one thread.
class Simulation {
 public:
  explicit Simulation(const Options& options);
  ~Simulation();

  // The steps, then the time to settle.
  Outcome run();

  // ---- For the workload and the chaos.

  const testing::FakeClock& clock() const { return clock_; }
  Random& random() { return random_; }
  Trace& trace() { return trace_; }
  Network& network() { return network_; }
  SimDisk& disk() { return disk_; }
  Observer& observer() { return observer_; }
  std::vector<std::unique_ptr<SimNode>>& nodes() { return nodes_; }
  SimServer* server() { return server_.get(); }
  // The newest state that was ever published.
  const state::Snapshot& now() const { return *snapshot_; }
  bool chance(uint64_t percent) { return random_.below(100) < percent; }

  using Answered = std::function<void(const Result<state::Reply>&)>;
  // Somebody asks for a change. Not answered if the server dies before.
  void submit(const std::string& what, state::Command command, Answered answered = nullptr);

  void kill_server();
  void step_wall(Duration by) { clock_.step_wall(by); }
  void collect_garbage(bool forced);
  // Everything that has ended well goes on by itself from here: no more failures.
  void calm();
  void run_for(Duration time);

 private:
  void start_server();
  bool act(MonoTime end);
  void observe();
  void plant_faults();
  void check_reports();
  void fail(const std::string& what) { observer_.fail(what); }

  const Options options_;
  testing::FakeClock clock_;
  SeededRandom random_;
  Trace trace_;
  Agenda agenda_;
  SimDisk disk_;
  Observer observer_;
  Network network_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::unique_ptr<SimServer> server_;
  std::shared_ptr<const state::Snapshot> snapshot_ = std::make_shared<state::Snapshot>();
  size_t restarts_ = 0;
  bool workers_stopped_ = false;
  uint64_t errors_before_;
};

}  // namespace drover::sim
