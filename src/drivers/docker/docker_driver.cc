#include "drivers/docker/docker_driver.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "drivers/docker/bind_stage.h"
#include "drivers/docker/container.h"
#include "drivers/docker/container_spec.h"
#include "drivers/docker/held_network.h"
#include "drivers/docker/policy.h"
#include "drivers/handle_state.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/docker_config.h"
#include "model/holdings.h"
#include "sys/host.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace drover::drivers {
namespace {

constexpr std::string_view kName = "docker";
constexpr auto kCreateTimeout = std::chrono::minutes(3);

using TaskResult = Result<std::unique_ptr<RunningTask>>;

// A created container that nobody knows of yet: removed if the start fails or is cancelled.
class Created {
 public:
  Created(std::shared_ptr<const DockerShared> shared, std::string id)
      : shared_(std::move(shared)), id_(std::move(id)) {}
  Created(Created&& other) noexcept : shared_(std::move(other.shared_)), id_(std::exchange(other.id_, {})) {}
  Created& operator=(Created&&) = delete;
  ~Created() {
    if (!id_.empty()) shared_->context.loop.spawn("docker cleanup", remove(shared_, id_));
  }

  const std::string& id() const { return id_; }
  void keep() { id_.clear(); }

 private:
  static net::Task<void> remove(std::shared_ptr<const DockerShared> shared, std::string id) {
    const auto removed = co_await shared->api->remove_container(id);
    if (!removed) log::warn("docker container is left", {{"container", id}, {"reason", removed.error().message()}});
  }

  std::shared_ptr<const DockerShared> shared_;
  std::string id_;
};

// What the daemon calls an internal error is often something that the job has to change.
Error start_error(const Error& cause) {
  const std::string text = to_lower(cause.message());
  const auto has = [&](std::string_view needle) { return text.find(needle) != std::string::npos; };
  if (has("executable file not found") || has("no such file or directory") || has("permission denied: unknown")) {
    return {ErrorCode::NotFound, "cannot start the container: " + cause.message()};
  }
  if (has("port is already allocated") || has("address already in use")) {
    return {ErrorCode::Conflict, "cannot start the container: " + cause.message()};
  }
  if (has("could not select device driver")) {
    return {ErrorCode::InvalidArgument,
            "cannot start the container: " + cause.message() +
                "; this node's docker cannot give GPUs to containers: install the NVIDIA Container Toolkit"};
  }
  return cause.context("starting the container");
}

DockerState state_of(const TaskConfig& task, const DockerConfig& config, const ImageRef& ref, const ImageUse& image) {
  DockerState state{.image = ref.str(),
                    .image_pulled = image.pulled(),
                    .task = task.task,
                    .logs_dir = task.dirs.logs,
                    .state_dir = task.dirs.state,
                    .logs = task.logs,
                    .tty = config.tty,
                    .own_network = has_own_network(config),
                    .advertise_ipv6 = config.advertise_ipv6_address,
                    .named_cpus = config.cpuset_cpus};
  if (auto published = published_ports(task, config)) state.port_map = std::move(*published);
  return state;
}

bool is_ours(const codec::Value& inspected, const TaskConfig& task) {
  const auto* labels = find_path(inspected, "Config.Labels");
  const auto label = [&](const char* name) {
    const auto* found = labels ? labels->find(name) : nullptr;
    const auto* text = found ? found->as_string() : nullptr;
    return text ? *text : std::string();
  };
  return label(kAllocLabel) == task.alloc_id && label(kTaskLabel) == task.task;
}

// What is done on the disk before the container is made.
struct Paths {
  std::vector<std::string> binds;
  std::vector<std::string> mount_sources;
  std::shared_ptr<BindStage> stage;  // May be null.
};

// Volumes of the allocation lie beneath its directory, others where the operator put them.
Status stage_volumes(TaskConfig& task, const std::string& alloc_root, const DockerOptions& options, BindStage& stage) {
  for (auto& mount : task.mounts) {
    if (mount.propagation == "host-to-task" || mount.propagation == "bidirectional") continue;
    const bool writable = !mount.read_only || !mount.selinux_label.empty();  // labels are written
    const auto access = writable ? sys::Access::ReadWrite : sys::Access::ReadOnly;
    if (!options.volumes_enabled && mount.source.starts_with(alloc_root + "/")) {
      TRY_LET(mount.source, stage.add(mount.source.substr(alloc_root.size()), access));
    } else if (!writable) {
      TRY_LET(mount.source, stage.add_trusted(mount.source, access));
    }
  }
  return Ok{};
}

Result<std::string> source_of(const DockerMount& mount, const TaskDirs& dirs, const DockerOptions& options,
                              BindStage* stage) {
  if (mount.type != "bind") return mount.source;
  return resolve_source({.source = mount.source,
                         .access = mount.readonly ? sys::Access::ReadOnly : sys::Access::ReadWrite,
                         .shares_mounts = mount.bind_options && shares_mounts(mount.bind_options->propagation)},
                        dirs, options, stage);
}

// Also where it fails, what it has done is in `paths`.
Status resolve_paths(TaskConfig& task, const DockerConfig& config, const DockerOptions& options, Paths& paths) {
  const TaskDirs& dirs = task.dirs;
  if (BindStage::is_possible(options.endpoint)) {
    const std::string root = std::filesystem::path(dirs.task).parent_path();
    TRY_LET(paths.stage, BindStage::create(root, dirs.state + "/" + task.task + ".binds"));
    TRY(stage_volumes(task, root, options, *paths.stage));
  }
  TRY_LET(paths.binds, make_binds(config, dirs, options, paths.stage.get()));
  for (const auto* list : {&config.mounts, &config.mount}) {
    for (const auto& mount : *list) {
      TRY_LET(std::string source, source_of(mount, dirs, options, paths.stage.get()));
      paths.mount_sources.push_back(std::move(source));
    }
  }
  return Ok{};
}

// A new container, or one of this very task that runs: then `adopted`.
struct Made {
  std::string id;
  bool adopted = false;
};

net::Task<Result<Made>> create_container(std::shared_ptr<const DockerShared> shared, TaskConfig task, codec::Value spec,
                                         int32_t attempts) {
  const std::string name = container_name(task);
  for (int32_t attempt = 0;; attempt++) {
    const auto created = co_await shared->api->post("/containers/create?name=" + name, spec, kCreateTimeout);
    if (created) co_return Made{.id = text_at(*created, "Id")};
    if (created.error().code() != ErrorCode::Conflict || attempt >= attempts) {
      co_return err(created.error().context("creating the container"));
    }
    const auto existing = co_await shared->api->inspect(name);
    if (!existing) continue;
    if (!is_ours(*existing, task)) {
      co_return err(ErrorCode::Conflict, "there is a container named {} that is not this task's", name);
    }
    if (bool_at(*existing, "State.Running")) co_return Made{.id = text_at(*existing, "Id"), .adopted = true};
    CO_TRY(co_await shared->api->remove_container(text_at(*existing, "Id")));
  }
}

ImageRequest image_request(const TaskConfig& task, const DockerConfig& config, const ImageRef& ref) {
  return {.ref = ref,
          .auth = config.auth,
          .auth_soft_fail = config.auth_soft_fail,
          .force_pull = config.force_pull,
          .pull_timeout = config.image_pull_timeout,
          .load = config.load,
          .task_dir = task.dirs.task};
}

Result<codec::Value> container_spec(const DockerShared& shared, const TaskConfig& task, const DockerConfig& config,
                                    std::string image, const Paths& paths) {
  const uint32_t core_mhz = config.cpu_hard_limit ? sys::cpu_info().mhz : 0;
  return make_container_spec({.task = task,
                              .config = config,
                              .options = shared.options,
                              .image = std::move(image),
                              .binds = paths.binds,
                              .mount_sources = paths.mount_sources,
                              .core_mhz = core_mhz});
}

// Asks for the image only when the daemon says that it is not there: mostly it is.
net::Task<Result<Made>> create_with_image(std::shared_ptr<const DockerShared> shared, TaskConfig task,
                                          ImageRequest image, codec::Value spec, int32_t attempts, EventSink events) {
  if (image.always()) CO_TRY(co_await shared->images->ensure(image, events));
  const auto made = co_await create_container(shared, task, spec, attempts);
  if (made || made.error().code() != ErrorCode::NotFound) co_return made;
  CO_TRY(co_await shared->images->ensure(image, events));
  co_return co_await create_container(shared, task, spec, attempts);
}

// Once the container runs, or its start has failed or was cancelled, the stage is closed, off the loop.
class StagedPaths {
 public:
  explicit StagedPaths(std::shared_ptr<const DockerShared> shared) : shared_(std::move(shared)) {}
  StagedPaths(const StagedPaths&) = delete;
  StagedPaths& operator=(const StagedPaths&) = delete;
  ~StagedPaths() {
    if (paths.stage) shared_->context.loop.spawn("docker unstage", run_close(shared_, paths.stage));
  }

  net::Task<void> close() {
    if (auto stage = std::exchange(paths.stage, nullptr)) co_await run_close(shared_, stage);
  }

  Paths paths;

 private:
  static net::Task<void> run_close(std::shared_ptr<const DockerShared> shared, std::shared_ptr<BindStage> stage) {
    co_await shared->context.pool.run([stage] { stage->close(); });
  }

  const std::shared_ptr<const DockerShared> shared_;
};

// REQUIRES a config without problems.
net::Task<TaskResult> start_staged(std::shared_ptr<const DockerShared> shared, TaskConfig task, DockerConfig config,
                                   EventSink events, StagedPaths& staged) {
  CO_TRY_LET(const auto ref, parse_image_ref(config.image));
  CO_TRY(published_ports(task, config));
  const auto image = shared->images->use(ref);
  const auto resolve = [&] { return resolve_paths(task, config, shared->options, staged.paths); };
  CO_TRY(co_await net::run_blocking(shared->context.pool, resolve));
  CO_TRY_LET(auto spec, container_spec(*shared, task, config, ref.str(), staged.paths));
  CO_TRY_LET(const auto made, co_await create_with_image(shared, task, image_request(task, config, ref),
                                                         std::move(spec), config.container_exists_attempts, events));
  DockerState state = state_of(task, config, ref, *image);
  state.container = made.id;
  Created created(shared, made.adopted ? std::string() : made.id);
  if (!made.adopted) {
    const auto started = co_await shared->api->post("/containers/" + made.id + "/start", {}, kCreateTimeout);
    if (!started) {
      // So that the name and the ports are free when the error is seen; `created` tries again if this fails.
      const auto removed = co_await shared->api->remove_container(made.id);
      if (removed) created.keep();
      co_return err(start_error(started.error()));
    }
  }
  co_await staged.close();
  CO_TRY_LET(const auto inspected, co_await shared->api->inspect(made.id));
  created.keep();
  auto running = make_docker_task(shared, std::move(state), inspected);
  if (made.adopted && task.cpuset_cpus.empty()) CO_TRY(co_await running->confine(task.shared_cpus));
  co_return running;
}

net::Task<TaskResult> start_container(std::shared_ptr<const DockerShared> shared, TaskConfig task, DockerConfig config,
                                      EventSink events) {
  StagedPaths staged(shared);
  auto started = co_await start_staged(shared, std::move(task), std::move(config), std::move(events), staged);
  co_await staged.close();
  co_return started;
}

// What runs apart from the host gets nothing by which it could become more than it is.
void confine(DockerConfig& config) {
  if (config.privileged) return;
  config.security_opt.push_back("no-new-privileges");
  for (const char* name : {"AUDIT_WRITE", "MKNOD", "NET_RAW", "SETFCAP", "SYS_CHROOT"}) {
    const auto is_it = [&](const std::string& given) {
      const std::string upper = to_upper(given);
      return upper == name || upper == std::string("CAP_") + name;
    };
    if (std::ranges::none_of(config.cap_add, is_it)) config.cap_drop.push_back(name);
  }
}

// A container that shares another one's network has that one's name and resolver, too; its own the daemon refuses.
void join_network(const NetworkPlace& place, DockerConfig& config) {
  if (!place.private_network.empty() && config.network_mode.empty()) {
    config.network_mode = place.private_network;
    config.network_aliases.insert(config.network_aliases.end(), place.aliases.begin(), place.aliases.end());
    confine(config);
    return;
  }
  if (place.container.empty() || !config.network_mode.empty()) return;
  config.network_mode = "container:" + place.container;
  config.hostname.clear();
  config.dns_servers.clear();
  config.dns_options.clear();
  config.dns_search_domains.clear();
  config.extra_hosts.clear();
  config.mac_address.clear();
}

}  // namespace

Result<std::unique_ptr<DockerDriver>> DockerDriver::create(DriverContext context, DockerOptions options) {
  TRY_LET(auto api, DockerApi::create(options.endpoint, options.tls));
  auto images = std::make_shared<ImageStore>(context, api, options);
  images->restore();
  auto shared = std::make_shared<const DockerShared>(DockerShared{.context = context,
                                                                  .options = std::move(options),
                                                                  .api = api,
                                                                  .images = std::move(images),
                                                                  .known = std::make_shared<KnownContainers>(),
                                                                  .networks = std::make_shared<KnownNetworks>(),
                                                                  .firewall = std::make_shared<FirewallTurn>()});
  return std::unique_ptr<DockerDriver>(new DockerDriver(std::move(shared)));
}

DockerDriver::DockerDriver(std::shared_ptr<const DockerShared> shared) : shared_(std::move(shared)) {
  const auto& options = shared_->options;
  if (options.owner.empty() || !options.gc_dangling.enabled) return;
  sweeper_ = shared_->context.loop.spawn(
      "docker sweep", sweep(shared_->context, shared_->api, options, {shared_->known, shared_->networks}));
}

DockerDriver::~DockerDriver() {
  sweeper_.cancel();
}

net::Task<model::DriverInfo> DockerDriver::fingerprint() {
  model::DriverInfo info;
  info.update_time = shared_->context.clock.now();
  const auto version = co_await shared_->api->get("/version", std::chrono::seconds(10));
  if (!version) {
    info.health_description = version.error().message();
    co_return info;
  }
  info.detected = info.healthy = true;
  info.health_description = "Healthy";
  info.attributes = {{"driver.docker", "1"},
                     {"driver.docker.version", text_at(*version, "Version")},
                     {"driver.docker.api_version", text_at(*version, "ApiVersion")}};
  info.attributes.merge(published_policy(shared_->options));
  const auto daemon = co_await shared_->api->get("/info", std::chrono::seconds(10));
  if (daemon) {
    info.attributes["driver.docker.os_type"] = text_at(*daemon, "OSType");
    const auto* runtimes = find_path(*daemon, "Runtimes");
    std::vector<std::string> names;
    if (runtimes && runtimes->as_object()) {
      for (const auto& [name, runtime] : *runtimes->as_object()) names.push_back(name);
    }
    info.attributes["driver.docker.runtimes"] = join(names, ",");
  }
  const auto bridge = co_await shared_->api->get("/networks/bridge", std::chrono::seconds(10));
  const auto* subnets = bridge ? find_path(*bridge, "IPAM.Config") : nullptr;
  if (subnets && subnets->as_array() && !subnets->as_array()->empty()) {
    const std::string gateway = text_at(subnets->as_array()->front(), "Gateway");
    if (!gateway.empty()) info.attributes["driver.docker.bridge_ip"] = gateway;
  }
  co_return info;
}

Diagnostics DockerDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  drivers::validate_config(kName, config, ConfigStage::Interpolated, problems, {.config = "config"});
  Diagnostics reported_already;
  const auto decoded = read_config<DockerConfig>(config, ConfigStage::Interpolated, reported_already);
  check_policy(decoded, shared_->options, "config", problems);
  return problems;
}

net::Task<TaskResult> DockerDriver::start(TaskConfig config, EventSink events) {
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  Diagnostics none;
  auto docker = read_config<DockerConfig>(config.config, ConfigStage::Interpolated, none);
  join_network(config.network, docker);
  co_return co_await start_container(shared_, std::move(config), std::move(docker), std::move(events));
}

net::Task<Result<HeldNetwork>> DockerDriver::create_network(std::string alloc_id, std::string hostname) {
  return hold_network(shared_->api, shared_->options.owner, std::move(alloc_id), std::move(hostname));
}

net::Task<Status> DockerDriver::destroy_network(std::string alloc_id) {
  return release_network(shared_->api, std::move(alloc_id));
}

net::Task<Result<std::string>> DockerDriver::create_private_network(std::string alloc_id) {
  const auto shared = shared_;
  shared->networks->insert(private_network_name(alloc_id));
  co_return co_await make_private_network(shared->context, shared->api, shared->options, shared->firewall, alloc_id);
}

net::Task<Status> DockerDriver::destroy_private_network(std::string alloc_id) {
  const auto shared = shared_;
  const std::string name = private_network_name(alloc_id);
  const auto removed = co_await remove_private_network(shared->api, name);
  // What could not be removed is swept later.
  shared->networks->erase(name);
  co_return removed;
}

net::Task<Status> DockerDriver::keep_images(std::vector<std::string> images) const {
  const auto store = shared_->images;
  std::vector<ImageRef> refs;
  for (const std::string& image : images) {
    CO_TRY_LET(ImageRef ref, parse_image_ref(image));
    refs.push_back(std::move(ref));
  }
  co_return co_await store->keep(std::move(refs));
}

net::Task<std::vector<model::HeldItem>> DockerDriver::images() const {
  const auto shared = shared_;
  std::vector<model::HeldItem> out;
  const auto images = co_await shared->api->get("/images/json");
  if (!images || images->as_array() == nullptr) co_return out;
  for (const auto& image : *images->as_array()) {
    const auto* size = image.find("Size");
    const uint64_t bytes = size && size->as_int() && *size->as_int() > 0 ? static_cast<uint64_t>(*size->as_int()) : 0;
    for (const char* kind : {"RepoTags", "RepoDigests"}) {
      const auto* names = image.find(kind);
      if (!names || !names->as_array()) continue;
      for (const auto& name : *names->as_array()) {
        if (name.as_string() && !name.as_string()->starts_with("<none>")) {
          out.push_back({.key = model::image_key(*name.as_string()), .bytes = bytes});
        }
      }
    }
  }
  co_return out;
}

net::Task<TaskResult> DockerDriver::recover(TaskHandle handle) {
  CO_TRY_LET(auto state, read_handle<DockerState>(kName, handle));
  // Not to be swept while a slow daemon is asked.
  const KnownContainer known(shared_->known, state.container);
  auto inspected = co_await shared_->api->inspect(state.container);
  if (!inspected) {
    if (inspected.error().code() != ErrorCode::NotFound) co_return err(inspected.error());
    co_return err(ErrorCode::NotFound, "the container is gone: it was removed while the agent was away");
  }
  co_return make_docker_task(shared_, std::move(state), *inspected);
}

}  // namespace drover::drivers
