#include "drivers/docker/registry_auth.h"

#include "base/strings.h"
#include "codec/json.h"
#include "drivers/docker/api.h"
#include "sys/command.h"
#include "sys/files.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr std::string_view kDockerHub = "https://index.docker.io/v1/";
constexpr auto kHelperPatience = std::chrono::seconds(30);

// "https://ghcr.io/v2/" → "ghcr.io".
std::string host_of(std::string_view server) {
  if (const size_t scheme = server.find("://"); scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  const std::string host(server.substr(0, server.find('/')));
  return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

Result<RegistryCredentials> decode_entry(const codec::Value& entry, std::string_view server) {
  RegistryCredentials credentials{.auth = {.username = text_at(entry, "username"),
                                           .password = text_at(entry, "password"),
                                           .server_address = std::string(server)},
                                  .identity_token = text_at(entry, "identitytoken")};
  const std::string encoded = text_at(entry, "auth");
  if (encoded.empty()) return credentials;
  const auto text = base64_decode(encoded);
  const size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return err(ErrorCode::InvalidArgument, "the credentials for {} are not base64 of \"user:password\"", server);
  }
  credentials.auth.username = text->substr(0, colon);
  // docker login pads with zero bytes.
  credentials.auth.password = text->substr(colon + 1).c_str();
  return credentials;
}

// An entry that docker login left for a registry whose credentials are in the store is empty.
bool is_empty(const RegistryCredentials& credentials) {
  return credentials.auth.username.empty() && credentials.identity_token.empty();
}

// The protocol's name of a registry.
std::string server_of(std::string_view registry) {
  return std::string(registry == "docker.io" ? kDockerHub : registry);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** at = environ; at && *at; at++) out.emplace_back(*at);
  return out;
}

}  // namespace

Result<RegistryEntry> find_auth(std::string_view config_json, std::string_view registry) {
  TRY_LET(const auto config, codec::parse_json(config_json));
  const auto* helpers = config.find("credHelpers");
  if (helpers && helpers->as_object()) {
    for (const auto& [server, name] : *helpers->as_object()) {
      if (host_of(server) == registry && name.as_string()) return RegistryEntry{.helper = *name.as_string()};
    }
  }
  const auto* auths = config.find("auths");
  if (auths && auths->as_object()) {
    for (const auto& [server, entry] : *auths->as_object()) {
      if (host_of(server) != registry) continue;
      TRY_LET(auto credentials, decode_entry(entry, server));
      if (!is_empty(credentials)) return RegistryEntry{.credentials = std::move(credentials)};
    }
  }
  const std::string store = text_at(config, "credsStore");
  if (!store.empty()) return RegistryEntry{.helper = store};
  return err(ErrorCode::NotFound, "no credentials for {}", registry);
}

Result<RegistryCredentials> ask_helper(const std::string& helper, std::string_view registry) {
  const std::string program = "docker-credential-" + helper;
  if (helper.find('/') != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "\"{}\" is not the name of a credential helper", printable(helper));
  }
  const std::string server = server_of(registry);
  // The server comes on standard input; "get" is the request.
  const auto ran = sys::run_command({.executable = "/bin/sh",
                                     .argv = {"sh", "-c", R"(printf %s "$1" | "$0" get)", program, server},
                                     .env = own_environment()},
                                    {.timeout = kHelperPatience});
  if (!ran) return err(ran.error().context(program));
  if (!ran->status.ok()) {
    // Of a helper that fails, standard output is the reason.
    const std::string reason(trim(trim(ran->out).empty() ? ran->err : ran->out));
    const bool none = reason.find("credentials not found") != std::string::npos;
    return err(none ? ErrorCode::NotFound : ErrorCode::Unavailable, "{} has no credentials for {}: {}", program, server,
               printable(reason, 500));
  }
  const auto answer = codec::parse_json(ran->out);
  if (!answer) return err(ErrorCode::Internal, "{} did not answer with JSON", program);
  const std::string user = text_at(*answer, "Username"), secret = text_at(*answer, "Secret");
  if (user == "<token>") return RegistryCredentials{.auth = {.server_address = server}, .identity_token = secret};
  return RegistryCredentials{.auth = {.username = user, .password = secret, .server_address = server}};
}

Result<RegistryCredentials> node_credentials(const DockerOptions& options, std::string_view registry) {
  if (!options.auth_config.empty()) {
    const auto text = sys::read_file(options.auth_config);
    auto entry = text ? find_auth(*text, registry) : Result<RegistryEntry>(err(text.error()));
    if (entry && entry->helper.empty()) return std::move(entry->credentials);
    if (entry) return ask_helper(entry->helper, registry);
    if (entry.error().code() != ErrorCode::NotFound || !text) {
      return err(ErrorCode::InvalidArgument, "docker plugin option auth.config: {}", entry.error().message());
    }
  }
  if (!options.auth_helper.empty()) return ask_helper(options.auth_helper, registry);
  return err(ErrorCode::NotFound, "no credentials for {}", registry);
}

std::string encode_auth(const RegistryCredentials& credentials, const ImageRef& ref) {
  const auto& auth = credentials.auth;
  codec::Value value = codec::Value::Object{
      {"serveraddress", auth.server_address.empty() ? server_of(ref.registry) : auth.server_address}};
  if (credentials.identity_token.empty()) {
    value.set("username", auth.username);
    value.set("password", auth.password);
    value.set("email", auth.email);
  } else {
    value.set("identitytoken", credentials.identity_token);
  }
  std::string encoded = base64_encode(codec::dump(value));
  std::ranges::replace(encoded, '+', '-');
  std::ranges::replace(encoded, '/', '_');
  return encoded;
}

}  // namespace drover::drivers
