#pragma once

#include "net/task.h"

#include <cstdint>
#include <string>

namespace drover::net {

// Ok once a TCP connection to host:port is established (and closed again) within `timeout`.
Task<Status> tcp_probe(std::string host, uint16_t port, Duration timeout);

}  // namespace drover::net
