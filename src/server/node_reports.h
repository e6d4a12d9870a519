#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "rpc/messages.h"
#include "rpc/node_stream.h"
#include "server/control_loop.h"
#include "server/state_writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace drover::server {

// What nodes report, made durable and then acknowledged. While reports are on their way to the disk, those of all nodes
// gather for the next write: however many nodes there are, the writer gets few, large commands. In order for each
// stream. What cannot be written ends its stream: the node connects and reports again. Owned by the control loop.
class NodeReports {
 public:
  NodeReports(ControlLoop& loop, StateWriter& writer, const Clock& clock, Random& random)
      : loop_(loop), writer_(writer), clock_(clock), random_(random) {}

  // REQUIRES that `node` is the one at the other end of the stream: it speaks for its own allocations only.
  void add(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node, rpc::AllocUpdates updates);
  void add(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node, rpc::ServiceUpdates updates);

  // So much is written at once.
  static constexpr size_t kMaxAllocs = 8192;
  static constexpr size_t kMaxServices = 1024;
  static constexpr size_t kMaxBatches = 2;

 private:
  struct Origin {
    std::shared_ptr<rpc::NodeStream> stream;
    uint64_t sequence = 0;
  };
  struct Services {
    rpc::AllocServices services;
    std::shared_ptr<rpc::NodeStream> stream;
  };
  struct Batch {
    std::vector<Origin> origins;  // in order
    std::vector<model::Allocation> allocs;
    std::vector<Services> services;
    size_t commands = 0;  // not answered yet

    bool empty() const { return origins.empty(); }
    bool full() const { return allocs.size() >= kMaxAllocs || services.size() >= kMaxServices; }
  };

  Batch& batch_to_fill();
  void flush();
  void submit_allocs(const std::shared_ptr<Batch>& batch);
  void submit_services(const std::shared_ptr<Batch>& batch);
  // Ends `stream`, or those of the whole batch without one, if the command failed; acknowledges after the last command.
  void submit(const std::shared_ptr<Batch>& batch, state::Command command, std::shared_ptr<rpc::NodeStream> stream);
  void on_written(Batch& batch, const std::shared_ptr<rpc::NodeStream>& stream, const Result<state::Reply>& reply);

  ControlLoop& loop_;
  StateWriter& writer_;
  const Clock& clock_;
  Random& random_;
  std::vector<Batch> waiting_;  // oldest first
  size_t in_flight_ = 0;
};

}  // namespace drover::server
