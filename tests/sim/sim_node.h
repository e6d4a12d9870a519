#pragma once

#include "client/sync/update_queue.h"
#include "sim/network.h"
#include "sim/sim_alloc.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drover::sim {

// The protocol side of an agent (client/client_sync.cc, client/client_allocs.cc) around tasks that only pretend: it
// registers, keeps its heartbeat, takes assignments, runs and ends what they say, and reports until it is acknowledged.
// What a real agent keeps on its disk survives its process.
class SimNode final : private NodeEnd {
 public:
  // Planted faults, to see that the simulation finds them.
  struct Faults {
    bool ignores_stops = false;
    bool hides_ends = false;  // reports what has ended as running
  };

  SimNode(model::Node node, Network& network, const Clock& clock, Random& random, Agenda& agenda, Trace& trace);
  ~SimNode() override;

  // The agent's process. A reboot ends the tasks too, a wipe also takes what the agent knew.
  enum class Loss : uint8_t { Process, Machine, Disk };
  void start();
  void die(Loss loss);
  bool up() const { return up_; }

  // Cut off: no stream is possible until it is reached again.
  void isolate();
  void reconnect();
  bool isolated() const { return isolated_; }
  bool connected() const { return connection_ != nullptr; }
  void cut();

  // From now on tasks do not fail by themselves.
  void calm() { calm_ = true; }
  void set_faults(Faults faults) { faults_ = faults; }

  const model::Node& node() const { return node_; }
  const std::string& name() const { return node_.name; }
  const std::map<model::AllocId, std::unique_ptr<SimAlloc>>& allocs() const { return allocs_; }
  // Every report is acknowledged.
  bool settled() const { return updates_.empty(); }
  // The allocations whose end a server has acknowledged.
  const std::set<model::AllocId>& acknowledged_ends() const { return acknowledged_ends_; }

 private:
  void on_message(rpc::AnyMessage message) override;
  void on_disconnected() override;
  void on_welcome(const rpc::Welcome& welcome);
  void on_assignments(const rpc::Assignments& assignments);
  bool on_assignment(const rpc::Assignment& assignment);
  void forget(const model::AllocId& id);
  void on_ack(uint64_t sequence);

  void connect_soon();
  void connect();
  void disconnect();
  void send(const rpc::AnyMessage& message);
  void beat();
  void report(SimAlloc& alloc);
  void flush_soon();
  void flush();
  void watch(const model::AllocId& id);
  void look(const model::AllocId& id);
  // Runs later, unless the process has died meanwhile.
  void later(Duration delay, std::function<void()> work);

  model::Node node_;
  Network& network_;
  const Clock& clock_;
  Random& random_;
  Agenda& agenda_;
  Trace& trace_;
  Faults faults_;
  bool calm_ = false;
  bool isolated_ = false;

  // What is on its disk.
  std::map<model::AllocId, std::unique_ptr<SimAlloc>> allocs_;

  // What its process knows.
  bool up_ = false;
  std::shared_ptr<int> life_;  // another one for each process
  std::shared_ptr<Connection> connection_;
  bool connecting_ = false;
  bool flushing_ = false;
  Duration ttl_{0};
  uint64_t beat_ = 0;
  client::UpdateQueue updates_;
  std::map<std::pair<model::JobKey, uint64_t>, std::shared_ptr<const model::Job>> jobs_;  // of this stream
  std::set<model::AllocId> tombstones_;

  // For the invariants.
  std::map<uint64_t, std::vector<model::AllocId>> sent_ends_;  // by sequence
  std::set<model::AllocId> acknowledged_ends_;
};

}  // namespace drover::sim
