#pragma once

// For rpc's .cc files that include gRPC only.

#include "base/clock.h"

#include <functional>
#include <memory>

#include <grpcpp/alarm.h>

namespace drover::rpc {

// Starts gRPC, for the life of the process, and sends its log lines to ours, at debug level. Before anything else of
// gRPC; idempotent.
void init_grpc();

// Calls `function` on one of gRPC's threads after `delay`, or drops it when cancelled or destroyed. Not thread-safe.
class GrpcTimer {
 public:
  void start(Duration delay, std::function<void()> function);
  void cancel();

 private:
  std::unique_ptr<grpc::Alarm> alarm_;
};

int to_millis(Duration duration);

}  // namespace drover::rpc
