#pragma once

#include "net/http_client.h"

#include <string>

namespace drover::client {

// One request of an http check.
struct CheckRequest {
  net::HttpUrl server;  // without a path
  net::HttpClientRequest request;
};

// "http://10.0.0.1:8080"
std::string to_text(const net::HttpUrl& server);

// What is asked next, as browsers do it. Only of the same host, under its address or its name in the header "Host":
// what a task answers leads its node nowhere else. PermissionDenied says where it would have led.
Result<CheckRequest> follow_redirection(const CheckRequest& last, int status, std::string_view location);

}  // namespace drover::client
