#pragma once

#include "rpc/node_stream_server.h"
#include "server/decider_loop.h"
#include "server/eval_controller.h"
#include "server/garbage_collector.h"
#include "server/held_registry.h"
#include "server/node_sessions.h"
#include "server/server.h"
#include "server/state_follower.h"
#include "server/state_writer.h"
#include "server/watch.h"

#include <atomic>
#include <memory>
#include <vector>

namespace drover::server {

// What a server is made of. Declared in the order in which the parts depend on each other, and so destroyed in reverse.
struct Server::Parts {
  Parts(ServerOptions given, std::unique_ptr<store::Engine> opened, state::Snapshot initial, const Clock& time,
        RandomFactory random_factory);

  // On the control loop.
  void start_control();
  void stop_control();

  const ServerOptions options;
  const Clock& clock;
  const RandomFactory make_random;
  const std::unique_ptr<store::Engine> engine;
  WatchIndex watch;
  StateWriter writer;
  net::Loop loop;
  NetControlLoop control{loop};
  const std::unique_ptr<Random> random;  // the control loop's
  HeldRegistry held;
  SchedulerPool pool;
  EvalController evals;
  GarbageCollector collector;
  std::unique_ptr<NodeSessions> sessions;
  std::vector<std::unique_ptr<DeciderLoop>> deciders;
  std::unique_ptr<StateFollower> follower;
  std::unique_ptr<rpc::NodeStreamServer> streams;
  std::atomic<bool> running{false};
};

}  // namespace drover::server
