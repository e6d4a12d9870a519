#include "drivers/docker/held_network.h"

#include "drivers/docker/container_spec.h"
#include "sys/pause_image.h"

#include <cstdio>
#include <cstring>

namespace drover::drivers {
namespace {

using codec::Value;

constexpr const char* kImage = "drover/pause:1";
constexpr const char* kImport = "/images/create?fromSrc=-&repo=drover%2Fpause&tag=1";
constexpr const char* kProgram = "pause";
constexpr int64_t kMemoryBytes = 16 << 20;
constexpr auto kTimeout = std::chrono::minutes(1);

std::string name_of(const std::string& alloc_id) {
  return "drover_init_" + alloc_id;
}

Value spec_of(const std::string& alloc_id, const std::string& hostname) {
  Value body = Value::Object{{"Image", kImage},
                             {"Entrypoint", Value::Array{std::string("/") + kProgram}},
                             {"Labels", Value::Object{{kAllocLabel, alloc_id}}},
                             {"HostConfig", Value::Object{{"NetworkMode", "none"},
                                                          {"ReadonlyRootfs", true},
                                                          {"CapDrop", Value::Array{"ALL"}},
                                                          {"SecurityOpt", Value::Array{"no-new-privileges"}},
                                                          {"Memory", kMemoryBytes}}}};
  if (!hostname.empty()) body.set("Hostname", hostname);
  return body;
}

// The answer is a stream of progress; errors are in it.
net::Task<Status> import_image(std::shared_ptr<const DockerApi> api) {
  net::HttpClientRequest request{
      .method = "POST", .target = kImport, .body = tar_of_program(kProgram, sys::pause_image())};
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

std::string tar_of_program(const std::string& name, std::string_view bytes) {
  constexpr size_t kBlock = 512;
  struct Header {  // ustar
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2];
    char rest[247];
  };
  static_assert(sizeof(Header) == kBlock);
  Header header = {};
  std::snprintf(header.name, sizeof header.name, "%s", name.c_str());
  std::memcpy(header.mode, "0000755", 8);
  std::memcpy(header.uid, "0000000", 8);
  std::memcpy(header.gid, "0000000", 8);
  std::snprintf(header.size, sizeof header.size, "%011zo", bytes.size());
  std::memcpy(header.mtime, "00000000000", 12);
  std::memset(header.checksum, ' ', sizeof header.checksum);
  header.type = '0';
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; i++) sum += reinterpret_cast<const unsigned char*>(&header)[i];
  std::snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
  std::string out(reinterpret_cast<const char*>(&header), kBlock);
  out += bytes;
  out.resize((out.size() + kBlock - 1) / kBlock * kBlock + 2 * kBlock);
  return out;
}

net::Task<Result<HeldNetwork>> hold_network(std::shared_ptr<const DockerApi> api, std::string alloc_id,
                                            std::string hostname) {
  const auto existing = co_await api->inspect(name_of(alloc_id));
  if (existing && bool_at(*existing, "State.Running")) co_return held_by(*existing);
  if (existing) CO_TRY(co_await api->remove_container(text_at(*existing, "Id")));
  auto created = co_await create(api, alloc_id, spec_of(alloc_id, hostname));
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
