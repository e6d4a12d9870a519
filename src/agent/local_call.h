#pragma once

#include "client/client.h"
#include "net/loop.h"
#include "rpc/messages.h"
#include "server/frontend.h"

#include <memory>

namespace drover::agent {

// Calls the client of this very process, as call_node() calls others: the client answers on its loop, the stream is
// read on the API's. What a slow reader has not taken is bounded by rpc::kCallWindow.
net::Task<Result<std::unique_ptr<server::CallStream>>> call_client(net::Loop& client_loop, client::Client& client,
                                                                   rpc::CallRequest request);

}  // namespace drover::agent
