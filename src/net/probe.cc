#include "net/probe.h"

#include "net/stream.h"

namespace drover::net {

Task<Status> tcp_probe(std::string host, uint16_t port, Duration timeout) {
  std::string what = "connecting to " + host + ":" + std::to_string(port);
  const auto stream = co_await with_timeout(timeout, std::move(what), connect_tcp(host, port));
  if (!stream) co_return err(stream.error());
  co_return Ok{};
}

}  // namespace drover::net
