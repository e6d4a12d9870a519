#pragma once

#include "drivers/docker/api.h"
#include "drivers/driver.h"

#include <memory>
#include <string>

// Containers that hold the network namespace of an allocation: they run a program that does nothing, of an image that
// this program brings along, so that no registry is needed.
namespace drover::drivers {

// `owner`: DockerOptions::owner.
net::Task<Result<HeldNetwork>> hold_network(std::shared_ptr<const DockerApi> api, std::string owner,
                                            std::string alloc_id, std::string hostname);
net::Task<Status> release_network(std::shared_ptr<const DockerApi> api, std::string alloc_id);

}  // namespace drover::drivers
