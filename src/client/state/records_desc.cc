#include "client/state/records.h"
#include "codec/describe.h"

namespace drover::client {

void describe(codec::StructBuilder& d, RestartHistory& r) {
  auto& [count, window_start] = r;
  d.name("RestartHistory");
  d.field(1, count, "Count");
  d.field(2, window_start, "WindowStart");
}

void describe(codec::StructBuilder& d, PendingData& r) {
  auto& [http] = r;
  d.name("PendingData");
  d.field(1, http, "HTTP");
}

void describe(codec::StructBuilder& d, AllocRecord& r) {
  auto& [alloc, job, network, data] = r;
  d.name("AllocRecord");
  d.field(1, alloc, "Alloc");
  d.field(2, job, "Job");
  d.field(3, network, "Network");
  d.field(4, data, "Data");
}

void describe(codec::StructBuilder& d, ExitRecord& r) {
  auto& [exit_code, signal, oom_killed, error] = r;
  d.name("ExitRecord");
  d.field(1, exit_code, "ExitCode");
  d.field(2, signal, "Signal");
  d.field(3, oom_killed, "OOMKilled");
  d.field(4, error, "Error");
}

void describe(codec::StructBuilder& d, TaskRecord& r) {
  auto& [state, handle, exit, restarts, restart_at, prepared, killed] = r;
  d.name("TaskRecord");
  d.field(1, state, "State");
  d.field(2, handle, "Handle");
  d.field(3, exit, "Exit");
  d.field(4, restarts, "Restarts");
  d.field(5, restart_at, "RestartAt");
  d.field(6, prepared, "Prepared");
  d.field(7, killed, "Killed");
}

void describe(codec::StructBuilder& d, IdentityRecord& r) {
  auto& [node_id, secret_id] = r;
  d.name("IdentityRecord");
  d.field(1, node_id, "NodeID");
  d.field(2, secret_id, "SecretID");
}

}  // namespace drover::client
