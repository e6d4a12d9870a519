#pragma once

#include "api/courier_options.h"
#include "api/local_agent.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/task.h"
#include "server/frontend.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::api {

struct ApiOptions {
  std::string region = "global";
  // For an agent without a server: where the servers' HTTP APIs are ("http://10.0.0.1:4646"), tried in order. Called on
  // any thread; null: there are none.
  std::function<std::vector<std::string>()> server_http_addresses;
  // How exposed ports are addressed: "https://" + id + ".example.org"; "" where no agent has a proxy that is known
  // here.
  std::string expose_scheme = "http";
  std::string expose_domain;
  // Origins ("https://drover.example.org") that may write from a browser, beside the API's own.
  std::vector<std::string> allowed_origins;
  Duration default_wait = std::chrono::minutes(5);  // of a blocking query
  Duration max_wait = std::chrono::minutes(10);
  size_t rows_per_chunk = 128;  // longer lists are sent in chunks of so many rows
  size_t event_buffer = 8192;   // events that are kept for those who follow the event stream slowly
  Duration event_heartbeat = std::chrono::seconds(10);  // after which a stream without events shows that it lives
};

// The HTTP API under /v1: Nomad's paths, JSON, headers and status codes. The routes are a table (routes.cc). Used from
// any net loop; answers come on the loop that asked.
class Api {
 public:
  // `frontend` is null for an agent without a server: what concerns the cluster is then asked of the servers over HTTP.
  // REQUIRES that all of them outlive the Api and its answers. `random` is used under a lock.
  Api(ApiOptions options, server::Frontend* frontend, LocalAgent& local, const Clock& clock, Random& random);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Answers one request; never fails, errors are responses. Cancellable.
  net::Task<net::HttpResponse> handle(net::HttpRequest request);

  // Carries what confidential jobs send and receive, until the loop ends. REQUIRES a frontend, and to be called once.
  void start_courier(net::Loop& loop, CourierOptions options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace drover::api
