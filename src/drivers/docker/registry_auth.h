#pragma once

#include "base/result.h"
#include "drivers/docker/image_ref.h"
#include "drivers/docker/options.h"
#include "drivers/schemas/docker_config.h"

#include <string>
#include <string_view>

namespace drover::drivers {

// What a registry asks for. A secret.
struct RegistryCredentials {
  DockerAuth auth;
  std::string identity_token;  // In place of a password.
};

// What a docker config.json says about a registry: credentials, or the helper that has them.
struct RegistryEntry {
  RegistryCredentials credentials;
  std::string helper;
};

// For `registry` ("docker.io", "ghcr.io"); NotFound if the text has nothing about it.
Result<RegistryEntry> find_auth(std::string_view config_json, std::string_view registry);

// Asks docker-credential-<helper>, by the protocol of docker-credential-helpers, as the agent's user. NotFound if it
// has none for the registry. Blocks.
Result<RegistryCredentials> ask_helper(const std::string& helper, std::string_view registry);

// The node's credentials: of its config.json, then of its helper. NotFound if there are none. Blocks.
Result<RegistryCredentials> node_credentials(const DockerOptions& options, std::string_view registry);

// The value of the header X-Registry-Auth. A secret.
std::string encode_auth(const RegistryCredentials& credentials, const ImageRef& ref);

}  // namespace drover::drivers
