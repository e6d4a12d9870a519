#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "client/hooks/task_hook.h"
#include "client/network/network_record.h"
#include "client/options.h"
#include "client/slots.h"
#include "client/state/state_store.h"
#include "client/tasks/cpu_partition.h"
#include "drivers/driver.h"
#include "model/node.h"
#include "net/loop.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

class AllocNetworks;
class CheckRunner;

// What all runners of one client share. Owner: the loop's thread, but for `options` and `store`.
struct AgentContext {
  net::Loop& loop;
  net::BlockingPool& pool;
  const Clock& clock;
  Random& random;
  const ClientOptions options;
  const StateStore store;
  const std::string alloc_root;
  std::map<std::string, std::shared_ptr<drivers::Driver>, std::less<>> drivers;
  std::vector<std::shared_ptr<TaskHook>> hooks;
  const std::shared_ptr<CheckRunner> checks;
  const std::shared_ptr<const AllocNetworks> networks;
  Slots disk_slots{1};                  // measuring directories: one at a time
  Slots removals{options.gc.parallel};  // removing those of allocations
  model::Node node;
  std::unique_ptr<CpuPartition> cpus;     // once those of the node are known
  bool memory_oversubscription = false;   // as the servers said last
  std::vector<std::string> http_servers;  // theirs, "10.0.0.1:4646", as they said last
  bool stopping = false;                  // all tasks are being killed: nobody waits for shutdown delays

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(random.next() >> 11) * 0x1.0p-53; }
};

// An allocation and the version of the job that it runs. Immutable.
struct AllocSpec {
  std::shared_ptr<const model::Allocation> alloc;
  std::shared_ptr<const model::Job> job;
  const model::TaskGroup* group = nullptr;       // in `job`
  std::shared_ptr<const NetworkRecord> network;  // once it is there; null: the host's
};

}  // namespace drover::client
