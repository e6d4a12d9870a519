#pragma once

#include "base/result.h"
#include "drivers/docker/image_ref.h"
#include "drivers/schemas/docker_config.h"

#include <string>
#include <string_view>

namespace drover::drivers {

// The credentials for `registry` ("docker.io", "ghcr.io") in the text of a docker config.json. NotFound if it has none.
Result<DockerAuth> find_auth(std::string_view config_json, std::string_view registry);

// The value of the header X-Registry-Auth. A secret.
std::string encode_auth(const DockerAuth& auth, const ImageRef& ref);

}  // namespace drover::drivers
