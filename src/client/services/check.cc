#include "client/services/check.h"

#include "base/strings.h"
#include "net/address.h"
#include "net/probe.h"
#include "net/redirect.h"
#include "net/websocket.h"
#include "rpc/health_probe.h"

#include <algorithm>
#include <utility>

namespace drover::client {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kMaxRedirections = 10;

CheckResult result(const char* status, std::string output) {
  if (output.size() > kMaxCheckOutput) output.resize(kMaxCheckOutput);
  if (!is_valid_utf8(output)) output = printable(output, kMaxCheckOutput);
  return {.status = status, .output = std::move(output)};
}

std::string host_port(const Endpoint& endpoint) {
  return net::host_port(endpoint.address, endpoint.port);
}

net::Task<CheckResult> check_tcp(std::shared_ptr<const CheckTarget> target) {
  const auto& endpoint = target->endpoint;
  const auto connected =
      co_await net::tcp_probe(endpoint.address, static_cast<uint16_t>(endpoint.port), target->check.timeout);
  if (!connected) co_return result("critical", connected.error().message());
  co_return result("passing", "TCP connect " + host_port(endpoint) + ": Success");
}

// The start of the body is enough to show; the rest is never read.
net::Task<Result<std::string>> read_start(net::HttpStream& stream) {
  std::string text;
  while (text.size() < kMaxCheckOutput) {
    auto chunk = co_await stream.read_chunk();
    if (!chunk) co_return err(chunk.error());
    if (!*chunk) break;
    text += **chunk;
  }
  co_return text;
}

net::HttpClientRequest request_of(const model::Check& check) {
  net::HttpClientRequest request{
      .method = check.method.empty() ? "GET" : to_upper(check.method), .target = check.path, .body = check.body};
  if (!request.target.starts_with('/')) request.target.insert(0, "/");
  for (const auto& [name, values] : check.header) {
    for (const auto& value : values) request.headers.add(name, value);
  }
  return request;
}

net::Task<CheckResult> check_grpc(std::shared_ptr<const CheckTarget> target) {
  const auto& check = target->check;
  const std::string address = host_port(target->endpoint);
  rpc::HealthProbe probe{.address = address,
                         .service = check.grpc_service,
                         .timeout = check.timeout,
                         .tls = check.grpc_use_tls,
                         .verify = !check.tls_skip_verify,
                         .server_name = check.tls_server_name};
  const auto healthy = co_await rpc::probe_health(std::move(probe));
  if (!healthy) co_return result("critical", "gRPC check " + healthy.error().message());
  co_return result("passing", "gRPC check " + address + ": success");
}

net::Task<CheckResult> check_script(std::shared_ptr<const CheckTarget> target) {
  const auto& check = target->check;
  if (!target->running) co_return result("critical", "the task does not run");
  drivers::ExecRequest request{.timeout = check.timeout, .output_bytes = kMaxCheckOutput};
  request.argv.push_back(check.command);
  request.argv.insert(request.argv.end(), check.args.begin(), check.args.end());
  const auto done = co_await target->running->exec(std::move(request));
  if (!done) co_return result("critical", done.error().message());
  const char* status = done->exit_code == 0 ? "passing" : done->exit_code == 1 ? "warning" : "critical";
  co_return result(status, done->output);
}

}  // namespace

Result<std::shared_ptr<const net::TlsContext>> CheckRunner::trust(bool verify) {
  auto& context = verify ? verifying_ : trusting_;
  if (!context) {
    TRY_LET(context, net::TlsContext::create({.verify = verify}));
  }
  return context;
}

net::Task<Result<net::HttpStream>> CheckRunner::ask(std::shared_ptr<const CheckTarget> target, CheckRequest asked) {
  const auto& check = target->check;
  net::HttpClientOptions options{.max_header_bytes = 64 << 10, .max_idle_connections = 0};
  if (asked.server.scheme == "https") {
    CO_TRY_LET(options.tls.context, trust(!check.tls_skip_verify));
    options.tls.server_name = check.tls_server_name;
  }
  CO_TRY_LET(const auto client, net::HttpClient::create(to_text(asked.server), std::move(options)));
  const net::HttpTimeouts timeouts{.connect = check.timeout, .response = check.timeout, .idle = check.timeout};
  co_return co_await client.open(std::move(asked.request), timeouts);
}

net::Task<Result<CheckResult>> CheckRunner::request(std::shared_ptr<const CheckTarget> target) {
  const auto& check = target->check;
  CheckRequest asked{.server = {.scheme = check.protocol == "https" ? "https" : "http",
                                .host = target->endpoint.address,
                                .port = static_cast<uint16_t>(target->endpoint.port)},
                     .request = request_of(check)};
  const std::string method = asked.request.method;
  auto opened = co_await ask(target, asked);
  CO_TRY_LET(auto stream, std::move(opened));
  for (int hops = 0; hops < kMaxRedirections && target->expected_status == 0 && net::is_redirection(stream.status());
       ++hops) {
    const auto location = stream.headers().find("Location");
    if (!location) break;
    CO_TRY_LET(asked, follow_redirection(asked, stream.status(), *location));
    auto next = co_await ask(target, asked);
    CO_TRY_LET(stream, std::move(next));
  }
  auto body = co_await read_start(stream);
  const std::string text = fmt::format("HTTP {} {}: {} Output: {}", method, host_port(target->endpoint) + check.path,
                                       stream.status(), body ? *body : body.error().message());
  if (target->expected_status != 0) {
    if (stream.status() == target->expected_status) co_return result("passing", text);
    co_return result("critical",
                     fmt::format("status {} instead of {}: {}", stream.status(), target->expected_status, text));
  }
  if (stream.status() >= 200 && stream.status() < 300) co_return result("passing", text);
  co_return result(stream.status() == kTooManyRequests ? "warning" : "critical", text);
}

net::Task<CheckResult> CheckRunner::check_http(std::shared_ptr<const CheckTarget> target) {
  auto done = co_await net::with_timeout(target->check.timeout, "the request", request(target));
  if (!done) co_return result("critical", done.error().message());
  co_return std::move(*done);
}

net::Task<Result<CheckResult>> CheckRunner::first_message(std::shared_ptr<const CheckTarget> target) {
  const auto& check = target->check;
  CO_TRY_LET(const auto client,
             net::HttpClient::create("http://" + host_port(target->endpoint), {.max_idle_connections = 0}));
  const std::string key = net::websocket_key(random_);
  net::HttpClientRequest request{.target = check.path.empty() ? "/" : check.path,
                                 .headers = net::websocket_headers(key)};
  net::HttpResponse answer;
  auto upgraded = co_await client.upgrade(std::move(request), {.connect = check.timeout}, &answer);
  CO_TRY_LET(auto channel, std::move(upgraded));
  CO_TRY(net::check_websocket_answer(answer.headers, key));
  if (target->expected_response.empty()) co_return result("passing", "the WebSocket was opened");
  net::WebSocket socket(channel, {.mask = &random_});
  auto message = co_await socket.read();
  if (!message) co_return err(message.error());
  const std::string said = message->value_or("");
  if (said == target->expected_response) co_return result("passing", "the WebSocket said what was expected");
  co_return result("critical", "the WebSocket said something else than expected: " + printable(said, 200));
}

net::Task<CheckResult> CheckRunner::check_websocket(std::shared_ptr<const CheckTarget> target) {
  auto done = co_await net::with_timeout(target->check.timeout, "the WebSocket", first_message(target));
  if (!done) co_return result("critical", done.error().message());
  co_return std::move(*done);
}

net::Task<CheckResult> CheckRunner::perform(std::shared_ptr<const CheckTarget> target) {
  const std::string& type = target->check.type;
  if (type == "tcp") co_return co_await check_tcp(target);
  if (type == "http") co_return co_await check_http(target);
  if (type == "websocket") co_return co_await check_websocket(target);
  if (type == "grpc") co_return co_await check_grpc(target);
  if (type == "script") co_return co_await check_script(target);
  co_return result("critical", "there are no checks of type \"" + printable(type) + "\"");
}

net::Task<CheckResult> CheckRunner::run(std::shared_ptr<const CheckTarget> target) {
  const auto slot = co_await slots_.take();
  co_return co_await perform(std::move(target));
}

}  // namespace drover::client
