#pragma once

#include "base/blocking_queue.h"
#include "net/loop.h"
#include "server/collectable.h"
#include "server/state_writer.h"

#include <functional>
#include <thread>

namespace drover::server {

struct GcOptions {
  Duration interval = std::chrono::minutes(5);
  GcThresholds thresholds;
  size_t batch = 2000;  // rows in one command
};

// Collects garbage now and then, and when told to. Looks through the state on a thread of its own, since that takes as
// long as the state is large.
class GarbageCollector {
 public:
  using Done = std::function<void(Status)>;  // on the collector's thread

  GarbageCollector(net::Loop& loop, StateWriter& writer, const Clock& clock, GcOptions options);
  ~GarbageCollector();

  // On the loop's thread.
  void start();
  // Ends after the batch at hand. The writer still runs. Idempotent.
  void stop();

  // Collects everything that has ended, however recently. Any thread; `done` is called exactly once.
  void force(Done done);

 private:
  struct Request {
    GcThresholds thresholds;
    Done done;
  };
  void run();
  Status collect(const GcThresholds& thresholds);
  void arm();

  net::Loop& loop_;
  StateWriter& writer_;
  const Clock& clock_;
  const GcOptions options_;
  BlockingQueue<Request> requests_;
  net::Timer timer_;
  std::thread thread_;
};

}  // namespace drover::server
