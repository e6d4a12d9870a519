#include "server/node_reports.h"

#include <utility>

#include "base/log.h"
#include "server/node_evals.h"

namespace drover::server {

void NodeReports::add(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node,
                      rpc::AllocUpdates updates) {
  Batch& batch = batch_to_fill();
  for (model::Allocation& update : updates.allocs) {
    update.node_id = node;
    batch.allocs.push_back(std::move(update));
  }
  batch.origins.push_back({stream, updates.sequence});
  flush();
}

void NodeReports::add(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node,
                      rpc::ServiceUpdates updates) {
  const auto snapshot = writer_.snapshot();
  Batch& batch = batch_to_fill();
  for (rpc::AllocServices& services : updates.allocs) {
    const auto alloc = snapshot->alloc(services.alloc_id);
    if (alloc && alloc->node_id == node) batch.services.push_back({std::move(services), stream});
  }
  batch.origins.push_back({stream, updates.sequence});
  flush();
}

NodeReports::Batch& NodeReports::batch_to_fill() {
  if (waiting_.empty() || waiting_.back().full()) waiting_.emplace_back();
  return waiting_.back();
}

void NodeReports::flush() {
  while (!waiting_.empty() && in_flight_ < kMaxBatches) {
    const auto batch = std::make_shared<Batch>(std::move(waiting_.front()));
    waiting_.erase(waiting_.begin());
    ++in_flight_;
    // The allocations are always written, so that a batch of nothing is acknowledged in its turn, too.
    batch->commands = 1 + batch->services.size();
    submit_allocs(batch);
    submit_services(batch);
  }
}

void NodeReports::submit_allocs(const std::shared_ptr<Batch>& batch) {
  state::UpdateAllocs command{.allocs = std::move(batch->allocs), .evals = {}, .time = clock_.now()};
  command.evals = evals_for_reports(*writer_.snapshot(), command.allocs, random_);
  submit(batch, state::make_command(std::move(command)), nullptr);
}

void NodeReports::submit_services(const std::shared_ptr<Batch>& batch) {
  for (Services& entry : std::exchange(batch->services, {})) {
    state::SetServices command{
        .alloc_id = entry.services.alloc_id, .services = std::move(entry.services.services), .time = clock_.now()};
    submit(batch, state::make_command(std::move(command)), std::move(entry.stream));
  }
}

void NodeReports::submit(const std::shared_ptr<Batch>& batch, state::Command command,
                         std::shared_ptr<rpc::NodeStream> stream) {
  writer_.submit(std::move(command), [this, batch, stream = std::move(stream)](Result<state::Reply> reply) {
    loop_.post("reports durable",
               [this, batch, stream, reply = std::move(reply)] { on_written(*batch, stream, reply); });
  });
}

void NodeReports::on_written(Batch& batch, const std::shared_ptr<rpc::NodeStream>& stream,
                             const Result<state::Reply>& reply) {
  // An allocation that is gone by now needs no services.
  if (!reply && reply.error().code() != ErrorCode::NotFound) {
    log::warn("reports of nodes not written", {{"reason", reply.error().message()}});
    if (stream) stream->close(reply.error().message());
    for (const Origin& origin : batch.origins) {
      if (!stream) origin.stream->close(reply.error().message());
    }
  }
  if (--batch.commands > 0) return;
  for (const Origin& origin : batch.origins) origin.stream->send(rpc::AnyMessage(rpc::Ack{origin.sequence}));
  --in_flight_;
  flush();
}

}  // namespace drover::server
