#include "api/api.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "api/context.h"
#include "api/courier.h"
#include "api/errors.h"
#include "api/node_call.h"
#include "api/origin.h"
#include "api/proxy.h"
#include "api/request.h"
#include "api/routes.h"
#include "api/session.h"
#include "base/strings.h"
#include "net/websocket.h"

namespace drover::api {

using net::HttpRequest;
using net::HttpResponse;
using net::Task;

namespace {

std::vector<std::string> servers_of(const ApiOptions& options) {
  return options.server_http_addresses ? options.server_http_addresses() : std::vector<std::string>();
}

constexpr Duration kNodeAnswerLimit = std::chrono::seconds(30);
constexpr Duration kLeaderCheckInterval = std::chrono::milliseconds(100);

// What a node answers, as a body.
class CallBody final : public net::BodyStream {
 public:
  explicit CallBody(std::unique_ptr<server::CallStream> stream) : stream_(std::move(stream)) {}

  Task<Result<std::optional<std::string>>> next() override { return stream_->next(); }

 private:
  std::unique_ptr<server::CallStream> stream_;
};

// Never a type that a browser would run: a task decides what its files hold.
std::string safe_content_type(const std::string& type) {
  return type.starts_with("application/json") || type.starts_with("application/octet-stream")
             ? type
             : "text/plain; charset=utf-8";
}

HttpResponse call_response(std::unique_ptr<server::CallStream> stream) {
  HttpResponse response;
  response.headers.add("Content-Type", safe_content_type(stream->content_type()));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.stream = std::make_unique<CallBody>(std::move(stream));
  return response;
}

Layout layout_of(const Request& request) {
  return request.pretty ? Layout::Pretty : Layout::Compact;
}

// The index that the answer of a route has.
uint64_t index_for(const Route& route, const Request& request, const state::Snapshot& snapshot) {
  const auto own = route.object_index ? route.object_index(request, snapshot) : std::nullopt;
  return own.value_or(snapshot.table_index(route.tables));
}

}  // namespace

struct Api::State {
  Context context;
  std::optional<Courier> courier;
  // A cached answer: server::Frontend::info() is more than a request should cost.
  std::atomic<bool> leader_known{true};
  std::atomic<int64_t> leader_checked{INT64_MIN};

  server::Frontend& frontend() { return *context.frontend(); }

  Task<HttpResponse> answer(const HttpRequest& http);
  Task<HttpResponse> dispatch(const Route& route, Request request);
  Task<HttpResponse> read(const Route& route, ReadHandler handler, Request request);
  Task<HttpResponse> write(WriteHandler handler, Request request);
  Task<HttpResponse> query(QueryHandler handler, Request request);
  Task<HttpResponse> run(const Route& route, TaskHandler handler, Request request);
  Task<HttpResponse> stream(StreamHandler handler, Request request);
  Task<HttpResponse> call(CallHandler handler, Request request);
  Task<HttpResponse> session(SessionHandler handler, Request request);
  Task<HttpResponse> converse(SocketHandler handler, Request request);
  Task<Result<std::unique_ptr<server::CallStream>>> call_local(const Request& request, rpc::CallRequest call);
  Task<Result<std::unique_ptr<server::CallStream>>> call_any(const Request& request, rpc::CallRequest call);

  Task<void> wait_for_index(const Route& route, const Request& request, SnapshotPtr& snapshot);

  Result<model::NodeId> node_to_call(const Request& request, const rpc::CallRequest& call);
  void add_index(HttpResponse& response, uint64_t index);
  bool knows_leader();
};

Api::Api(ApiOptions options, server::Frontend* frontend, LocalAgent& local, const Clock& clock, Random& random)
    : state_(new State{.context = Context(std::move(options), frontend, local, clock, random)}) {}

Api::~Api() = default;

void Api::start_courier(net::Loop& loop, CourierOptions options) {
  state_->courier.emplace(state_->context, loop, std::move(options)).start();
}

Task<HttpResponse> Api::handle(HttpRequest request) {
  auto response = co_await state_->answer(request);
  co_return response;
}

Task<HttpResponse> Api::State::answer(const HttpRequest& http) {
  if (const auto allowed = check_origin(http, context.options().allowed_origins); !allowed) {
    co_return error_response(allowed.error());
  }
  const auto match = match_route(http.raw_path);
  if (!match) co_return net::text_response(404, "no such path: " + printable(http.path));
  const Route* route = match->find(http.method);
  // HEAD on a stream would start it for nothing.
  const bool endless =
      route &&
      (std::holds_alternative<CallHandler>(route->handler) || std::holds_alternative<SessionHandler>(route->handler) ||
       std::holds_alternative<SocketHandler>(route->handler) || std::holds_alternative<StreamHandler>(route->handler));
  if (endless && http.method == "HEAD") route = nullptr;
  if (!route) {
    HttpResponse response =
        http.method == "OPTIONS" ? net::text_response(200, "") : net::text_response(405, "Invalid method");
    response.headers.add("Allow", match->allowed());
    co_return response;
  }
  auto request = read_request(http, match->id);
  if (!request) co_return error_response(request.error());
  request->more = match->more;
  if (!request->region.empty() && request->region != context.options().region) {
    co_return net::text_response(500, "No path to region");
  }
  auto response = co_await dispatch(*route, std::move(*request));
  co_return response;
}

Task<HttpResponse> Api::State::dispatch(const Route& route, Request request) {
  if (!context.frontend() && route.scope == Scope::Cluster) return proxy(request.http, servers_of(context.options()));
  if (const auto* handler = std::get_if<ReadHandler>(&route.handler)) return read(route, *handler, std::move(request));
  if (const auto* handler = std::get_if<WriteHandler>(&route.handler)) return write(*handler, std::move(request));
  if (const auto* handler = std::get_if<CallHandler>(&route.handler)) return call(*handler, std::move(request));
  if (const auto* handler = std::get_if<SessionHandler>(&route.handler)) return session(*handler, std::move(request));
  if (const auto* handler = std::get_if<SocketHandler>(&route.handler)) return converse(*handler, std::move(request));
  if (const auto* handler = std::get_if<TaskHandler>(&route.handler)) return run(route, *handler, std::move(request));
  if (const auto* handler = std::get_if<StreamHandler>(&route.handler)) return stream(*handler, std::move(request));
  return query(std::get<QueryHandler>(route.handler), std::move(request));
}

Task<HttpResponse> Api::State::read(const Route& route, ReadHandler handler, Request request) {
  SnapshotPtr snapshot = frontend().snapshot();
  if (request.min_index > 0 && index_for(route, request, *snapshot) <= request.min_index) {
    // What is wrong with the request will not get better by waiting.
    const auto probe = handler(request, snapshot);
    if (probe || probe.error().code() != ErrorCode::InvalidArgument) co_await wait_for_index(route, request, snapshot);
  }
  auto answer = handler(request, snapshot);
  HttpResponse response = answer ? to_response(std::move(*answer), layout_of(request), context.options().rows_per_chunk)
                                 : error_response(answer.error());
  add_index(response, index_for(route, request, *snapshot));
  co_return response;
}

// Until the answer's index is above the one that the client has seen, or its time is over.
Task<void> Api::State::wait_for_index(const Route& route, const Request& request, SnapshotPtr& snapshot) {
  const ApiOptions& options = context.options();
  const Duration asked = request.wait == Duration::zero() ? options.default_wait : request.wait;
  const Duration wait = std::min(asked, options.max_wait);
  // So that clients that asked together do not come back together.
  const MonoTime deadline = context.mono() + wait + context.random_below(wait / 16);
  while (index_for(route, request, *snapshot) <= request.min_index) {
    const Duration left = deadline - context.mono();
    if (left <= Duration::zero()) break;
    const uint64_t seen = std::max(request.min_index, snapshot->table_index(route.tables));
    snapshot.reset();
    co_await frontend().wait_for_change(route.tables, seen, left);
    snapshot = frontend().snapshot();
  }
}

Task<HttpResponse> Api::State::write(WriteHandler handler, Request request) {
  auto write = handler(request, context, *frontend().snapshot());
  if (!write) co_return error_response(write.error());
  const auto reply = co_await frontend().submit(std::move(write->command));
  if (!reply) co_return error_response(reply.error());
  HttpResponse response = to_response({.body = write->reply(*reply)}, layout_of(request), 1);
  add_index(response, reply->index);
  co_return response;
}

Task<HttpResponse> Api::State::query(QueryHandler handler, Request request) {
  auto answer = handler(request, context);
  if (!answer) co_return error_response(answer.error());
  co_return to_response(std::move(*answer), layout_of(request), context.options().rows_per_chunk);
}

Task<HttpResponse> Api::State::run(const Route& route, TaskHandler handler, Request request) {
  const Layout layout = layout_of(request);
  SnapshotPtr snapshot = frontend().snapshot();
  if (request.min_index > 0) co_await wait_for_index(route, request, snapshot);
  const uint64_t index = index_for(route, request, *snapshot);
  snapshot.reset();
  auto answer = co_await handler(std::move(request), context);
  HttpResponse response = answer ? to_response(std::move(*answer), layout, context.options().rows_per_chunk)
                                 : error_response(answer.error());
  if (!route.tables.empty()) add_index(response, index);
  co_return response;
}

Task<HttpResponse> Api::State::stream(StreamHandler handler, Request request) {
  auto body = handler(request, context);
  if (!body) co_return error_response(body.error());
  HttpResponse response;
  // Nosana's are events; /v1/event/stream is a line an event.
  const bool events = !request.http.raw_path.starts_with("/v1/");
  response.headers.add("Content-Type", events ? "text/event-stream" : "application/json");
  response.stream = std::move(*body);
  add_index(response, frontend().snapshot()->index());
  co_return response;
}

Task<HttpResponse> Api::State::call(CallHandler handler, Request request) {
  auto asked = handler(request);
  if (!asked) co_return error_response(asked.error());
  auto stream = co_await net::with_timeout(kNodeAnswerLimit, "the node's answer", call_any(request, std::move(*asked)));
  if (stream) co_return call_response(std::move(*stream));
  // An agent without a server knows its own allocations only.
  if (!context.frontend() && stream.error().code() == ErrorCode::NotFound) {
    auto response = co_await proxy(request.http, servers_of(context.options()));
    co_return response;
  }
  co_return error_response(stream.error());
}

Task<HttpResponse> Api::State::session(SessionHandler handler, Request request) {
  if (const auto proper = check_session(request.http, context.options().allowed_origins); !proper) {
    co_return error_response(proper.error());
  }
  auto asked = handler.call(request);
  if (!asked) co_return error_response(asked.error());
  const auto introduces = bool_param(request, "ws_handshake");
  if (!introduces) co_return error_response(introduces.error());
  auto stream = co_await net::with_timeout(kNodeAnswerLimit, "the node's answer", call_any(request, std::move(*asked)));
  if (!stream && !context.frontend() && stream.error().code() == ErrorCode::NotFound) {
    auto response = co_await proxy_upgrade(request.http, servers_of(context.options()));
    co_return response;
  }
  if (!stream) co_return error_response(stream.error());
  auto response = open_session(request.http, std::move(*stream), *introduces ? Handshake::First : Handshake::None);
  co_return response ? std::move(*response) : error_response(response.error());
}

Task<HttpResponse> Api::State::converse(SocketHandler handler, Request request) {
  if (handler.plain && !net::wants_websocket(request.http)) {
    auto answer = co_await query(handler.plain, std::move(request));
    co_return answer;
  }
  if (const auto proper = check_session(request.http, context.options().allowed_origins); !proper) {
    co_return error_response(proper.error());
  }
  if (!context.frontend()) {
    auto answer = co_await proxy_upgrade(request.http, servers_of(context.options()));
    co_return answer;
  }
  const auto talk = [this, handler, path = request.http.path, ns = request.object_namespace()](
                        net::ByteChannel& channel) { return handler.talk(channel, path, ns, context); };
  auto response = net::accept_websocket(request.http, talk);
  co_return response ? std::move(*response) : error_response(response.error());
}

Task<Result<std::unique_ptr<server::CallStream>>> Api::State::call_any(const Request& request, rpc::CallRequest call) {
  if (!context.frontend()) {
    auto stream = co_await call_local(request, std::move(call));
    co_return stream;
  }
  CO_TRY_LET(const model::NodeId node, node_to_call(request, call));
  auto stream = co_await call_node(context, node, std::move(call));
  co_return stream;
}

Task<Result<std::unique_ptr<server::CallStream>>> Api::State::call_local(const Request& request,
                                                                         rpc::CallRequest call) {
  const auto node = context.local().node_id();
  const std::string_view asked = call.alloc_id.empty() ? request.param("node_id") : std::string_view();
  if (!node || (!asked.empty() && model::NodeId::parse(asked) != node)) {
    co_return err(ErrorCode::NotFound, "node not found");
  }
  auto stream = co_await context.local().call_local(std::move(call));
  co_return stream;
}

Result<model::NodeId> Api::State::node_to_call(const Request& request, const rpc::CallRequest& call) {
  const SnapshotPtr snapshot = frontend().snapshot();
  if (!call.alloc_id.empty()) {
    const auto alloc = snapshot->alloc(call.alloc_id);
    if (!alloc) return err(ErrorCode::NotFound, "alloc not found");
    return alloc->node_id;
  }
  const std::string_view asked = request.param("node_id");
  if (asked.empty()) {
    if (const auto own = context.local().node_id()) return *own;
    return err(ErrorCode::InvalidArgument, "node_id must be given: this agent runs no client");
  }
  const auto node = model::NodeId::parse(asked);
  if (!node) return err(ErrorCode::InvalidArgument, "\"{}\" is not the full id of a node", printable(asked));
  if (!snapshot->node(*node)) return err(ErrorCode::NotFound, "node not found");
  return *node;
}

void Api::State::add_index(HttpResponse& response, uint64_t index) {
  response.headers.set("X-Nomad-Index", std::to_string(std::max<uint64_t>(index, 1)));
  response.headers.set("X-Nomad-KnownLeader", knows_leader() ? "true" : "false");
  response.headers.set("X-Nomad-LastContact", "0");
}

bool Api::State::knows_leader() {
  const int64_t now = context.mono().nanos;
  const int64_t checked = leader_checked.load(std::memory_order_relaxed);
  if (checked == INT64_MIN || now - checked >= kLeaderCheckInterval.count()) {
    leader_checked.store(now, std::memory_order_relaxed);
    leader_known.store(!frontend().info().leader_rpc_address.empty(), std::memory_order_relaxed);
  }
  return leader_known.load(std::memory_order_relaxed);
}

}  // namespace drover::api
