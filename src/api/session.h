#pragma once

#include "net/http.h"
#include "server/frontend.h"

#include <cstdint>
#include <memory>

// A command in a task over a WebSocket: each message of the client is a piece of the call's input, each line of the
// node's answer a message to the client.
namespace drover::api {

enum class Handshake : uint8_t {
  None,
  First,  // the client's first message is about itself ("ws_handshake"): a version and a token
};

// The answer 101 to a request for a WebSocket. InvalidArgument if the request is no proper one.
Result<net::HttpResponse> open_session(const net::HttpRequest& request, std::shared_ptr<server::CallStream> call,
                                       Handshake handshake);

// Whether a browser's page may open it: pages of other origins may not, as they may not write.
Status check_session(const net::HttpRequest& request, const std::vector<std::string>& allowed_origins);

}  // namespace drover::api
