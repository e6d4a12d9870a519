#pragma once

#include "assets/asset_store.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "client/alloc_files.h"
#include "client/connection.h"
#include "client/fingerprint/held_items.h"
#include "client/hooks/task_hook.h"
#include "client/options.h"
#include "client/prefetch.h"
#include "drivers/devices/device_source.h"
#include "drivers/driver.h"
#include "drivers/registry.h"
#include "model/node.h"
#include "net/loop.h"
#include "rpc/messages.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

// Drivers by name.
using DriverMap = std::map<std::string, std::shared_ptr<drivers::Driver>, std::less<>>;

// All drivers of the registry, which lives as long as they do.
DriverMap drivers_of(std::shared_ptr<drivers::DriverRegistry> registry);

// What the client works with; the references outlive it.
struct ClientDeps {
  net::Loop& loop;
  net::BlockingPool& pool;
  const Clock& clock;
  Random& random;  // used on the loop's thread only
  DriverMap drivers;
  ConnectionFactory connect;
  // Run before each start of a task, after the built-in ones, in this order (artifacts, templates, …).
  std::vector<std::shared_ptr<TaskHook>> hooks;
  std::vector<std::shared_ptr<drivers::DeviceSource>> devices;
  FetchRequirements fetch_requirements = {};   // none: the node takes no work of a market that requires something
  std::shared_ptr<assets::AssetStore> assets;  // not opened yet; null: this agent keeps none
  HeldImages held_images;                      // null: none are told of
  // Where the servers' HTTP APIs are ("10.0.0.1:4646"), each time they say so; on the loop's thread. May be null.
  std::function<void(std::vector<std::string>)> on_http_servers = nullptr;
};

enum class StopMode : uint8_t {
  LeaveTasks,  // they go on; the next client on this data directory adopts them
  KillTasks,   // every task is killed and all that belongs to it removed (-dev mode)
};

// The agent of one node: registers it, runs what the servers assign to it, and reports. Owner: the loop's thread; all
// methods, the destructor included, are called there (or before the loop runs).
class Client {
 public:
  Client(ClientOptions options, ClientDeps deps);
  // REQUIRES stop() has returned, or start() was never called.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Restores what an earlier run left, fingerprints the machine and connects. Once.
  net::Task<Status> start();

  // Idempotent. Pending calls end with Cancelled.
  net::Task<void> stop(StopMode mode);

  // The node as last sent to the servers. REQUIRES start() has returned.
  const model::Node& node() const;

  // Answers a call about this node or one of its allocations; NotFound if the allocation is not here.
  net::Task<Status> handle(rpc::CallRequest request, CallWriter& writer);

  // Whether the allocation's directory is on this node.
  bool has_alloc(model::AllocId id) const;

 private:
  friend class StreamHandler;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace drover::client
