#pragma once

#include "api/context.h"
#include "api/routes.h"

#include <string>

// Nosana's WebSockets (docs/nosana.md#websockets): what a job's operations say and are at. A client opens "/", or the
// path itself, and sends {"path", "header", "body": {"jobAddress", "group", "opId", "type"}}; a further message takes
// the place of the one before. The header is not looked at: who may open it may read.
//
//   /flog    {"path": "flog", "data": "<TaskLog>"}, a line of output or an event each
//   /log     {"path": "log", "data": "<NodeLogEntry>"}, the same as Nosana's command line reads it
//   /status  {"path": "state", "data": "<{status, state, timestamp, index}>"}, at once and when it has changed
//
// A client that does not take what is sent costs Outbox::kMaxBytes.
namespace drover::api {

net::Task<void> converse_about_flow(net::ByteChannel& channel, std::string path, std::string ns, Context& context);

// GET / of those who ask for no WebSocket: the node's id as JSON, a sign of life.
Result<Answer> get_node_address(const Request& request, Context& context);

}  // namespace drover::api
