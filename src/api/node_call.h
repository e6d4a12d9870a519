#pragma once

#include "api/context.h"

#include <cstddef>
#include <memory>
#include <string>

// What the API asks of nodes: of this agent's own directly, of others through the server.
namespace drover::api {

// As Frontend::call_node. REQUIRES a frontend, or this agent's own node.
net::Task<Result<std::unique_ptr<server::CallStream>>> call_node(Context& context, model::NodeId node,
                                                                 rpc::CallRequest request);

// The whole answer; ResourceExhausted beyond `limit` bytes, DeadlineExceeded where it takes too long.
net::Task<Result<std::string>> ask_node(Context& context, model::NodeId node, rpc::CallRequest request, size_t limit);

}  // namespace drover::api
