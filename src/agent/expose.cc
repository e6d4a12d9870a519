#include "agent/expose.h"

#include <map>
#include <utility>

#include "codec/describe.h"
#include "codec/json.h"
#include "net/http_client.h"

namespace drover::agent {
namespace {

using expose::Route;
using net::Task;

constexpr size_t kMaxConnections = 50'000;
constexpr size_t kMaxCached = 10'000;
constexpr Duration kCacheTime = std::chrono::seconds(1);

class LocalRoutes final : public expose::RouteSource {
 public:
  LocalRoutes(server::Frontend& frontend, std::optional<model::NodeId> node) : frontend_(frontend), node_(node) {}
  Task<Route> find(std::string id) override { co_return directory_.find(frontend_.snapshot(), id, node_); }

 private:
  server::Frontend& frontend_;
  const std::optional<model::NodeId> node_;
  expose::Directory directory_;
};

// Asks the servers, and remembers what they say for a moment.
class RemoteRoutes final : public expose::RouteSource {
 public:
  explicit RemoteRoutes(ExposeDeps deps) : deps_(std::move(deps)) {}

  Task<Route> find(std::string id) override {
    const MonoTime now = clock_.mono();
    const auto found = cache_.find(id);
    if (found != cache_.end() && now - found->second.since < kCacheTime) co_return found->second.route;
    auto route = co_await ask(id);
    if (!route) {
      co_return Route{.status = 503, .reason = expose::reason::kUnreachable, .message = route.error().message()};
    }
    if (cache_.size() >= kMaxCached) cache_.clear();
    cache_[id] = {.since = now, .route = *route};
    co_return std::move(*route);
  }

 private:
  struct Known {
    MonoTime since;
    Route route;
  };

  Task<Result<Route>> ask(std::string id) {
    std::string target = "/v1/expose/route/" + net::url_encode(id);
    if (deps_.node) target += "?node_id=" + deps_.node->str();
    Error last(ErrorCode::Unavailable, "no server is known");
    const std::vector<std::string> servers = deps_.servers();
    for (const std::string& server : servers) {
      CO_TRY_LET(const auto client, net::HttpClient::create(server));
      auto answer = co_await client.request({.target = target}, {.response = std::chrono::seconds(10)});
      if (!answer) {
        last = answer.error();
        continue;
      }
      CO_TRY_LET(const auto value, codec::parse_json(answer->body));
      co_return codec::from_value<Route>(value);
    }
    co_return err(last);
  }

  const ExposeDeps deps_;
  const SystemClock clock_;
  std::map<std::string, Known> cache_;
};

}  // namespace

Result<std::unique_ptr<ExposeServer>> ExposeServer::start(const ExposeConfig& config, std::string address,
                                                          ExposeDeps deps) {
  auto out = std::unique_ptr<ExposeServer>(new ExposeServer());
  net::HttpServerOptions options;
  options.stream_bodies = true;
  options.max_connections = kMaxConnections;
  options.max_connections_per_address = 0;
  options.idle_timeout = std::chrono::minutes(10);
  options.gzip_min_bytes = SIZE_MAX;
  if (!config.tls.cert_file.empty()) {
    TRY_LET(options.tls,
            net::TlsServerContext::create({.cert_file = config.tls.cert_file, .key_file = config.tls.key_file}));
  }
  if (deps.frontend) {
    out->routes_ = std::make_unique<LocalRoutes>(*deps.frontend, deps.node);
  } else {
    out->routes_ = std::make_unique<RemoteRoutes>(std::move(deps));
  }
  expose::ProxyOptions proxy_options{.domain = config.domain, .tls = options.tls != nullptr};
  out->proxy_ = std::make_unique<expose::Proxy>(std::move(proxy_options), *out->routes_);
  out->loop_ = std::make_unique<net::Loop>("expose");
  out->loop_->start();
  const auto handler = [proxy = out->proxy_.get()](net::HttpRequest request) {
    return proxy->handle(std::move(request));
  };
  out->http_ =
      std::make_unique<net::HttpServer>(std::move(options), std::vector<net::Loop*>{out->loop_.get()}, handler);
  TRY_LET(out->port_, out->http_->listen(address, static_cast<uint16_t>(config.port)));
  return out;
}

void ExposeServer::stop() {
  if (http_) http_->stop();
  http_.reset();
  if (!loop_) return;
  loop_->stop();
  loop_->join();
  proxy_.reset();
  loop_.reset();
}

ExposeServer::~ExposeServer() {
  stop();
}

std::string expose_advertise(const Config& config, const std::string& http_advertise) {
  if (config.expose.port == 0) return "";
  const std::string scheme = config.expose.tls.cert_file.empty() ? "http://" : "https://";
  if (!config.expose.advertise.empty()) return scheme + config.expose.advertise;
  const std::string host = http_advertise.substr(0, http_advertise.rfind(':'));
  return fmt::format("{}{}:{}", scheme, host, config.expose.port);
}

std::string expose_authority(const ExposeConfig& config) {
  if (config.port == 0) return "";
  const std::string domain = config.domain.empty() ? "localhost" : config.domain;
  const bool implied = config.port == (config.tls.cert_file.empty() ? 80 : 443);
  return implied ? domain : fmt::format("{}:{}", domain, config.port);
}

}  // namespace drover::agent
