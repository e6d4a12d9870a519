#pragma once

#include "codec/value.h"
#include "drivers/docker/options.h"
#include "net/http_client.h"
#include "net/task.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace drover::drivers {

// The Docker Engine API. Errors are for people and carry a code: NotFound, Conflict, InvalidArgument as the daemon says
// them, Unavailable with the socket's name when it does not answer.
class DockerApi {
 public:
  // "unix:///path", "tcp://host:port" or "http(s)://…". InvalidArgument says what is wrong with it or the files.
  static Result<std::shared_ptr<const DockerApi>> create(const std::string& endpoint, const DockerTls& tls = {});

  // JSON in and out; an empty answer is null.
  net::Task<Result<codec::Value>> get(std::string target, Duration timeout = std::chrono::seconds(60)) const;
  net::Task<Result<codec::Value>> post(std::string target, codec::Value body = {},
                                       Duration timeout = std::chrono::seconds(60)) const;
  net::Task<Status> remove(std::string target) const;

  // A 2xx answer whose body is read as it comes.
  net::Task<Result<net::HttpStream>> open(net::HttpClientRequest request, net::HttpTimeouts timeouts) const;

  // The raw connection behind POST /exec/<id>/start.
  net::Task<Result<net::DuplexStream>> upgrade(net::HttpClientRequest request) const;

  net::Task<Result<codec::Value>> inspect(std::string container) const;
  // Returns when the container does not run; false if it still does after `timeout`.
  net::Task<Result<bool>> wait(std::string container, Duration timeout) const;
  net::Task<Status> kill(std::string container, std::string signal) const;
  // Kills it if it runs, and removes its anonymous volumes. Nothing there is success.
  net::Task<Status> remove_container(std::string container) const;

 private:
  DockerApi(std::string endpoint, net::HttpClient client);
  Error unreachable(const Error& cause) const;

  const std::string endpoint_;
  const net::HttpClient client_;
};

// Members of the daemon's answers; "", 0, false or null where there is none. `path`: "State.Running".
const codec::Value* find_path(const codec::Value& value, std::string_view path);
std::string text_at(const codec::Value& value, std::string_view path);
int64_t int_at(const codec::Value& value, std::string_view path);
bool bool_at(const codec::Value& value, std::string_view path);

}  // namespace drover::drivers
