#include "agent/agent.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>

#include "agent/addresses.h"
#include "agent/artifact_options.h"
#include "agent/asset_options.h"
#include "agent/driver_options.h"
#include "agent/expose.h"
#include "agent/leave.h"
#include "agent/local_call.h"
#include "agent/prefetch.h"
#include "api/api.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/published.h"
#include "client/client.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "drivers/docker/docker_driver.h"
#include "net/http_server.h"
#include "server/server.h"
#include "state/tables.h"
#include "store/rocksdb_engine.h"
#include "sys/host.h"

namespace drover::agent {
namespace {

constexpr unsigned kBlockingThreads = 4;

std::unique_ptr<Random> make_random() {
  return std::make_unique<SystemRandom>();
}

Status make_directory(const char* key, const std::string& path, mode_t mode) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return err(ErrorCode::PermissionDenied, "{} {}: {}", key, path, error.message());
  std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode), error);
  return Ok{};
}

// Makes the directory, and leaves its path without links: the kernel's tables of mounts have it so.
Status settle_directory(const char* key, std::string& path, mode_t mode) {
  TRY(make_directory(key, path, mode));
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return err(ErrorCode::PermissionDenied, "{} {}: {}", key, path, error.message());
  path = real;
  return Ok{};
}

// Runs a task of the loop to its end, from another thread.
template <class T>
T await_on(net::Loop& loop, const char* name, net::Task<T> task) {
  std::promise<T> done;
  const auto run = [](net::Task<T> work, std::promise<T>* promise) -> net::Task<void> {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      promise->set_value();
    } else {
      T value = co_await std::move(work);
      promise->set_value(std::move(value));
    }
  };
  loop.spawn(name, run(std::move(task), &done));
  return done.get_future().get();
}

// How people address exposed ports: through this agent's proxy, if it has one.
void set_expose_address(const ExposeConfig& expose, api::ApiOptions& options) {
  if (expose.port == 0) return;
  options.expose_scheme = expose.tls.cert_file.empty() ? "http" : "https";
  options.expose_domain = expose_authority(expose);
}

unsigned scheduler_threads(const Config& config) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(config.server.num_schedulers.value_or(static_cast<int32_t>(std::max(1u, cores - 1))));
}

using Registry = std::shared_ptr<drivers::DriverRegistry>;

// Null: the node has none.
const drivers::DockerDriver* docker_of(const Registry& registry) {
  for (const auto& driver : registry->all()) {
    if (const auto* docker = dynamic_cast<const drivers::DockerDriver*>(driver.get())) return docker;
  }
  return nullptr;
}

client::HeldImages held_images(const Registry& registry) {
  const auto* docker = docker_of(registry);
  if (docker == nullptr) return {};
  return [registry, docker]() -> net::Task<std::vector<model::HeldItem>> { return docker->images(); };
}

net::Task<Status> keep_images(Registry registry, std::vector<std::string> images) {
  const auto* docker = docker_of(registry);
  if (docker != nullptr) co_return co_await docker->keep_images(std::move(images));
  if (images.empty()) co_return Ok{};
  co_return err(ErrorCode::Unavailable, "images are required, and this node has no docker driver");
}

std::shared_ptr<const std::vector<std::string>> urls_of(const std::vector<std::string>& addresses) {
  auto out = std::make_shared<std::vector<std::string>>();
  for (const std::string& address : addresses) out->push_back("http://" + address);
  return out;
}

}  // namespace

// In the order of starting; destroyed in reverse.
struct Agent::Parts final : api::LocalAgent {
  explicit Parts(Config given)
      : config(std::move(given)), name(config.name.empty() ? sys::host_info().hostname : config.name) {}

  Status start();
  Status start_server();
  Status start_client();
  Status start_http();
  Status start_expose();
  void leave();
  void stop();

  // api::LocalAgent.
  api::AgentSelf self() const override;
  api::AgentHealth health() const override;
  std::vector<api::LocalMetric> metrics() const override;
  std::optional<model::NodeId> node_id() const override;
  net::Task<Result<std::unique_ptr<server::CallStream>>> call_local(rpc::CallRequest request) override;

  const Config config;
  const std::string name;
  const SystemClock clock;
  Addresses addresses;
  Published<std::vector<std::string>> server_http;  // a guess, until a server says it
  std::string http_url;
  std::string rpc_address;
  std::string scratch;  // of -dev mode: removed at the end

  std::unique_ptr<server::Server> server;

  SystemRandom client_random;
  std::unique_ptr<net::Loop> client_loop;
  std::unique_ptr<net::BlockingPool> pool;
  std::shared_ptr<drivers::DriverRegistry> drivers;
  std::unique_ptr<client::Client> client;
  std::optional<model::NodeId> client_node;

  SystemRandom api_random;
  std::unique_ptr<api::Api> api;
  std::vector<std::unique_ptr<net::Loop>> net_loops;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<ExposeServer> expose;
};

Status Agent::Parts::start() {
  TRY_LET(addresses, resolve_addresses(config));
  server_http.set(std::make_shared<const std::vector<std::string>>(addresses.server_http));
  if (config.dev_mode) scratch = config.data_dir;
  if (config.server.enabled) TRY(start_server());
  if (config.client.enabled) TRY(start_client());
  TRY(start_http());
  return start_expose();
}

Status Agent::Parts::start_server() {
  store::RocksDbOptions store_options{.directory = config.data_dir + "/server", .tables = {}};
  for (const std::string_view table : state::table_names()) store_options.tables.emplace_back(table);
  if (config.server.accept_data_loss) store_options.recovery = store::Recovery::DropDamagedEnd;
  TRY(make_directory("data_dir", store_options.directory, 0700));
  TRY_LET(std::unique_ptr<store::Engine> engine, store::open_rocksdb(std::move(store_options)));
  server::ServerOptions options{.name = name,
                                .region = config.region,
                                .datacenter = config.datacenter,
                                .rpc_bind = addresses.rpc_bind,
                                .rpc_port = static_cast<uint16_t>(config.ports.rpc),
                                .rpc_advertise = addresses.rpc_advertise,
                                .http_advertise = addresses.http_advertise};
  options.heartbeats = {.min_ttl = config.server.min_heartbeat_ttl,
                        .grace = config.server.heartbeat_grace,
                        .max_per_second = config.server.max_heartbeats_per_second,
                        .failover_ttl = config.server.failover_heartbeat_ttl};
  options.gc = {.interval = config.server.job_gc_interval,
                .thresholds = {.evals = config.server.eval_gc_threshold,
                               .jobs = config.server.job_gc_threshold,
                               .nodes = config.server.node_gc_threshold,
                               .deployments = config.server.deployment_gc_threshold}};
  options.max_dispatch_payload = static_cast<size_t>(config.server.max_dispatch_payload);
  options.schedulers.threads = scheduler_threads(config);
  TRY_LET(server, server::Server::open(std::move(options), std::move(engine), clock, make_random));
  TRY(server->start());
  release_free_memory();  // what loading the state took
  rpc_address = server->rpc_address();
  return Ok{};
}

Status Agent::Parts::start_client() {
  if (config.client.drain_on_shutdown && !config.leave_on_interrupt && !config.leave_on_terminate) {
    log::warn("drain_on_shutdown has no effect without leave_on_terminate = true or leave_on_interrupt = true");
  }
  Diagnostics diagnostics;
  const drivers::DriverOptions driver_settings = driver_options(config, diagnostics);
  auto devices = device_sources(config, diagnostics);
  const client::ArtifactsOptions artifacts = artifact_options(config.client.artifact, diagnostics);
  assets::AssetStoreOptions asset_store = asset_options(config, artifacts.fetcher, diagnostics);
  if (diagnostics.has_errors()) return err(diagnostics.to_error());
  client_loop = std::make_unique<net::Loop>("client");
  pool = std::make_unique<net::BlockingPool>("client", kBlockingThreads);
  client_loop->start();
  TRY_LET(drivers, drivers::DriverRegistry::create({*client_loop, *pool, clock}, driver_settings));
  client::DriverMap by_name;
  for (const auto& driver : drivers->all()) {
    by_name[std::string(driver->name())] = std::shared_ptr<drivers::Driver>(drivers, driver.get());
  }
  rpc::NodeStreamClientOptions stream_options;
  stream_options.servers = server ? std::vector<std::string>{addresses.own_rpc(server->rpc_port())} : addresses.servers;
  TRY_LET(client::ClientOptions options, client_options(config, name, addresses));
  const auto store = assets::AssetStore::create(*client_loop, clock, std::move(asset_store));
  client = std::make_unique<client::Client>(
      std::move(options),
      client::ClientDeps{.loop = *client_loop,
                         .pool = *pool,
                         .clock = clock,
                         .random = client_random,
                         .drivers = std::move(by_name),
                         .connect = client::stream_connections(stream_options, *client_loop),
                         .hooks = {std::make_shared<client::ArtifactsHook>(*client_loop, *pool, clock, artifacts)},
                         .devices = std::move(devices),
                         .fetch_requirements = market_prefetch(std::bind_front(keep_images, drivers), store),
                         .assets = store,
                         .held_images = held_images(drivers),
                         .on_http_servers = [this](const auto& said) { server_http.set(urls_of(said)); }});
  const Status started = await_on<Status>(*client_loop, "client start", client->start());
  if (!started) return err(started.error().context("starting the client"));
  client_node = client->node().id;
  return Ok{};
}

Status Agent::Parts::start_http() {
  api::ApiOptions options{.region = config.region, .server_http_addresses = [this] { return *server_http.get(); }};
  set_expose_address(config.expose, options);
  api = std::make_unique<api::Api>(std::move(options), server.get(), *this, clock, api_random);
  std::vector<net::Loop*> loops;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, 2u); ++i) {
    net_loops.push_back(std::make_unique<net::Loop>("http"));
    net_loops.back()->start();
    loops.push_back(net_loops.back().get());
  }
  if (server) api->start_courier(*loops.front(), {.allowed_networks = config.server.logistics_allow});
  net::HttpServerOptions http_options;
  http_options.max_connections_per_address = static_cast<size_t>(std::max(0, config.limits.http_max_conns_per_client));
  http = std::make_unique<net::HttpServer>(
      http_options, loops, [this](net::HttpRequest request) { return api->handle(std::move(request)); });
  const auto port = http->listen(addresses.http_bind, static_cast<uint16_t>(config.ports.http));
  if (!port) return err(port.error().context("the HTTP API"));
  http_url = fmt::format("http://{}:{}", addresses.http_bind == "0.0.0.0" ? "127.0.0.1" : addresses.http_bind, *port);
  return Ok{};
}

Status Agent::Parts::start_expose() {
  if (config.expose.port == 0) return Ok{};
  ExposeDeps deps{.frontend = server.get(), .servers = [this] { return *server_http.get(); }, .node = client_node};
  auto started = ExposeServer::start(config.expose, addresses.expose_bind, std::move(deps));
  if (!started) return err(started.error().context("the proxy of exposed ports"));
  expose = std::move(*started);
  return Ok{};
}

void Agent::Parts::leave() {
  if (!config.client.drain_on_shutdown || !client_node) return;
  log::info("draining this node before the end", {{"node", client_node->str()}});
  const auto drained = drain_node(http_url, clock, *client_node, *config.client.drain_on_shutdown);
  if (drained) {
    log::info("the node is drained", {{"node", client_node->str()}});
  } else {
    log::error("the node is not drained, and stops as it is", {{"reason", drained.error().message()}});
  }
}

void Agent::Parts::stop() {
  if (expose) expose->stop();
  if (http) http->stop();
  if (client) {
    const auto mode = config.dev_mode ? client::StopMode::KillTasks : client::StopMode::LeaveTasks;
    await_on<void>(*client_loop, "client stop", client->stop(mode));
    std::promise<void> destroyed;
    client_loop->post("client end", [&] {
      client.reset();
      drivers.reset();
      destroyed.set_value();
    });
    destroyed.get_future().wait();
  }
  if (client_loop) {
    client_loop->stop();
    client_loop->join();
    drivers.reset();
    pool->stop();
  }
  if (server) server->stop();
  for (const auto& loop : net_loops) {
    loop->stop();
    loop->join();
  }
  if (scratch.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(scratch, error);
  if (error) log::warn("temporary folder not removed", {{"folder", scratch}, {"reason", error.message()}});
  scratch.clear();
}

api::AgentSelf Agent::Parts::self() const {
  api::AgentSelf self{.name = name, .version = DROVER_VERSION, .config = {}, .stats = {}};
  self.config = codec::to_value(codec::type_of<Config>(), &config);
  self.stats["runtime"] = {{"cpu_count", std::to_string(std::thread::hardware_concurrency())},
                           {"kernel.name", sys::host_info().kernel_name},
                           {"arch", sys::host_info().arch},
                           {"version", DROVER_VERSION},
                           {"pid", std::to_string(getpid())}};
  if (client_node) self.stats["client"] = {{"node_id", client_node->str()}};
  return self;
}

api::AgentHealth Agent::Parts::health() const {
  api::AgentHealth health;
  if (config.client.enabled) health.client.emplace();
  if (config.server.enabled) health.server.emplace();
  return health;
}

std::vector<api::LocalMetric> Agent::Parts::metrics() const {
  std::vector<api::LocalMetric> metrics;
  if (!client_node) return metrics;
  const sys::HostSample host = sys::sample_host();
  const auto gauge = [&](const char* metric, double value) {
    metrics.push_back({.kind = api::LocalMetric::Kind::Gauge,
                       .name = metric,
                       .value = value,
                       .labels = {{"node_id", client_node->str()}, {"datacenter", config.datacenter}}});
  };
  gauge("nomad.client.host.memory.total", static_cast<double>(host.memory.total));
  gauge("nomad.client.host.memory.available", static_cast<double>(host.memory.available));
  gauge("nomad.client.host.memory.used", static_cast<double>(host.memory.used));
  gauge("nomad.client.host.memory.free", static_cast<double>(host.memory.free));
  gauge("nomad.client.uptime", static_cast<double>(host.uptime_seconds));
  return metrics;
}

std::optional<model::NodeId> Agent::Parts::node_id() const {
  return client_node;
}

net::Task<Result<std::unique_ptr<server::CallStream>>> Agent::Parts::call_local(rpc::CallRequest request) {
  return call_client(*client_loop, *client, std::move(request));
}

Result<std::unique_ptr<Agent>> Agent::start(Config config) {
  TRY(settle_directory("data_dir", config.data_dir, 0755));
  if (!config.client.alloc_dir.empty()) TRY(settle_directory("alloc_dir", config.client.alloc_dir, 0755));
  auto agent = std::unique_ptr<Agent>(new Agent(std::make_unique<Parts>(std::move(config))));
  TRY(agent->parts_->start());
  return agent;
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Agent::~Agent() {
  stop();
}

void Agent::leave() {
  parts_->leave();
}

void Agent::stop() {
  parts_->stop();
}

const std::string& Agent::http_url() const {
  return parts_->http_url;
}

const std::string& Agent::rpc_address() const {
  return parts_->rpc_address;
}

}  // namespace drover::agent
