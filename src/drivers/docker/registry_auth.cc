#include "drivers/docker/registry_auth.h"

#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/api.h"

#include <algorithm>

namespace drover::drivers {
namespace {

constexpr std::string_view kDockerHub = "https://index.docker.io/v1/";

// "https://ghcr.io/v2/" → "ghcr.io".
std::string host_of(std::string_view server) {
  if (const size_t scheme = server.find("://"); scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  const std::string host(server.substr(0, server.find('/')));
  return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

Result<DockerAuth> decode_entry(const codec::Value& entry, std::string_view server) {
  DockerAuth auth{.username = text_at(entry, "username"),
                  .password = text_at(entry, "password"),
                  .server_address = std::string(server)};
  const std::string encoded = text_at(entry, "auth");
  if (encoded.empty()) return auth;
  const auto text = base64_decode(encoded);
  const size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return err(ErrorCode::InvalidArgument, "the credentials for {} are not base64 of \"user:password\"", server);
  }
  auth.username = text->substr(0, colon);
  auth.password = text->substr(colon + 1);
  return auth;
}

}  // namespace

Result<DockerAuth> find_auth(std::string_view config_json, std::string_view registry) {
  TRY_LET(const auto config, codec::parse_json(config_json));
  const auto* auths = config.find("auths");
  if (auths && auths->as_object()) {
    for (const auto& [server, entry] : *auths->as_object()) {
      if (host_of(server) == registry) return decode_entry(entry, server);
    }
  }
  return err(ErrorCode::NotFound, "no credentials for {}", registry);
}

std::string encode_auth(const DockerAuth& auth, const ImageRef& ref) {
  const std::string server = !auth.server_address.empty()  ? auth.server_address
                             : ref.registry == "docker.io" ? std::string(kDockerHub)
                                                           : ref.registry;
  const codec::Value value = codec::Value::Object{
      {"username", auth.username}, {"password", auth.password}, {"email", auth.email}, {"serveraddress", server}};
  std::string encoded = base64_encode(codec::dump(value));
  std::ranges::replace(encoded, '+', '-');
  std::ranges::replace(encoded, '/', '_');
  return encoded;
}

}  // namespace drover::drivers
