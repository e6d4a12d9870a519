#pragma once

#include "client/prefetch.h"

#include <string>

namespace drover::agent {

// Pulls images over the engine's API ("unix:///var/run/docker.sock"); those that are there are left as they are.
client::FetchRequirements image_prefetch(std::string docker_endpoint);

}  // namespace drover::agent
