#include "rpc/node_stream_client.h"

#include "base/check.h"
#include "base/mutex.h"
#include "rpc/grpc_support.h"
#include "rpc/message_stream.h"

#include <algorithm>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <node.grpc.pb.h>

namespace drover::rpc {
namespace {

// A channel of its own for each attempt, so that gRPC neither shares nor delays connections behind our back.
std::shared_ptr<grpc::Channel> make_channel(const std::string& server, const NodeStreamClientOptions& options) {
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(static_cast<int>(options.limits.max_message_bytes));
  args.SetMaxSendMessageSize(-1);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, to_millis(options.connect_timeout));
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, to_millis(options.limits.keepalive_time));
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, to_millis(options.limits.keepalive_timeout));
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), args);
}

class ClientStream;

// What a stream tells the client. `on_stream_open` and `on_stream_close` come on the executor, `on_stream_done`, in
// between, on a thread of gRPC.
class ClientStreamOwner {
 public:
  virtual ~ClientStreamOwner() = default;
  virtual void on_stream_open(const std::shared_ptr<ClientStream>& stream) = 0;
  virtual void on_stream_close() = 0;
  virtual void on_stream_done(bool useful) = 0;
};

// One attempt to connect, and the stream if it succeeds. gRPC and its owner keep it until OnDone.
class ClientStream final : public grpc::ClientBidiReactor<proto::Frame, proto::Frame>, public MessageStream {
 public:
  ClientStream(std::string server, const NodeStreamClientOptions& options, Executor executor,
               std::shared_ptr<ClientStreamOwner> owner, std::shared_ptr<NodeStreamClientHandler> handler)
      : MessageStream(StreamRole::Node, options.limits, std::move(executor)),
        server_(std::move(server)),
        owner_(std::move(owner)),
        handler_(std::move(handler)),
        channel_(make_channel(server_, options)),
        stub_(proto::Node::NewStub(channel_)) {}

  void start() {
    self_ = std::static_pointer_cast<ClientStream>(shared_from_this());
    stub_->async()->Stream(&context_, this);
    AddHold();  // Until finish(): operations are started from any thread.
    StartCall();
  }

  // ---- gRPC's reactions
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) {
      on_opened();
    } else {
      on_failed_to_open();
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return on_read_ended();
    const std::string body = std::move(*incoming_.mutable_body());
    on_read(incoming_.kind(), body);
  }

  void OnWriteDone(bool ok) override {
    outgoing_ = proto::Frame();  // Gives its memory back.
    on_written(ok);
  }

  void OnDone(const grpc::Status& status) override {
    const auto self = std::move(self_);
    cut_timer_.cancel();
    const std::string why = status.ok() ? "the server closed the stream" : status.error_message();
    on_done(fmt::format("server {}: {}", server_, why));
    owner_->on_stream_done(useful());
  }

 private:
  // ---- MessageStream
  void start_read() override { StartRead(&incoming_); }

  void start_write(Frame frame) override {
    outgoing_.set_kind(frame.kind);
    outgoing_.set_body(std::move(frame.body));
    StartWrite(&outgoing_);
  }

  void half_close() override { StartWritesDone(); }

  void start_cut_timer(Duration delay) override {
    cut_timer_.start(delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) static_cast<ClientStream*>(self.get())->cut_now();
    });
  }

  void cut() override { context_.TryCancel(); }
  void finish(const std::optional<StreamEnd>&) override { RemoveHold(); }

  void deliver_open() override {
    owner_->on_stream_open(std::static_pointer_cast<ClientStream>(shared_from_this()));
    handler_->on_connected(server_);
  }

  void deliver_message(AnyMessage message) override { handler_->on_message(std::move(message)); }

  void deliver_close(const std::string& reason) override {
    owner_->on_stream_close();
    handler_->on_disconnected(reason);
  }

  const std::string server_;
  const std::shared_ptr<ClientStreamOwner> owner_;
  const std::shared_ptr<NodeStreamClientHandler> handler_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<proto::Node::Stub> stub_;

  std::shared_ptr<ClientStream> self_;
  grpc::ClientContext context_;
  proto::Frame incoming_;
  proto::Frame outgoing_;
  GrpcTimer cut_timer_;
};

}  // namespace

struct NodeStreamClient::Impl final : ClientStreamOwner, std::enable_shared_from_this<NodeStreamClient::Impl> {
  Impl(NodeStreamClientOptions o, std::unique_ptr<Random> r, Executor e, std::shared_ptr<NodeStreamClientHandler> h)
      : options(std::move(o)),
        executor(std::move(e)),
        random(std::move(r)),
        handler(std::move(h)),
        servers(options.servers) {}

  void connect();
  Duration backoff() __attribute__((requires_capability(mutex)));

  void on_stream_open(const std::shared_ptr<ClientStream>& stream) override;
  void on_stream_close() override;
  void on_stream_done(bool useful) override;

  const NodeStreamClientOptions options;
  const Executor executor;

  mutable Mutex mutex;
  ConditionVariable idle;
  const std::unique_ptr<Random> random BASE_GUARDED_BY(mutex);
  std::shared_ptr<NodeStreamClientHandler> handler BASE_GUARDED_BY(mutex);
  std::vector<std::string> servers BASE_GUARDED_BY(mutex);
  size_t next_server BASE_GUARDED_BY(mutex) = 0;
  unsigned failures BASE_GUARDED_BY(mutex) = 0;  // In a row.
  bool stopped BASE_GUARDED_BY(mutex) = false;
  GrpcTimer retry BASE_GUARDED_BY(mutex);
  std::shared_ptr<ClientStream> attempt BASE_GUARDED_BY(mutex);    // Until gRPC is done with it.
  std::shared_ptr<ClientStream> connected BASE_GUARDED_BY(mutex);  // Between on_connected and on_disconnected.
};

void NodeStreamClient::Impl::connect() {
  std::shared_ptr<ClientStream> stream;
  {
    MutexLock lock(mutex);
    if (stopped || attempt) return;
    const std::string& server = servers[next_server++ % servers.size()];
    attempt = stream = std::make_shared<ClientStream>(server, options, executor, shared_from_this(), handler);
  }
  stream->start();
}

// Longer after each round through the servers, with half of it left to chance, so that the nodes of a server that died
// do not come back all at once.
Duration NodeStreamClient::Impl::backoff() {
  const size_t rounds = std::min<size_t>(failures / servers.size(), 16);
  const Duration full = std::min(options.backoff_min * (1 << rounds), options.backoff_max);
  const auto half = static_cast<uint64_t>(full.count()) / 2;
  return Duration(half + random->below(half + 1));
}

void NodeStreamClient::Impl::on_stream_open(const std::shared_ptr<ClientStream>& stream) {
  MutexLock lock(mutex);
  if (!stopped) connected = stream;
}

void NodeStreamClient::Impl::on_stream_close() {
  MutexLock lock(mutex);
  connected.reset();
}

void NodeStreamClient::Impl::on_stream_done(bool useful) {
  {
    MutexLock lock(mutex);
    attempt.reset();
    failures = useful ? 0 : failures + 1;
    if (!stopped) {
      retry.start(backoff(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->connect();
      });
    }
  }
  idle.notify_all();
}

NodeStreamClient::NodeStreamClient(NodeStreamClientOptions options, std::unique_ptr<Random> random, Executor executor,
                                   std::shared_ptr<NodeStreamClientHandler> handler)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(random), std::move(executor), std::move(handler))) {
  CHECK(!impl_->options.servers.empty(), "a node needs the address of a server");
}

NodeStreamClient::~NodeStreamClient() {
  stop();
}

void NodeStreamClient::start() {
  init_grpc();
  {
    MutexLock lock(impl_->mutex);
    impl_->next_server = impl_->random->below(impl_->servers.size());
  }
  impl_->connect();
}

void NodeStreamClient::stop() {
  std::shared_ptr<ClientStream> attempt;
  {
    MutexLock lock(impl_->mutex);
    impl_->stopped = true;
    impl_->retry.cancel();
    impl_->handler.reset();
    impl_->connected.reset();
    attempt = impl_->attempt;
  }
  if (attempt) attempt->end("the node is stopping");
  MutexLock lock(impl_->mutex);
  while (impl_->attempt) impl_->idle.wait(impl_->mutex);
}

bool NodeStreamClient::connected() const {
  MutexLock lock(impl_->mutex);
  return impl_->connected != nullptr;
}

bool NodeStreamClient::send(const AnyMessage& message) {
  std::shared_ptr<ClientStream> stream;
  {
    MutexLock lock(impl_->mutex);
    stream = impl_->connected;
  }
  return stream && stream->enqueue(encode_frame(message));
}

void NodeStreamClient::disconnect(std::string reason) {
  std::shared_ptr<ClientStream> stream;
  {
    MutexLock lock(impl_->mutex);
    stream = impl_->attempt;
  }
  if (stream) stream->end(std::move(reason));
}

void NodeStreamClient::set_servers(std::vector<std::string> servers) {
  if (servers.empty()) return;
  MutexLock lock(impl_->mutex);
  impl_->servers = std::move(servers);
}

}  // namespace drover::rpc
