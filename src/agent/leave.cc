#include "agent/leave.h"

#include "base/log.h"
#include "codec/json.h"
#include "net/http_client.h"

#include <thread>
#include <utility>

namespace drover::agent {
namespace {

constexpr const char* kWait = "10s";                     // of one question
constexpr Duration kPause = std::chrono::seconds(1);     // after a question that was not answered
constexpr Duration kPatience = std::chrono::minutes(2);  // beyond the deadline: tasks have their kill_timeout

std::string drain_body(const DrainOnShutdownConfig& config) {
  codec::Value spec;
  spec.set("Deadline", config.force ? int64_t{-1} : int64_t{config.deadline.count()});
  spec.set("IgnoreSystemJobs", config.ignore_system_jobs);
  codec::Value meta;
  meta.set("message", "the agent is shutting down");
  codec::Value body;
  body.set("DrainSpec", std::move(spec));
  body.set("Meta", std::move(meta));
  return codec::dump(body);
}

Result<net::HttpResponse> ask(net::BlockingHttpClient& client, net::HttpClientRequest request) {
  TRY_LET(net::HttpResponse response, client.request(std::move(request)));
  if (response.status != 200) return err(ErrorCode::Unavailable, "{}: {}", response.status, response.body);
  return response;
}

}  // namespace

Status drain_node(const std::string& api, const Clock& clock, model::NodeId node, const DrainOnShutdownConfig& config) {
  TRY_LET(net::BlockingHttpClient client, net::BlockingHttpClient::create(api));
  const std::string path = "/v1/node/" + node.str();
  const bool bounded = config.force || config.deadline > Duration(0);
  const MonoTime last = clock.mono() + (config.force ? Duration(0) : config.deadline) + kPatience;
  TRY(ask(client, {.method = "PUT", .target = path + "/drain", .body = drain_body(config)}));
  std::string index = "0";
  while (!bounded || clock.mono() < last) {
    const auto response = ask(client, {.target = fmt::format("{}?index={}&wait={}", path, index, kWait)});
    if (!response) {
      log::warn("whether the node is drained cannot be asked", {{"reason", response.error().message()}});
      std::this_thread::sleep_for(kPause);
      continue;
    }
    TRY_LET(const codec::Value state, codec::parse_json(response->body));
    const codec::Value* strategy = state.find("DrainStrategy");
    if (!strategy || strategy->is_null()) return Ok{};
    index = response->headers.get("X-Nomad-Index");
  }
  return err(ErrorCode::DeadlineExceeded, "allocations are left on the node, or the servers do not answer");
}

}  // namespace drover::agent
