#include "drivers/docker/sweeper.h"

#include "base/log.h"
#include "codec/json.h"
#include "drivers/alloc_names.h"
#include "drivers/docker/container_spec.h"
#include "sys/netns.h"

#include <chrono>
#include <utility>
#include <vector>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr int64_t kNanos = 1'000'000'000;

std::string list_target(const DockerOptions& options) {
  Value filters =
      Value::Object{{"label", Value::Array{std::string(kOwnerLabel) + "=" + options.owner, std::string(kAllocLabel)}}};
  // Without gc.container, those that have ended are kept on purpose.
  if (!options.gc_container) filters.set("status", Value::Array{"running"});
  return "/containers/json?all=1&filters=" + net::url_encode(codec::dump(filters));
}

std::string label_of(const Value& container, const char* name) {
  const auto* labels = container.find("Labels");
  const auto* label = labels ? labels->find(name) : nullptr;
  return label && label->as_string() ? *label->as_string() : std::string();
}

// One that holds the network of an allocation is no task's; it stays as long as the network has its name (in
// memory: this waits for no disk).
bool holds_network(const Value& container) {
  return label_of(container, kTaskLabel).empty() &&
         sys::netns_exists(alloc_netns_name(label_of(container, kAllocLabel)));
}

std::vector<std::string> dangling(const Value& containers, const KnownContainers& known, int64_t created_before) {
  std::vector<std::string> ids;
  if (!containers.as_array()) return ids;
  for (const auto& container : *containers.as_array()) {
    std::string id = text_at(container, "Id");
    if (known.contains(id) || int_at(container, "Created") > created_before || holds_network(container)) continue;
    ids.push_back(std::move(id));
  }
  return ids;
}

net::Task<Status> end_container(const DockerApi& api, const DockerOptions& options, std::string id) {
  if (options.gc_container) co_return co_await api.remove_container(id);
  co_return co_await api.kill(id, "KILL");
}

net::Task<Status> sweep_containers(DriverContext context, const DockerApi& api, const DockerOptions& options,
                                   const KnownContainers& known) {
  CO_TRY_LET(const auto containers, co_await api.get(list_target(options)));
  const auto latest = context.clock.now() + -options.gc_dangling.creation_grace;
  for (const auto& id : dangling(containers, known, latest.unix_nanos / kNanos)) {
    if (known.contains(id)) continue;  // Found again meanwhile.
    if (options.gc_dangling.dry_run) {
      log::info("dangling docker container found; dry_run leaves it", {{"container", id}});
      continue;
    }
    const auto ended = co_await end_container(api, options, id);
    if (ended) log::warn("dangling docker container removed: no task is known for it", {{"container", id}});
  }
  co_return Ok{};
}

}  // namespace

net::Task<void> sweep(DriverContext context, std::shared_ptr<const DockerApi> api, DockerOptions options, Known known) {
  for (;;) {
    co_await net::sleep_for(options.gc_dangling.period);
    // A daemon that is away is asked again next time.
    std::ignore = co_await sweep_containers(context, *api, options, *known.containers);
    std::ignore = co_await sweep_private_networks(*api, options, *known.networks);
  }
}

}  // namespace drover::drivers
