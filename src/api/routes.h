#pragma once

#include "api/answer.h"
#include "api/context.h"
#include "api/request.h"
#include "rpc/messages.h"
#include "state/command.h"
#include "state/tables.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The routes as data. A row says which function answers and what the framework (api.cc) needs to know: methods, the
// tables that a blocking query waits for, who may ask.
namespace drover::api {

// What a caller has to be allowed to. Recorded for every route; enforced once there are ACLs.
enum class Capability : uint8_t {
  None,
  ListJobs,
  ReadJob,
  SubmitJob,
  ReadFs,
  ReadLogs,
  NodeRead,
  NodeWrite,
  AgentRead,
  AllocLifecycle,
  AllocExec,
  DispatchJob,
  ScaleJob,
  ReadScaling,
  OperatorRead,
  OperatorWrite,
  Management,
};

enum class Method : uint8_t { Get, Put, Delete };  // Put is POST as well, Get is HEAD as well

// A change to submit, and the body of the answer once it is applied.
struct Write {
  state::Command command;
  std::function<std::string(const state::Reply&)> reply;
};

// Shows something of a snapshot. Pure.
using ReadHandler = Result<Answer> (*)(const Request&, const SnapshotPtr&);
// Checks what is asked for and makes a command of it.
using WriteHandler = Result<Write> (*)(const Request&, Context&, const state::Snapshot&);
// Answers at once, with whatever it needs of the server. REQUIRES a frontend unless the route is Scope::Agent.
using QueryHandler = Result<Answer> (*)(const Request&, Context&);
// Answers when it is done. REQUIRES a frontend.
using TaskHandler = net::Task<Result<Answer>> (*)(Request, Context&);
// Answers without an end: newline-delimited JSON. REQUIRES a frontend.
using StreamHandler = Result<std::unique_ptr<net::BodyStream>> (*)(const Request&, Context&);
// Something that the node of an allocation answers, or (without alloc_id) a node.
using CallHandler = Result<rpc::CallRequest> (*)(const Request&);

// The same over a WebSocket, with input.
struct SessionHandler {
  CallHandler call;
};

// A conversation over a WebSocket, until it returns. REQUIRES a frontend.
using Conversation = net::Task<void> (*)(net::ByteChannel& channel, std::string path, std::string ns, Context&);
struct SocketHandler {
  Conversation talk;
  QueryHandler plain = nullptr;  // answers those who ask for no WebSocket, on every agent
};

using Handler = std::variant<ReadHandler, WriteHandler, QueryHandler, TaskHandler, StreamHandler, CallHandler,
                             SessionHandler, SocketHandler>;

// The index of the one object that a route shows, if it exists: a blocking query on it does not wake for others.
using ObjectIndex = std::optional<uint64_t> (*)(const Request&, const state::Snapshot&);

enum class Scope : uint8_t {
  Cluster,  // an agent without a server asks a server
  Agent,    // every agent answers for itself
};

struct Route {
  Method method;
  // A `*` stands for any text, a `:` for any text without a slash. The first pattern of the table that matches is the
  // path's; rows of one pattern stand together.
  std::string_view pattern;
  Handler handler;
  Capability capability = Capability::None;
  state::TableSet tables = {};  // not empty: blocking queries work
  ObjectIndex object_index = nullptr;
  Scope scope = Scope::Cluster;
};

std::span<const Route> routes();

// The rows for a path, one a method, and the parts of it that the pattern leaves open, decoded.
struct RouteMatch {
  std::span<const Route> rows;
  std::string id;                 // the first part, "" if there is none
  std::vector<std::string> more;  // the others

  const Route* find(std::string_view http_method) const;
  // For an Allow header: "GET, HEAD, PUT, POST, OPTIONS".
  std::string allowed() const;
};

// Nothing if no pattern matches. `raw_path` is not decoded: "%2F" belongs to an id, "/" may do.
std::optional<RouteMatch> match_route(std::string_view raw_path);

}  // namespace drover::api
