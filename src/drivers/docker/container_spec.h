#pragma once

#include "codec/value.h"
#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "drivers/schemas/docker_config.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::drivers {

inline constexpr const char* kAllocLabel = "dev.drover.alloc_id";
inline constexpr const char* kTaskLabel = "dev.drover.task_name";
inline constexpr const char* kOwnerLabel = "dev.drover.node";  // DockerOptions::owner

struct ContainerInputs {
  const TaskConfig& task;
  const DockerConfig& config;
  const DockerOptions& options;
  std::string image;
  std::vector<std::string> binds;          // make_binds
  std::vector<std::string> mount_sources;  // Of config.mounts, then config.mount; resolved.
  uint32_t core_mhz = 0;                   // Of this machine, for cpu_hard_limit.
};

// The body of POST /containers/create. Pure. InvalidArgument for a port label that the task does not have.
Result<codec::Value> make_container_spec(const ContainerInputs& inputs);

// Where a container without reserved cores runs: on those of the CPUs that its job names ("": any) which are shared
// ("": all are), or on all that are shared if it names none of them.
std::string container_cpus(const std::string& named, const std::string& shared);

// "<task>-<alloc id>".
std::string container_name(const TaskConfig& task);

// Label → port in the container, of everything that is published.
Result<std::map<std::string, int32_t>> published_ports(const TaskConfig& task, const DockerConfig& config);

// True for a network other than the default one, whose addresses other machines may reach.
bool has_own_network(const DockerConfig& config);

}  // namespace drover::drivers
