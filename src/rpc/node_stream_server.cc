#include "rpc/node_stream_server.h"

#include "base/check.h"
#include "base/mutex.h"
#include "net/address.h"
#include "rpc/grpc_support.h"
#include "rpc/message_stream.h"

#include <atomic>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <node.grpc.pb.h>

namespace drover::rpc {
namespace {

class ServerStream;

// The streams that have not ended.
class Streams {
 public:
  // False once stopping.
  bool add(const std::shared_ptr<ServerStream>& stream);
  void remove(uint64_t id);
  size_t count() const;

  // Refuses further streams; those that there are.
  std::vector<std::shared_ptr<ServerStream>> stop();
  void wait_until_empty();

 private:
  mutable Mutex mutex_;
  ConditionVariable removed_;
  bool stopping_ BASE_GUARDED_BY(mutex_) = false;
  std::unordered_map<uint64_t, std::shared_ptr<ServerStream>> streams_ BASE_GUARDED_BY(mutex_);
};

uint64_t next_stream_id() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

grpc::Status status_of(const std::optional<StreamEnd>& end) {
  if (!end) return grpc::Status::OK;
  const auto code = end->kind == EndKind::Malformed ? grpc::StatusCode::INVALID_ARGUMENT
                    : end->kind == EndKind::TooSlow ? grpc::StatusCode::RESOURCE_EXHAUSTED
                                                    : grpc::StatusCode::UNAVAILABLE;
  return {code, end->reason};
}

// One node's stream. gRPC and `streams` keep it until OnDone.
class ServerStream final : public grpc::ServerBidiReactor<proto::Frame, proto::Frame>,
                           public MessageStream,
                           public NodeStream {
 public:
  ServerStream(grpc::CallbackServerContext* context, std::shared_ptr<Streams> streams, const StreamLimits& limits,
               Executor executor, NodeStreamHandlerFactory make_handler)
      : MessageStream(StreamRole::Server, limits, std::move(executor)),
        context_(context),
        streams_(std::move(streams)),
        make_handler_(std::move(make_handler)),
        peer_(context->peer()) {}

  void open() {
    self_ = std::static_pointer_cast<ServerStream>(shared_from_this());
    StartSendInitialMetadata();
    on_opened();
  }

  // ---- NodeStream
  uint64_t id() const override { return id_; }
  const std::string& peer() const override { return peer_; }
  bool send(const AnyMessage& message) override { return enqueue(encode_frame(message)); }
  bool send(Frame frame) override { return enqueue(std::move(frame)); }
  void close(std::string reason) override { end(std::move(reason)); }

  // ---- gRPC's reactions
  void OnReadDone(bool ok) override {
    if (!ok) return on_read_ended();
    const std::string body = std::move(*incoming_.mutable_body());
    on_read(incoming_.kind(), body);
  }

  void OnWriteDone(bool ok) override {
    outgoing_ = proto::Frame();  // Gives its memory back.
    on_written(ok);
  }

  void OnDone() override {
    const auto self = std::move(self_);
    cut_timer_.cancel();
    on_done(context_->IsCancelled() ? "the connection was lost" : "the node closed the stream");
    streams_->remove(id_);
  }

 private:
  std::shared_ptr<NodeStream> handle() { return std::static_pointer_cast<ServerStream>(shared_from_this()); }

  // ---- MessageStream
  void start_read() override { StartRead(&incoming_); }

  void start_write(Frame frame) override {
    outgoing_.set_kind(frame.kind);
    outgoing_.set_body(std::move(frame.body));
    StartWrite(&outgoing_);
  }

  void half_close() override { check_failed("half_close", "only nodes half-close", __FILE__, __LINE__); }

  void start_cut_timer(Duration delay) override {
    cut_timer_.start(delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) static_cast<ServerStream*>(self.get())->cut_now();
    });
  }

  void cut() override { context_->TryCancel(); }
  void finish(const std::optional<StreamEnd>& end) override { Finish(status_of(end)); }

  void deliver_open() override {
    handler_ = make_handler_();
    handler_->on_open(handle());
  }

  void deliver_message(AnyMessage message) override { handler_->on_message(handle(), std::move(message)); }

  void deliver_close(const std::string& reason) override {
    handler_->on_close(handle(), reason);
    handler_.reset();
  }

  grpc::CallbackServerContext* const context_;  // Lives until OnDone.
  const std::shared_ptr<Streams> streams_;
  const NodeStreamHandlerFactory make_handler_;
  const uint64_t id_ = next_stream_id();
  const std::string peer_;

  std::shared_ptr<ServerStream> self_;
  proto::Frame incoming_;
  proto::Frame outgoing_;
  GrpcTimer cut_timer_;
  std::unique_ptr<NodeStreamHandler> handler_;  // Executor only.
};

bool Streams::add(const std::shared_ptr<ServerStream>& stream) {
  MutexLock lock(mutex_);
  if (stopping_) return false;
  streams_.emplace(stream->id(), stream);
  return true;
}

void Streams::remove(uint64_t id) {
  {
    MutexLock lock(mutex_);
    streams_.erase(id);
  }
  removed_.notify_all();
}

size_t Streams::count() const {
  MutexLock lock(mutex_);
  return streams_.size();
}

std::vector<std::shared_ptr<ServerStream>> Streams::stop() {
  std::vector<std::shared_ptr<ServerStream>> out;
  MutexLock lock(mutex_);
  stopping_ = true;
  for (const auto& [id, stream] : streams_) out.push_back(stream);
  return out;
}

void Streams::wait_until_empty() {
  MutexLock lock(mutex_);
  while (!streams_.empty()) removed_.wait(mutex_);
}

// Ends a stream that came while the server was stopping.
class RefusingReactor final : public grpc::ServerBidiReactor<proto::Frame, proto::Frame> {
 public:
  RefusingReactor() { Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping")); }
  void OnDone() override { delete this; }
};

}  // namespace

struct NodeStreamServer::Impl final : proto::Node::CallbackService {
  Impl(NodeStreamServerOptions o, Executor e, NodeStreamHandlerFactory f)
      : options(std::move(o)), executor(std::move(e)), make_handler(std::move(f)) {}

  grpc::ServerBidiReactor<proto::Frame, proto::Frame>* Stream(grpc::CallbackServerContext* context) override {
    auto stream = std::make_shared<ServerStream>(context, streams, options.limits, executor, make_handler);
    if (!streams->add(stream)) return new RefusingReactor;
    stream->open();
    return stream.get();
  }

  const NodeStreamServerOptions options;
  const Executor executor;
  const NodeStreamHandlerFactory make_handler;
  const std::shared_ptr<Streams> streams = std::make_shared<Streams>();

  Mutex mutex;
  std::unique_ptr<grpc::Server> server BASE_GUARDED_BY(mutex);
  uint16_t port BASE_GUARDED_BY(mutex) = 0;
};

NodeStreamServer::NodeStreamServer(NodeStreamServerOptions options, Executor executor,
                                   NodeStreamHandlerFactory make_handler)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(executor), std::move(make_handler))) {}

NodeStreamServer::~NodeStreamServer() {
  stop();
}

Status NodeStreamServer::start() {
  init_grpc();
  const NodeStreamServerOptions& options = impl_->options;
  const std::string address = net::host_port(options.bind_address, options.port);
  const int keepalive = to_millis(options.limits.keepalive_time);

  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &bound);
  builder.RegisterService(impl_.get());
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.limits.max_message_bytes));
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, to_millis(options.limits.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, keepalive / 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);

  MutexLock lock(impl_->mutex);
  CHECK(!impl_->server, "a server is started once");
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || bound == 0) {
    impl_->server.reset();
    return err(ErrorCode::Unavailable, "cannot listen on {} for nodes", address);
  }
  impl_->port = static_cast<uint16_t>(bound);
  return Ok{};
}

void NodeStreamServer::stop() {
  MutexLock lock(impl_->mutex);
  if (!impl_->server) return;
  for (const auto& stream : impl_->streams->stop()) stream->close("the server is stopping");
  impl_->server->Shutdown(std::chrono::system_clock::now() +
                          std::chrono::milliseconds(to_millis(impl_->options.limits.close_timeout)));
  impl_->streams->wait_until_empty();
  impl_->server.reset();
}

uint16_t NodeStreamServer::port() const {
  MutexLock lock(impl_->mutex);
  return impl_->port;
}

size_t NodeStreamServer::stream_count() const {
  return impl_->streams->count();
}

}  // namespace drover::rpc
