#include "net/http_server.h"

#include "base/check.h"
#include "base/log.h"
#include "base/mutex.h"
#include "net/http_connection.h"
#include "net/loop_state.h"
#include "net/stream.h"
#include "net/tls_stream.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <unordered_map>
#include <unordered_set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace drover::net {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<stream_protocol>;
using boost::system::error_code;
using detail::HttpConnection;

constexpr Duration kLogInterval = std::chrono::seconds(10);

bool is_out_of_resources(const error_code& error) {
  const int code = error.value();
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

// How often deadlines are looked at: a quarter of the shortest.
Duration sweep_interval(const HttpServerOptions& o) {
  const Duration shortest =
      std::min({o.header_timeout, o.body_timeout, o.idle_timeout, o.write_timeout, o.linger_timeout});
  return std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(5), std::chrono::seconds(1));
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  // What belongs to one loop and is touched on its thread only.
  struct Shard {
    Loop* loop = nullptr;
    std::unordered_set<HttpConnection*> connections;
    bool stopped = false;
  };

  // Counts tasks that have not ended, so that stop() can wait for them.
  class Live {
   public:
    explicit Live(std::shared_ptr<State> state);
    ~Live();
    Live(Live&& other) noexcept = default;
    Live& operator=(Live&&) = delete;

   private:
    std::shared_ptr<State> state_;
  };

  // Refused connections get an answer; far above the limit they are dropped.
  enum class Standing { Allowed, Refused, Dropped };

  // A connection's place under the limits.
  struct Place {
    std::shared_ptr<State> state;
    std::string host;
    Standing standing;
    Place(std::shared_ptr<State> s, std::string h)
        : state(std::move(s)), host(std::move(h)), standing(state->enter(host)) {}
    ~Place() { state->leave(host); }
  };

  State(HttpServerOptions o, std::vector<Loop*> l, HttpHandler h);

  Status start_listener(int native_fd, const stream_protocol& protocol, std::string name);
  // `live` is the first parameter, so that it is destroyed last.
  static Task<void> accept_loop(Live live, std::shared_ptr<State> state, std::shared_ptr<Acceptor> acceptor,
                                std::string name);
  static Task<void> sweep(Live live, std::shared_ptr<State> state, Shard* shard);
  static Task<void> run_connection(Live live, std::shared_ptr<State> state, Shard* shard, std::unique_ptr<Place> place,
                                   std::shared_ptr<HttpConnection> connection);

  void admit(Shard& shard, stream_protocol::socket socket);
  static Task<void> admit_tls(Live live, std::shared_ptr<State> state, Shard* shard, stream_protocol::socket socket);
  void start_connection(Shard* shard, std::unique_ptr<Stream> stream, PeerAddress peer);
  Standing enter(const std::string& host);
  void leave(const std::string& host);
  void stop();

  const HttpServerOptions options;
  const HttpHandler handler;
  const HttpConnection::Context context;
  std::vector<Shard> shards;
  std::atomic<size_t> next_shard = 0;
  std::atomic<uint64_t> accepted = 0;
  std::atomic<uint64_t> refused = 0;
  std::atomic<uint64_t> requests = 0;

  mutable Mutex mutex;
  ConditionVariable ended;
  bool stopping BASE_GUARDED_BY(mutex) = false;
  size_t live BASE_GUARDED_BY(mutex) = 0;
  size_t connections BASE_GUARDED_BY(mutex) = 0;
  std::unordered_map<std::string, size_t> per_host BASE_GUARDED_BY(mutex);
  std::vector<Spawned> listeners BASE_GUARDED_BY(mutex);
  std::vector<Spawned> sweepers BASE_GUARDED_BY(mutex);
};

HttpServer::State::Live::Live(std::shared_ptr<State> state) : state_(std::move(state)) {
  MutexLock lock(state_->mutex);
  ++state_->live;
}

HttpServer::State::Live::~Live() {
  if (!state_) return;
  MutexLock lock(state_->mutex);
  if (--state_->live == 0) state_->ended.notify_all();
}

HttpServer::State::State(HttpServerOptions o, std::vector<Loop*> loops, HttpHandler h)
    : options(o),
      handler(std::move(h)),
      context{options, handler, [this] { requests.fetch_add(1, std::memory_order_relaxed); }},
      shards(loops.size()) {
  CHECK(!loops.empty(), "an HTTP server needs a loop");
  for (size_t i = 0; i < loops.size(); ++i) shards[i].loop = loops[i];
}

// ---- Accepting

Status HttpServer::State::start_listener(int native_fd, const stream_protocol& protocol, std::string name) {
  fcntl(native_fd, F_SETFD, FD_CLOEXEC);
  Shard& home = shards.front();
  auto acceptor = std::make_shared<Acceptor>(*home.loop->state().context);
  error_code error;
  acceptor->assign(protocol, native_fd, error);
  if (error) {
    ::close(native_fd);
    return err(ErrorCode::Internal, "listen on {}: {}", name, error_text(error));
  }
  Task<void> task = accept_loop(Live(shared_from_this()), shared_from_this(), acceptor, std::move(name));
  // Not under the lock: a loop that has stopped destroys the task here.
  Spawned spawned = home.loop->spawn("http accept", std::move(task));
  MutexLock lock(mutex);
  if (stopping) spawned.cancel();
  listeners.push_back(std::move(spawned));
  return Ok{};
}

Task<void> HttpServer::State::accept_loop(Live live, std::shared_ptr<State> state, std::shared_ptr<Acceptor> acceptor,
                                          std::string name) {
  auto last_warning = std::chrono::steady_clock::time_point::min();
  while (true) {
    Shard& shard = state->shards[state->next_shard++ % state->shards.size()];
    auto [error, socket] =
        co_await acceptor->async_accept(*shard.loop->state().context, asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
    if (!error) {
      state->admit(shard, std::move(socket));
      continue;
    }
    if (error == asio::error::connection_aborted) continue;
    const auto now = std::chrono::steady_clock::now();
    if (last_warning == std::chrono::steady_clock::time_point::min() || now - last_warning > kLogInterval) {
      last_warning = now;
      log::warn(is_out_of_resources(error) ? "out of file descriptors, not accepting for now" : "accept failed",
                {{"listener", name}, {"error", error_text(error)}});
    }
    co_await sleep_for(state->options.accept_pause);
  }
  error_code ignored;
  acceptor->close(ignored);
}

void HttpServer::State::admit(Shard& shard, stream_protocol::socket socket) {
  accepted.fetch_add(1, std::memory_order_relaxed);
  PeerAddress peer = peer_address(socket);
  if (options.tls && !peer.host.empty()) {
    shard.loop->spawn("tls handshake",
                      admit_tls(Live(shared_from_this()), shared_from_this(), &shard, std::move(socket)));
    return;
  }
  auto stream = make_socket_stream(std::move(socket));
  if (shard.loop->on_thread()) return start_connection(&shard, std::move(stream), std::move(peer));
  // std::function has to be copyable.
  auto holder = std::make_shared<std::unique_ptr<Stream>>(std::move(stream));
  shard.loop->post("http admit", [state = shared_from_this(), target = &shard, holder, peer = std::move(peer)] {
    state->start_connection(target, std::move(*holder), peer);
  });
}

// On the shard's loop, where the socket belongs.
Task<void> HttpServer::State::admit_tls(Live live, std::shared_ptr<State> state, Shard* shard,
                                        stream_protocol::socket socket) {
  PeerAddress peer = peer_address(socket);
  auto stream = co_await accept_tls(std::move(socket), state->options.tls);
  if (stream) state->start_connection(shard, std::move(*stream), std::move(peer));
}

void HttpServer::State::start_connection(Shard* shard, std::unique_ptr<Stream> stream, PeerAddress peer) {
  if (shard->stopped) return;
  auto place = std::make_unique<Place>(shared_from_this(), std::move(peer.host));
  if (place->standing == Standing::Dropped) return;
  if (place->standing == Standing::Refused) refused.fetch_add(1, std::memory_order_relaxed);
  auto connection = std::make_shared<HttpConnection>(context, std::move(stream), std::move(peer.text));
  Task<void> task = run_connection(Live(shared_from_this()), shared_from_this(), shard, std::move(place), connection);
  connection->set_task(shard->loop->spawn("http connection", std::move(task)));
}

Task<void> HttpServer::State::run_connection(Live live, std::shared_ptr<State> state, Shard* shard,
                                             std::unique_ptr<Place> place, std::shared_ptr<HttpConnection> connection) {
  struct Registration {
    Shard* shard;
    HttpConnection* connection;
    Registration(Shard* s, HttpConnection* c) : shard(s), connection(c) { shard->connections.insert(connection); }
    ~Registration() { shard->connections.erase(connection); }
  };
  if (shard->stopped) co_return;
  const Registration registration(shard, connection.get());
  if (place->standing == Standing::Allowed) {
    co_await HttpConnection::serve(connection);
  } else {
    co_await HttpConnection::refuse(connection, 429, "too many connections from " + place->host);
  }
}

HttpServer::State::Standing HttpServer::State::enter(const std::string& host) {
  MutexLock lock(mutex);
  ++connections;
  const size_t of_host = host.empty() ? 0 : ++per_host[host];
  if (connections > options.max_connections + options.max_connections / 10 + 10) return Standing::Dropped;
  if (connections > options.max_connections) return Standing::Refused;
  const size_t limit = options.max_connections_per_address;
  return limit == 0 || of_host <= limit ? Standing::Allowed : Standing::Refused;
}

void HttpServer::State::leave(const std::string& host) {
  MutexLock lock(mutex);
  --connections;
  const auto entry = per_host.find(host);
  if (entry != per_host.end() && --entry->second == 0) per_host.erase(entry);
}

// ---- Timeouts and the end

Task<void> HttpServer::State::sweep(Live live, std::shared_ptr<State> state, Shard* shard) {
  const Duration interval = sweep_interval(state->options);
  while (true) {
    co_await sleep_for(interval);
    const auto now = std::chrono::steady_clock::now();
    for (HttpConnection* connection : shard->connections) connection->check_deadline(now);
  }
}

void HttpServer::State::stop() {
  {
    MutexLock lock(mutex);
    stopping = true;
    for (Spawned& listener : listeners) listener.cancel();
    for (Spawned& sweeper : sweepers) sweeper.cancel();
  }
  for (Shard& shard : shards) {
    CHECK(!shard.loop->on_thread(), "a server cannot wait for its own loop");
    shard.loop->post("http stop", [state = shared_from_this(), target = &shard] {
      target->stopped = true;
      for (HttpConnection* connection : target->connections) connection->abort();
    });
  }
  MutexLock lock(mutex);
  while (live > 0) ended.wait(mutex);
}

// ---- HttpServer

HttpServer::HttpServer(HttpServerOptions options, std::vector<Loop*> loops, HttpHandler handler)
    : state_(std::make_shared<State>(options, std::move(loops), std::move(handler))) {
  for (State::Shard& shard : state_->shards) {
    Task<void> task = State::sweep(State::Live(state_), state_, &shard);
    Spawned sweeper = shard.loop->spawn("http timeouts", std::move(task));
    MutexLock lock(state_->mutex);
    state_->sweepers.push_back(std::move(sweeper));
  }
}

HttpServer::~HttpServer() {
  stop();
}

Result<uint16_t> HttpServer::listen(const std::string& address, uint16_t port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return err(ErrorCode::InvalidArgument, "\"{}\" is not an IP address to listen on", address);
  const asio::ip::tcp::endpoint endpoint(parsed, port);
  const std::string host = parsed.is_v6() ? "[" + address + "]" : address;
  asio::ip::tcp::acceptor acceptor(*state_->shards.front().loop->state().context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return err(ErrorCode::Unavailable, "listen on {}:{}: {}", host, port, error_text(error));
  const uint16_t bound = acceptor.local_endpoint(error).port();
  std::string name = host + ":" + std::to_string(bound);
  TRY(state_->start_listener(acceptor.release(error), stream_protocol(endpoint.protocol()), std::move(name)));
  return bound;
}

Status HttpServer::listen_unix(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return err(ErrorCode::InvalidArgument, "socket path \"{}\" is longer than {} bytes", path,
               sizeof(sockaddr_un::sun_path) - 1);
  }
  struct stat info{};
  if (lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
  error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path);
  asio::local::stream_protocol::acceptor acceptor(*state_->shards.front().loop->state().context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error && chmod(path.c_str(), 0600) != 0) error.assign(errno, boost::system::system_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return err(ErrorCode::Unavailable, "listen on unix://{}: {}", path, error_text(error));
  return state_->start_listener(acceptor.release(error), stream_protocol(endpoint.protocol()), "unix://" + path);
}

void HttpServer::stop() {
  state_->stop();
}

HttpServerStats HttpServer::stats() const {
  MutexLock lock(state_->mutex);
  return {state_->connections, state_->accepted, state_->refused, state_->requests};
}

}  // namespace drover::net
