#pragma once

#include "codec/fwd.h"
#include "drivers/docker/api.h"
#include "drivers/docker/image_store.h"
#include "drivers/docker/options.h"
#include "drivers/docker/private_network.h"
#include "drivers/docker/sweeper.h"
#include "drivers/driver.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace drover::drivers {

// The driver's part of a handle.
struct DockerState {
  static constexpr uint32_t kVersion = 1;

  std::string container;  // Its id.
  std::string image;      // As the daemon knows it: "redis:7".
  bool image_pulled = false;
  std::string task;
  std::string logs_dir;
  std::string state_dir;
  LogLimits logs;
  bool tty = false;
  std::map<std::string, int32_t> port_map;
  bool own_network = false;
  bool advertise_ipv6 = false;
  std::string named_cpus;  // the config's cpuset_cpus
};
void describe(codec::StructBuilder& d, DockerState& r);

struct DockerShared {
  DriverContext context;
  DockerOptions options;
  std::shared_ptr<const DockerApi> api;
  std::shared_ptr<ImageStore> images;
  std::shared_ptr<KnownContainers> known;
  std::shared_ptr<KnownNetworks> networks;
  std::shared_ptr<FirewallTurn> firewall;
};

// `inspected`: what the daemon says of the container, which has been started.
std::unique_ptr<RunningTask> make_docker_task(std::shared_ptr<const DockerShared> shared, DockerState state,
                                              const codec::Value& inspected);

}  // namespace drover::drivers
