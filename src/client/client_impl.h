#pragma once

#include "base/thread_owner.h"
#include "client/agent_context.h"
#include "client/alloc_files.h"
#include "client/allocs/alloc_runner.h"
#include "client/client.h"
#include "client/connection.h"
#include "client/devices/device_monitor.h"
#include "client/fingerprint/cloud_monitor.h"
#include "client/fingerprint/driver_monitor.h"
#include "client/stats/stats_reader.h"
#include "client/sync/update_sender.h"
#include "client/templates/templates_hook.h"
#include "rpc/calls.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drover::client {

// Owner: the loop's thread. client.cc starts, stops and answers calls; client_sync.cc talks to the servers;
// client_allocs.cc keeps the allocations, client_gc.cc removes them; the others answer one kind of call each.
struct Client::Impl final : std::enable_shared_from_this<Impl>, AllocListener {
  Impl(ClientOptions opts, ClientDeps dependencies)
      : options(std::move(opts)),
        deps(std::move(dependencies)),
        cloud(deps.loop),
        files(deps.pool),
        updates(deps.loop, deps.clock) {}

  // ---- client.cc
  net::Task<Status> start();
  net::Task<void> stop(StopMode mode);
  net::Task<Status> open_state(RestoredState& restored);
  void on_cloud(const CloudFacts& facts);
  net::Task<Status> answer(rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> answer_host_stats(CallWriter& writer);
  net::Task<Status> answer_node_info(CallWriter& writer);
  net::Task<void> add_device_stats(const model::Allocation& alloc, AllocResourceUsage& usage);
  net::Task<Status> answer_alloc_stats(rpc::CallRequest request, CallWriter& writer);

  // ---- client_assets.cc
  net::Task<Status> answer_assets(rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> list_assets(CallWriter& writer);
  net::Task<Result<std::string>> prefetch_asset(model::Asset asset);

  // ---- client_gc.cc
  void collect(std::shared_ptr<AllocRunner> runner);
  static net::Task<void> run_collect(std::shared_ptr<Impl> self, std::shared_ptr<AllocRunner> runner);
  std::vector<EndedAlloc> collectable() const;
  void collect_known(const model::AllocId& id);
  net::Task<void> wait_collected(std::vector<model::AllocId> ids);
  static net::Task<void> run_gc(std::shared_ptr<Impl> self);
  net::Task<Status> answer_alloc_collect(rpc::CallRequest request, CallWriter& writer);

  // ---- client_actions.cc
  Result<std::shared_ptr<AllocRunner>> find_runner(const model::AllocId& id) const;
  net::Task<Status> answer_alloc_action(rpc::CallRequest request, CallWriter& writer);
  net::Task<Status> answer_alloc_exec(rpc::CallRequest request, CallWriter& writer);

  // ---- client_snapshot.cc
  net::Task<Status> answer_alloc_snapshot(rpc::CallRequest request, CallWriter& writer);

  // ---- client_sync.cc
  void connect();
  void on_connected();
  void on_disconnected(const std::string& reason);
  void watch_cut_off();
  void on_message(rpc::AnyMessage message);
  void on_welcome(rpc::Welcome welcome);
  void on_assignments(rpc::Assignments assignments);
  void on_assignment(const rpc::Assignment& assignment);
  void on_complete(const std::set<model::AllocId>& known);
  static net::Task<void> answer_over_stream(std::shared_ptr<Impl> self, rpc::CallRequest request,
                                            rpc::CallWriter& writer);
  void schedule_heartbeat();
  void send_node();
  void on_prefetched(const std::string& prefetched, const std::string& note);
  void report(AllocRunner& alloc);

  // ---- client_allocs.cc
  void restore(RestoredState restored);
  std::shared_ptr<AllocRunner> new_runner(AllocSpec spec);
  std::shared_ptr<AllocRunner> previous_of(const AllocSpec& spec) const;
  void start_alloc(AllocSpec spec, const std::string& previous_http);
  void start_lost(AllocSpec spec);
  void refuse_stopped(const model::Allocation& alloc);
  void forget(const model::AllocId& id);
  void forget_unknown(const std::set<model::AllocId>& known);
  void remove_unreadable(const std::set<model::AllocId>& known);
  static net::Task<void> run_remove_leftovers(std::shared_ptr<AgentContext> agent, model::AllocId id);
  static net::Task<void> run_remove_files(std::shared_ptr<AgentContext> agent, model::AllocId id);
  void open_files(AllocRunner& alloc);
  void on_alloc_ready(AllocRunner& alloc) override;
  void on_alloc_changed(AllocRunner& alloc) override;
  void on_alloc_services(AllocRunner& alloc) override;
  void on_alloc_dead(AllocRunner& alloc) override;

  const ClientOptions options;
  ClientDeps deps;
  ThreadOwner owner;
  std::shared_ptr<AgentContext> agent;  // from start() on
  CloudMonitor cloud;
  std::unique_ptr<DriverMonitor> monitor;
  std::shared_ptr<DeviceMonitor> devices;  // from start() on
  std::unique_ptr<HeldItems> held;
  AllocFiles files;
  StatsReader stats;
  UpdateSender updates;
  ServiceCatalog services;
  std::shared_ptr<TemplatesHook> templates;  // from start() on

  std::map<model::AllocId, std::shared_ptr<AllocRunner>> runners;
  std::set<model::AllocId> doomed;      // to be removed when dead: the servers have forgotten them
  std::set<model::AllocId> tombstones;  // known to the servers, gone from here
  std::vector<model::AllocId> unreadable;
  std::set<model::AllocId> collecting;
  net::Notifier gc_wanted;
  net::Spawned gc;
  net::Notifier allocs_changed;  // one has died or was removed

  // What the stream has brought, by job and version.
  std::map<std::pair<model::JobKey, uint64_t>, std::shared_ptr<const model::Job>> jobs;
  struct Reported {
    std::string record;
    model::ClientStatus status = model::ClientStatus::Pending;
  };
  std::map<model::AllocId, Reported> reported;
  std::map<model::AllocId, std::string> reported_services;  // records

  std::unique_ptr<NodeConnection> connection;
  std::unique_ptr<rpc::CallResponder> responder;
  bool connected = false;
  bool stopped = false;
  MonoTime started;     // when the client did
  MonoTime last_heard;  // from a server; at first, when the client started
  net::Timer cut_off;
  Duration heartbeat_ttl{std::chrono::seconds(10)};
  net::Timer heartbeat;
  std::unique_ptr<MarketPrefetch> prefetch;  // from connect() on
};

}  // namespace drover::client
