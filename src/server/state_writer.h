#pragma once

#include "base/blocking_queue.h"
#include "base/clock.h"
#include "base/published.h"
#include "base/result.h"
#include "server/watch.h"
#include "state/command.h"
#include "store/engine.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace drover::server {

struct StateWriterOptions {
  size_t max_queued = 4096;  // commands waiting; more are refused as Unavailable
  size_t max_batch = 1024;   // commands in one durable write
  // Told of each command of a batch that is about to be written, in order: what is stored follows from those whose
  // write succeeds. On the writer's thread.
  std::function<void(const state::Command&)> on_write;
};

// For metrics. Totals since start.
struct StateWriterCounters {
  uint64_t batches = 0;
  uint64_t commands = 0;
  uint64_t failed_commands = 0;
  uint64_t refused_writes = 0;  // batches refused because the disk is full
  uint64_t row_changes = 0;
  uint64_t write_nanos = 0;  // spent in durable writes
  uint64_t queued = 0;       // now
};

// The one writer of the state (design.md D1). A thread of its own takes the queued commands, applies them to a draft,
// makes the batch durable with one write, publishes the new snapshot, answers and wakes the watchers, in that order:
// nothing is visible before it is durable, and what was answered is visible.
//
// A full disk refuses the commands of the batch and leaves the state as it was. Any other failed write ends the
// process, because what is on the disk is not known then (cases.md 19, 20).
class StateWriter {
 public:
  // Called on the writer thread; must be cheap: post to a loop.
  using Done = std::function<void(Result<state::Reply>)>;

  // `engine` holds exactly `initial`. The references outlive the writer; the engine is the writer thread's until
  // stop().
  StateWriter(store::Engine& engine, state::Snapshot initial, WatchIndex& watch, const Clock& clock,
              StateWriterOptions options = {});
  ~StateWriter();

  void start();
  // Instead of start(), for the simulation: writes what is queued on the calling thread; false if nothing is.
  bool step();
  // Finishes the batch at hand, answers the rest with Cancelled, joins the thread. Idempotent. Not from a callback.
  void stop();

  // Any thread. `done` is called exactly once, also when the command is refused at once (on the caller's thread then).
  void submit(state::Command command, Done done);
  // Waits for the answer. Not on the writer thread nor on a loop.
  Result<state::Reply> submit_and_wait(state::Command command);

  // The newest durable state. Any thread.
  std::shared_ptr<const state::Snapshot> snapshot() const { return published_.get(); }

  // The newest state, which may still be on its way to the disk and may still be refused: for those who only prepare
  // commands, such as schedulers, whose commands are checked again after it. Nobody else may see it. Any thread.
  std::shared_ptr<const state::Snapshot> applied() const { return applied_.get(); }

  StateWriterCounters counters() const;

 private:
  struct Job {
    state::Command command;
    Done done;
  };
  struct Batch;

  void run();
  void process(std::vector<Job> jobs);
  size_t apply_batch(std::vector<Job>& jobs, size_t first);
  void write_batch(Batch& batch);

  store::Engine& engine_;
  WatchIndex& watch_;
  const Clock& clock_;
  const StateWriterOptions options_;
  const store::BatchLimits limits_;

  BlockingQueue<Job> queue_;
  std::atomic<size_t> queued_{0};
  std::atomic<bool> stopping_{false};
  Published<state::Snapshot> published_;
  Published<state::Snapshot> applied_;
  std::thread thread_;

  std::atomic<uint64_t> batches_{0};
  std::atomic<uint64_t> commands_{0};
  std::atomic<uint64_t> failed_commands_{0};
  std::atomic<uint64_t> refused_writes_{0};
  std::atomic<uint64_t> row_changes_{0};
  std::atomic<uint64_t> write_nanos_{0};
};

}  // namespace drover::server
