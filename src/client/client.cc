#include "client/client.h"

#include "base/log.h"
#include "client/client_impl.h"
#include "client/fingerprint/fingerprint.h"
#include "client/hooks/assets.h"
#include "client/hooks/devices.h"
#include "client/hooks/dispatch_payload.h"
#include "client/hooks/volumes.h"
#include "client/network/alloc_network.h"
#include "client/node_info.h"
#include "client/services/check.h"
#include "codec/describe.h"
#include "codec/json.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace drover::client {
namespace {

constexpr Duration kDriverPatience = std::chrono::seconds(3);
constexpr Duration kDevicePatience = std::chrono::seconds(10);
constexpr Duration kCloudPatience = std::chrono::seconds(3);

}  // namespace

DriverMap drivers_of(std::shared_ptr<drivers::DriverRegistry> registry) {
  DriverMap out;
  for (const auto& driver : registry->all()) {
    out.emplace(driver->name(), std::shared_ptr<drivers::Driver>(registry, driver.get()));
  }
  return out;
}

Client::Client(ClientOptions options, ClientDeps deps)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(deps))) {}

Client::~Client() {
  CHECK(!impl_->agent || impl_->stopped, "a client is stopped before it is destroyed");
}

net::Task<Status> Client::start() {
  co_return co_await impl_->start();
}

net::Task<void> Client::stop(StopMode mode) {
  co_await impl_->stop(mode);
}

const model::Node& Client::node() const {
  CHECK(impl_->agent != nullptr, "the client has been started");
  return impl_->agent->node;
}

net::Task<Status> Client::handle(rpc::CallRequest request, CallWriter& writer) {
  co_return co_await impl_->answer(std::move(request), writer);
}

bool Client::has_alloc(model::AllocId id) const {
  return impl_->runners.contains(id);
}

// ---- Start and stop

net::Task<Status> Client::Impl::open_state(RestoredState& restored) {
  const auto self = shared_from_this();
  const std::string alloc_root = options.alloc_dir.empty() ? options.data_dir + "/alloc" : options.alloc_dir;
  const auto open = [&]() -> Result<std::pair<StateStore, IdentityRecord>> {
    TRY_LET(auto store, StateStore::open(options.data_dir));
    TRY(sys::Directory::create(alloc_root, 0711, "the directory of allocations"));
    TRY_LET(auto identity, store.identity(deps.random));
    TRY_LET(restored, store.load());
    return std::pair(std::move(store), identity);
  };
  auto opened = co_await net::run_blocking(deps.pool, open);
  CO_TRY_LET(auto state, std::move(opened));
  devices = std::make_shared<DeviceMonitor>(deps.loop, deps.pool, deps.devices);
  agent.reset(new AgentContext{.loop = deps.loop,
                               .pool = deps.pool,
                               .clock = deps.clock,
                               .random = deps.random,
                               .options = options,
                               .store = std::move(state.first),
                               .alloc_root = alloc_root,
                               .drivers = deps.drivers,
                               .hooks = {std::make_shared<DispatchPayloadHook>(deps.pool),
                                         std::make_shared<VolumesHook>(deps.pool, alloc_root, options.host_volumes),
                                         std::make_shared<DevicesHook>(devices)},
                               .checks = std::make_shared<CheckRunner>(),
                               .networks = std::make_shared<const AllocNetworks>(options.network)});
  if (deps.assets) {
    agent->hooks.push_back(std::make_shared<AssetsHook>(deps.pool, deps.clock, deps.assets, deps.drivers));
  }
  agent->hooks.insert(agent->hooks.end(), deps.hooks.begin(), deps.hooks.end());
  templates = std::make_shared<TemplatesHook>(TemplateAgent{.loop = deps.loop,
                                                            .pool = deps.pool,
                                                            .clock = deps.clock,
                                                            .random = deps.random,
                                                            .services = services,
                                                            .region = options.region});
  agent->hooks.push_back(templates);  // the last one: templates may be files that the others bring
  agent->node.id = state.second.node_id;
  agent->node.secret_id = state.second.secret_id;
  co_return Ok{};
}

net::Task<Status> Client::Impl::start() {
  owner.check();
  CHECK(!agent, "a client starts once");
  const auto self = shared_from_this();
  RestoredState restored;
  const auto opened = co_await open_state(restored);
  if (!opened) co_return err(opened.error().context("opening the client's state"));

  if (deps.assets) {
    // Who held an asset and has no directory any more is gone.
    const auto lives = [root = agent->alloc_root](const std::string& user) {
      std::error_code error;
      return std::filesystem::exists(root + "/" + user.substr(0, user.find('/')), error);
    };
    const auto assets_opened = co_await deps.assets->open(lives);
    if (!assets_opened) co_return err(assets_opened.error().context("opening the asset store"));
  }

  model::Node node = agent->node;
  const auto fingerprint = [&] {
    fingerprint_node({.options = options, .alloc_root = agent->alloc_root}, node);
    return find_cloud_service(options.environment);
  };
  const CloudService cloud_service = co_await net::run_blocking(deps.pool, fingerprint);
  agent->node = std::move(node);
  co_await cloud.start(cloud_service, kCloudPatience, [weak = weak_from_this()](const CloudFacts& facts) {
    if (const auto impl = weak.lock()) impl->on_cloud(facts);
  });
  co_await devices->start(kDevicePatience, [weak = weak_from_this()] {
    const auto impl = weak.lock();
    if (!impl) return;
    impl->agent->node.devices = impl->devices->groups();
    impl->send_node();
  });
  agent->cpus = std::make_unique<CpuPartition>(deps.loop, agent->node.cores);
  last_heard = started = deps.clock.mono();
  restore(std::move(restored));

  held = std::make_unique<HeldItems>(deps.loop, deps.assets, deps.held_images);
  held->start();
  monitor = std::make_unique<DriverMonitor>(agent, [weak = weak_from_this()] {
    if (const auto impl = weak.lock()) impl->send_node();
  });
  co_await monitor->start(kDriverPatience);
  if (!stopped) gc = deps.loop.spawn("allocation gc", run_gc(self));
  if (!stopped) connect();
  log::info("client started", {{"node", agent->node.id.str()}, {"name", agent->node.name}, {"allocs", runners.size()}});
  co_return Ok{};
}

void Client::Impl::on_cloud(const CloudFacts& facts) {
  for (const auto& [name, value] : facts.attributes) agent->node.attributes[name] = value;
  for (const auto& [name, value] : facts.links) agent->node.links[name] = value;
  send_node();
}

net::Task<void> Client::Impl::stop(StopMode mode) {
  owner.check();
  const auto self = shared_from_this();
  if (stopped || !agent) co_return;
  stopped = true;
  if (monitor) monitor->stop();
  if (devices) devices->stop();
  cloud.stop();
  gc.cancel();
  if (held) held->stop();
  if (agent->cpus) agent->cpus->stop();
  if (mode == StopMode::KillTasks) {
    agent->stopping = true;
    const auto all = runners;
    for (const auto& [id, runner] : all) {
      doomed.insert(id);
      runner->stop();
      if (runner->dead()) collect(runner);
    }
    while (!runners.empty() || !collecting.empty()) {
      const uint64_t seen = allocs_changed.version();
      co_await allocs_changed.wait(seen, net::kNoTimeout);
    }
  }
  heartbeat.cancel();
  if (prefetch) prefetch->stop();
  cut_off.cancel();
  responder.reset();
  updates.flush();
  if (connection) {
    const auto disconnect = [this] {
      connection->stop();
      return true;
    };
    co_await net::run_blocking(deps.pool, disconnect);
  }
  updates.stop();
  if (deps.assets) deps.assets->stop();
  templates->stop();
  services.on_disconnected();
  connected = false;
  const auto remaining = runners;
  for (const auto& [id, runner] : remaining) {
    runner->detach();
    co_await runner->flush();
    files.remove(id);
  }
  runners.clear();
}

// ---- Calls

net::Task<Status> Client::Impl::answer(rpc::CallRequest request, CallWriter& writer) {
  owner.check();
  const auto self = shared_from_this();
  if (stopped || !agent) co_return err(ErrorCode::Unavailable, "the client is not running");
  if (tombstones.contains(request.alloc_id)) {
    co_return err(ErrorCode::NotFound, "allocation \"{}\" has ended, and this node has nothing of it any more",
                  request.alloc_id.str());
  }
  switch (request.method) {
    case rpc::CallMethod::HostStats:
      co_return co_await answer_host_stats(writer);
    case rpc::CallMethod::AllocStats:
      co_return co_await answer_alloc_stats(std::move(request), writer);
    case rpc::CallMethod::NodeInfo:
      co_return co_await answer_node_info(writer);
    case rpc::CallMethod::AllocRestart:
    case rpc::CallMethod::AllocSignal:
    case rpc::CallMethod::TasksStop:
    case rpc::CallMethod::TasksRestart:
      co_return co_await answer_alloc_action(std::move(request), writer);
    case rpc::CallMethod::AssetList:
    case rpc::CallMethod::AssetPrefetch:
    case rpc::CallMethod::AssetEvict:
      co_return co_await answer_assets(std::move(request), writer);
    case rpc::CallMethod::AllocCollect:
      co_return co_await answer_alloc_collect(std::move(request), writer);
    case rpc::CallMethod::AllocSnapshot:
      co_return co_await answer_alloc_snapshot(std::move(request), writer);
    case rpc::CallMethod::AllocExec:
      co_return co_await answer_alloc_exec(std::move(request), writer);
    default:
      co_return co_await files.handle(std::move(request), writer);
  }
}

net::Task<Status> Client::Impl::answer_host_stats(CallWriter& writer) {
  auto made = co_await stats.host(agent);
  if (!made) co_return err(made.error());
  const auto uses = co_await devices->use();
  made->device_stats = make_device_stats(uses, deps.clock.now());
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  co_return co_await writer.write(codec::to_json(*made));
}

net::Task<Status> Client::Impl::answer_node_info(CallWriter& writer) {
  const auto busy = std::ranges::any_of(runners, [](const auto& entry) { return !entry.second->dead(); });
  const auto info = node_info(agent->node, {.uptime = deps.clock.mono() - started, .busy = busy});
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  co_return co_await writer.write(codec::dump(info));
}

net::Task<void> Client::Impl::add_device_stats(const model::Allocation& alloc, AllocResourceUsage& usage) {
  if (alloc.devices.empty()) co_return;
  const auto uses = co_await devices->use();
  std::set<std::string> all;
  for (auto& [name, task] : usage.tasks) {
    std::set<std::string> own;
    for (const model::AllocatedDevice& given : alloc.devices) {
      if (given.task == name) own.insert(given.device_ids.begin(), given.device_ids.end());
    }
    all.insert(own.begin(), own.end());
    task.resource_usage.device_stats = make_device_stats(uses, deps.clock.now(), own);
  }
  usage.resource_usage.device_stats = make_device_stats(uses, deps.clock.now(), all);
}

net::Task<Status> Client::Impl::answer_alloc_stats(rpc::CallRequest request, CallWriter& writer) {
  const auto runner = runners.find(request.alloc_id);
  if (runner == runners.end()) {
    co_return err(ErrorCode::NotFound, "allocation \"{}\" is not on this node", request.alloc_id.str());
  }
  StatsReader::Tasks tasks;
  for (const auto& [name, task] : runner->second->tasks()) {
    if (task->running() && (request.task.empty() || request.task == name)) tasks[name] = task->running();
  }
  if (!request.task.empty() && !runner->second->tasks().contains(request.task)) {
    co_return err(ErrorCode::NotFound, "the allocation has no task \"{}\"", request.task);
  }
  const auto alloc = runner->second->spec().alloc;
  auto made = co_await stats.alloc(agent, request.alloc_id, std::move(tasks));
  if (!made) co_return err(made.error());
  co_await add_device_stats(*alloc, *made);
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  co_return co_await writer.write(codec::to_json(*made));
}

}  // namespace drover::client
