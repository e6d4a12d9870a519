#include "rpc/health_probe.h"

#include "rpc/grpc_support.h"

#include <chrono>
#include <memory>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <health.grpc.pb.h>

namespace drover::rpc {
namespace {

namespace health = grpc::health::v1;

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const HealthProbe& probe) {
  if (!probe.tls) return grpc::InsecureChannelCredentials();
  if (probe.verify) return grpc::SslCredentials({});
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::Channel> channel_to(const HealthProbe& probe) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (probe.tls && !probe.server_name.empty()) args.SetSslTargetNameOverride(probe.server_name);
  return grpc::CreateCustomChannel(probe.address, credentials_of(probe), args);
}

// Lives until gRPC is done with it, whatever becomes of the task that waits.
struct ProbeCall {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<health::Health::Stub> stub;
  grpc::ClientContext context;
  health::HealthCheckRequest request;
  health::HealthCheckResponse response;
  grpc::Status status;
  net::Event done;
};

// Cancels the call when the task that waits for it is.
class Abandon {
 public:
  explicit Abandon(std::shared_ptr<ProbeCall> call) : call_(std::move(call)) {}
  ~Abandon() { call_->context.TryCancel(); }
  Abandon(const Abandon&) = delete;
  Abandon& operator=(const Abandon&) = delete;

 private:
  std::shared_ptr<ProbeCall> call_;
};

Status verdict(const ProbeCall& call, const HealthProbe& probe) {
  if (call.status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return err(ErrorCode::NotFound, "{} has no service \"{}\"", probe.address, probe.service);
  }
  if (call.status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return err(ErrorCode::Unavailable, "{} does not implement grpc.health.v1.Health", probe.address);
  }
  if (!call.status.ok()) return err(ErrorCode::Unavailable, "{}: {}", probe.address, call.status.error_message());
  if (call.response.status() == health::HealthCheckResponse::SERVING) return Ok{};
  const char* said = call.response.status() == health::HealthCheckResponse::NOT_SERVING ? "NOT_SERVING" : "UNKNOWN";
  return err(ErrorCode::Unavailable, "{} says {}", probe.address, said);
}

}  // namespace

net::Task<Status> probe_health(HealthProbe probe) {
  init_grpc();
  auto call = std::make_shared<ProbeCall>();
  call->channel = channel_to(probe);
  call->stub = health::Health::NewStub(call->channel);
  call->request.set_service(probe.service);
  call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(to_millis(probe.timeout)));
  const Abandon abandon(call);
  call->stub->async()->Check(&call->context, &call->request, &call->response, [call](grpc::Status status) {
    call->status = std::move(status);
    call->done.set();
  });
  co_await call->done.wait();
  co_return verdict(*call, probe);
}

}  // namespace drover::rpc
