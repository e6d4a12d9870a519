#pragma once

#include "net/http.h"
#include "net/task.h"

#include <string>
#include <vector>

namespace drover::api {

// Passes a request on to the first of `servers` ("http://10.0.0.1:4646") that answers, and its answer back as it
// arrives: for agents without a server.
net::Task<net::HttpResponse> proxy(const net::HttpRequest& request, std::vector<std::string> servers);

// The same for a request to upgrade the connection, whose bytes then pass both ways.
net::Task<net::HttpResponse> proxy_upgrade(const net::HttpRequest& request, std::vector<std::string> servers);

}  // namespace drover::api
