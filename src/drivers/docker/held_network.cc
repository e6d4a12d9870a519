#include "drivers/docker/held_network.h"

#include "codec/tar.h"
#include "drivers/docker/container_spec.h"
#include "sys/pause_image.h"

namespace drover::drivers {
namespace {

using codec::Value;

constexpr const char* kImage = "drover/pause:1";
constexpr const char* kImport = "/images/create?fromSrc=-&repo=drover%2Fpause%3A1";
constexpr const char* kProgram = "pause";
constexpr int64_t kMemoryBytes = 16 << 20;
constexpr auto kTimeout = std::chrono::minutes(1);

std::string name_of(const std::string& alloc_id) {
  return "drover_init_" + alloc_id;
}

Value spec_of(const std::string& owner, const std::string& alloc_id, const std::string& hostname) {
  Value labels = Value::Object{{kAllocLabel, alloc_id}};
  if (!owner.empty()) labels.set(kOwnerLabel, owner);
  Value body = Value::Object{{"Image", kImage},
                             {"Entrypoint", Value::Array{std::string("/") + kProgram}},
                             {"Labels", std::move(labels)},
                             {"HostConfig", Value::Object{{"NetworkMode", "none"},
                                                          {"ReadonlyRootfs", true},
                                                          {"CapDrop", Value::Array{"ALL"}},
                                                          {"SecurityOpt", Value::Array{"no-new-privileges"}},
                                                          {"Memory", kMemoryBytes}}}};
  if (!hostname.empty()) body.set("Hostname", hostname);
  return body;
}

// An image is the archive of its file system.
std::string image_archive() {
  const std::string_view program = sys::pause_image();
  return codec::tar_header({.name = kProgram, .size = program.size(), .mode = 0755}) + std::string(program) +
         codec::tar_padding(program.size()) + codec::tar_end();
}

// The answer is a stream of progress; errors are in it.
net::Task<Status> import_image(std::shared_ptr<const DockerApi> api) {
  net::HttpClientRequest request{.method = "POST", .target = kImport, .body = image_archive()};
  request.headers.set("Content-Type", "application/x-tar");
  auto opened = co_await api->open(std::move(request), {.response = kTimeout, .idle = kTimeout});
  CO_TRY_LET(auto stream, std::move(opened));
  const auto answer = co_await stream.read_all(1 << 20);
  if (!answer) co_return err(answer.error());
  if (answer->find("\"error\"") == std::string::npos) co_return Ok{};
  co_return err(ErrorCode::Unavailable, "importing the image {}: {}", kImage, *answer);
}

net::Task<Result<std::string>> create(std::shared_ptr<const DockerApi> api, std::string alloc_id, Value spec) {
  const std::string target = "/containers/create?name=" + name_of(alloc_id);
  auto created = co_await api->post(target, spec, kTimeout);
  if (!created && created.error().code() == ErrorCode::NotFound) {
    CO_TRY(co_await import_image(api));
    created = co_await api->post(target, std::move(spec), kTimeout);
  }
  if (!created) co_return err(created.error().context("creating the container that holds the network"));
  co_return text_at(*created, "Id");
}

Result<HeldNetwork> held_by(const Value& inspected) {
  const int64_t pid = int_at(inspected, "State.Pid");
  if (!bool_at(inspected, "State.Running") || pid <= 0) {
    return err(ErrorCode::Unavailable, "the container that holds the network does not run");
  }
  return HeldNetwork{.container = text_at(inspected, "Id"), .netns = fmt::format("/proc/{}/ns/net", pid)};
}

}  // namespace

net::Task<Result<HeldNetwork>> hold_network(std::shared_ptr<const DockerApi> api, std::string owner,
                                            std::string alloc_id, std::string hostname) {
  const auto existing = co_await api->inspect(name_of(alloc_id));
  if (existing && bool_at(*existing, "State.Running")) co_return held_by(*existing);
  if (existing) CO_TRY(co_await api->remove_container(text_at(*existing, "Id")));
  auto created = co_await create(api, alloc_id, spec_of(owner, alloc_id, hostname));
  CO_TRY_LET(const std::string id, std::move(created));
  const auto started = co_await api->post("/containers/" + id + "/start", {}, kTimeout);
  Result<HeldNetwork> held = err(ErrorCode::Unavailable, "the container that holds the network cannot be started");
  if (started) {
    const auto inspected = co_await api->inspect(id);
    held = inspected ? held_by(*inspected) : Result<HeldNetwork>(err(inspected.error()));
  } else {
    held = err(started.error());
  }
  if (!held) std::ignore = co_await api->remove_container(id);
  co_return held;
}

net::Task<Status> release_network(std::shared_ptr<const DockerApi> api, std::string alloc_id) {
  co_return co_await api->remove_container(name_of(alloc_id));
}

}  // namespace drover::drivers
