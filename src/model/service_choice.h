#pragma once

#include "model/service_registration.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace drover::model {

// Keeps `count` of the instances, mostly the same ones for the same key: those with the greatest weights for it
// (rendezvous hashing), so that an instance that comes or goes moves only the keys that are its own. The API's and the
// templates' `choose`.
void choose_services(std::vector<const ServiceRegistration*>& services, size_t count, std::string_view key);

}  // namespace drover::model
