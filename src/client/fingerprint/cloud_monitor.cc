#include "client/fingerprint/cloud_monitor.h"

#include "base/log.h"
#include "base/strings.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "sys/files.h"

#include <utility>

namespace drover::client {
namespace {

constexpr int kAttempts = 5;
constexpr Duration kPause = std::chrono::seconds(2);
constexpr size_t kMaxAnswer = 1 << 20;
constexpr net::HttpTimeouts kTimeouts{
    .connect = std::chrono::seconds(1), .response = std::chrono::seconds(2), .idle = std::chrono::seconds(2)};

struct Known {
  Cloud cloud;
  const char* variable;
  const char* url;
};

constexpr Known kKnown[] = {
    {Cloud::Aws, "AWS_ENV_URL", "http://169.254.169.254/latest/meta-data"},
    {Cloud::Gce, "GCE_ENV_URL", "http://169.254.169.254/computeMetadata/v1/instance"},
    {Cloud::Azure, "AZURE_ENV_URL", "http://169.254.169.254/metadata/instance"},
};

std::string firmware_file(const char* name) {
  return std::string(trim(sys::read_file(std::string("/sys/class/dmi/id/") + name, 4096).value_or("")));
}

// Nothing where the service does not have it.
net::Task<Result<std::optional<std::string>>> get(const net::HttpClient& client, std::string target,
                                                  net::HttpHeaders headers) {
  CO_TRY_LET(net::HttpResponse response,
             co_await client.request({.target = std::move(target), .headers = std::move(headers)}, kTimeouts));
  if (response.status == 404) co_return std::nullopt;
  if (response.status != 200) co_return err(ErrorCode::Unavailable, "it answers {}", response.status);
  co_return std::move(response.body);
}

// The second version of the service wants a token; the first one has none to give.
net::Task<Result<net::HttpHeaders>> aws_headers(const std::string& url) {
  constexpr std::string_view kData = "/meta-data";
  const size_t root = url.ends_with(kData) ? url.size() - kData.size() : url.size();
  CO_TRY_LET(const auto client, net::HttpClient::create(url.substr(0, root), {.max_body_bytes = kMaxAnswer}));
  net::HttpClientRequest request{.method = "PUT", .target = "/api/token"};
  request.headers.set("X-aws-ec2-metadata-token-ttl-seconds", "60");
  CO_TRY_LET(const net::HttpResponse token, co_await client.request(std::move(request), kTimeouts));
  net::HttpHeaders headers;
  if (token.status == 200) headers.set("X-aws-ec2-metadata-token", std::string(trim(token.body)));
  co_return headers;
}

net::Task<Result<CloudFacts>> ask_aws(const net::HttpClient& client, const std::string& url) {
  CO_TRY_LET(const net::HttpHeaders headers, co_await aws_headers(url));
  std::map<std::string, std::string> values;
  for (const CloudField& field : aws_fields()) {
    CO_TRY_LET(const auto value, co_await get(client, fmt::format("/{}", field.path), headers));
    if (value) values.emplace(field.path, *value);
  }
  co_return aws_facts(values);
}

net::Task<Result<codec::Value>> ask_json(const net::HttpClient& client, std::string target, net::HttpHeaders headers) {
  CO_TRY_LET(const auto text, co_await get(client, std::move(target), std::move(headers)));
  if (!text) co_return err(ErrorCode::NotFound, "it does not know this machine");
  co_return codec::parse_json(*text);
}

net::Task<Result<CloudFacts>> ask(const CloudService& service) {
  CO_TRY_LET(const auto client, net::HttpClient::create(service.url, {.max_body_bytes = kMaxAnswer}));
  net::HttpHeaders headers;
  switch (service.cloud) {
    case Cloud::Aws:
      co_return co_await ask_aws(client, service.url);
    case Cloud::Gce: {
      headers.set("Metadata-Flavor", "Google");
      CO_TRY_LET(const auto instance, co_await ask_json(client, "/?recursive=true", std::move(headers)));
      co_return gce_facts(instance);
    }
    case Cloud::Azure: {
      headers.set("Metadata", "true");
      CO_TRY_LET(const auto instance,
                 co_await ask_json(client, "/?api-version=2019-06-04&format=json", std::move(headers)));
      co_return azure_facts(instance);
    }
    case Cloud::None:
      break;
  }
  co_return CloudFacts{};
}

}  // namespace

CloudService find_cloud_service(const std::map<std::string, std::string>& environment) {
  for (const auto& [cloud, variable, url] : kKnown) {
    const auto given = environment.find(variable);
    if (given == environment.end() || given->second.empty()) continue;
    return {.cloud = cloud, .url = given->second.substr(0, given->second.find_last_not_of('/') + 1)};
  }
  const Cloud found = cloud_of({.sys_vendor = firmware_file("sys_vendor"),
                                .product_name = firmware_file("product_name"),
                                .bios_version = firmware_file("bios_version"),
                                .chassis_asset_tag = firmware_file("chassis_asset_tag")});
  for (const auto& [cloud, variable, url] : kKnown) {
    if (cloud == found) return {.cloud = cloud, .url = url};
  }
  return {};
}

net::Task<void> CloudMonitor::start(CloudService service, Duration patience, OnFacts on_facts) {
  if (service.cloud == Cloud::None) co_return;
  const auto state = std::make_shared<State>();
  state->service = std::move(service);
  state->on_facts = std::move(on_facts);
  state_ = state;
  task_ = loop_.spawn("cloud fingerprint", run(state));
  const uint64_t seen = state->done.version();
  if (!state->over) co_await state->done.wait(seen, patience);
}

net::Task<void> CloudMonitor::run(std::shared_ptr<State> state) {
  for (int attempt = 1;; attempt++) {
    const auto facts = co_await ask(state->service);
    if (facts && state->on_facts) state->on_facts(*facts);
    if (facts || attempt == kAttempts) {
      if (!facts) {
        log::warn("the metadata service of this machine's cloud does not answer",
                  {{"url", state->service.url}, {"reason", facts.error().message()}});
      }
      break;
    }
    co_await net::sleep_for(kPause);
  }
  state->over = true;
  state->done.notify();
}

void CloudMonitor::stop() {
  if (state_) state_->on_facts = nullptr;
  task_.cancel();
}

}  // namespace drover::client
