#include "api/routes.h"
#include "api/test_support.h"
#include "net/http_server.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::make_job;

class Framework : public ApiTest {
 protected:
  void wait_for_waits(int count) const {
    while (server.waits.load() < count) std::this_thread::yield();
  }
};

TEST_F(Framework, UnknownPathsAreNotFound) {
  for (const char* path :
       {"/", "/v1", "/v1/", "/v1/nothing", "/v1/job/", "/v1/allocation/a/b", "/v2/jobs", "/v1/jobs/"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(Framework, UnknownMethodsAreRefusedAndOptionsSayWhichThereAre) {
  const auto patch = send(make_request("PATCH", "/v1/jobs"));
  EXPECT_EQ(patch.status, 405);
  EXPECT_EQ(patch.body, "Invalid method");
  EXPECT_EQ(patch.headers.get("Allow"), "GET, HEAD, PUT, POST, OPTIONS");
  EXPECT_EQ(send(make_request("DELETE", "/v1/jobs")).status, 405);
  EXPECT_EQ(get("/v1/job/x/plan").status, 405);
  EXPECT_EQ(send(make_request("OPTIONS", "/v1/job/x")).headers.get("Allow"), "GET, HEAD, PUT, POST, DELETE, OPTIONS");
  EXPECT_EQ(send(make_request("OPTIONS", "/v1/jobs")).status, 200);
  EXPECT_EQ(send(make_request("HEAD", "/v1/jobs")).status, 200);
  EXPECT_EQ(send(make_request("HEAD", "/v1/client/stats")).status, 405);
}

TEST_F(Framework, BadParametersAreRefused) {  // cases.md 47
  EXPECT_EQ(get("/v1/jobs?index=abc").body, "Invalid index");
  EXPECT_EQ(get("/v1/jobs?index=-1").status, 400);
  EXPECT_EQ(get("/v1/jobs?index=1&wait=10").body, "Invalid wait time");
  EXPECT_EQ(get("/v1/jobs?wait=-1s").status, 400);
  EXPECT_EQ(get("/v1/allocations?resources=perhaps").status, 400);
  for (const char* page : {"-1", "1.5", "many", "9223372036854775808"}) {
    EXPECT_EQ(get(std::string("/v1/jobs?per_page=") + page).status, 400) << page;
  }
  EXPECT_EQ(get("/v1/jobs?filter=Name==x").body, "the parameter \"filter\" is not supported by drover");
  EXPECT_EQ(get("/v1/evaluations?status=odd").status, 400);
  EXPECT_EQ(send(make_request("HEAD", "/v1/event/stream")).status, 405);
}

TEST_F(Framework, EveryRouteAnswersBadInputWithAMessage) {
  for (const Route& route : routes()) {
    if (std::holds_alternative<StreamHandler>(route.handler)) continue;  // has no end
    std::string path(route.pattern);
    if (const size_t hole = path.find_first_of("*:"); hole != std::string::npos) path.replace(hole, 1, "no%20such");
    const char* method = route.method == Method::Get ? "GET" : route.method == Method::Put ? "PUT" : "DELETE";
    const auto response = send(make_request(method, path + "?pretty", "not json"));
    EXPECT_NE(response.status, 0) << method << " " << path;
    if (response.status >= 400) {
      EXPECT_FALSE(response.body.empty()) << method << " " << path;
    }
  }
}

TEST_F(Framework, RowsOfOnePatternStandTogetherAndEveryReadNamesItsTables) {
  const auto all = routes();
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = i + 1; j < all.size(); ++j) {
      if (all[i].pattern == all[j].pattern) EXPECT_EQ(all[j - 1].pattern, all[i].pattern) << all[i].pattern;
    }
    const bool reads = std::holds_alternative<ReadHandler>(all[i].handler);
    const bool may_read = reads || std::holds_alternative<TaskHandler>(all[i].handler);
    if (reads || !may_read) EXPECT_EQ(reads, !all[i].tables.empty()) << all[i].pattern;
  }
}

TEST_F(Framework, ABlockingQueryReturnsAtOnceWhenTheIndexIsOld) {
  server.must(state::RegisterJob{.job = make_job("a")});
  server.must(state::RegisterJob{.job = make_job("b")});
  const auto list = get("/v1/jobs?index=1");
  EXPECT_EQ(list.headers.get("X-Nomad-Index"), "2");
  EXPECT_EQ(server.waits.load(), 0);
}

TEST_F(Framework, ABlockingQueryWakesOnAChangeOfItsTables) {
  server.must(state::RegisterJob{.job = make_job("a")});
  auto pending = start(make_request("GET", "/v1/jobs?index=1"));
  wait_for_waits(1);
  server.must(state::RegisterNode{.node = state::testing::make_node(1)});
  EXPECT_EQ(pending.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  server.must(state::RegisterJob{.job = make_job("b")});
  const auto list = pending.get();
  EXPECT_EQ(list.headers.get("X-Nomad-Index"), "3");
  EXPECT_EQ(list.json().as_array()->size(), 2u);
}

TEST_F(Framework, ABlockingQueryOnAnObjectSleepsThroughChangesOfOthers) {
  server.must(state::RegisterJob{.job = make_job("a")});
  auto pending = start(make_request("GET", "/v1/job/a?index=1"));
  wait_for_waits(1);
  server.must(state::RegisterJob{.job = make_job("b")});
  wait_for_waits(2);
  model::Job changed = make_job("a");
  changed.priority = 80;
  server.must(state::RegisterJob{.job = changed});
  const auto job = pending.get();
  EXPECT_EQ(at(job.json(), "Priority"), "80");
  EXPECT_EQ(job.headers.get("X-Nomad-Index"), "3");
}

TEST_F(Framework, ABlockingQueryEndsAfterItsTimeWithWhatThereIs) {
  server.must(state::RegisterJob{.job = make_job("a")});
  const auto list = get("/v1/jobs?index=1&wait=10ms");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.headers.get("X-Nomad-Index"), "1");
  const Duration waited{clock.mono().nanos};
  EXPECT_GE(waited, std::chrono::milliseconds(10));
  EXPECT_LE(waited, std::chrono::microseconds(10'625));
}

TEST_F(Framework, AMissingObjectIsWaitedForToo) {
  server.must(state::RegisterJob{.job = make_job("a")});
  auto pending = start(make_request("GET", "/v1/job/b?index=1"));
  wait_for_waits(1);
  server.must(state::RegisterJob{.job = make_job("b")});
  EXPECT_EQ(at(pending.get().json(), "ID"), "b");
}

TEST_F(Framework, ABlockingQueryThatIsWrongDoesNotWait) {
  EXPECT_EQ(get("/v1/allocation/short?index=5").status, 400);
  EXPECT_EQ(get("/v1/allocations?prefix=xyz&index=5").status, 400);
  EXPECT_EQ(server.waits.load(), 0);
}

// Answers 5,000 queries; how long it took from the change to the last answer is in the report.
TEST_F(Framework, FiveThousandQueriesWakeTogether) {  // cases.md 35
  constexpr int kQueries = 5000;
  server.must(state::RegisterJob{.job = make_job("a")});
  std::atomic<int> answered{0};
  struct Query {
    static net::Task<void> run(Api* api, net::HttpRequest request, std::atomic<int>* answered) {
      const auto response = co_await api->handle(std::move(request));
      if (response.status == 200) ++*answered;
    }
  };
  for (int i = 0; i < kQueries; ++i) {
    loop.spawn("query", Query::run(api.get(), make_request("GET", "/v1/job/a?index=1"), &answered));
  }
  wait_for_waits(kQueries);
  const auto start = std::chrono::steady_clock::now();
  model::Job changed = make_job("a");
  changed.priority = 80;
  server.must(state::RegisterJob{.job = changed});
  while (answered.load() < kQueries) std::this_thread::yield();
  const auto took = std::chrono::steady_clock::now() - start;
  RecordProperty("wake_ms", static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  std::printf("5000 blocking queries answered in %.1f ms\n", std::chrono::duration<double, std::milli>(took).count());
}

// cases.md 35
TEST_F(Framework, WritesAndReadsAreAnsweredWhileThousandsWait) {
  constexpr int kQueries = 1000;
  server.must(state::RegisterJob{.job = make_job("a")});
  std::vector<std::future<Response>> waiting;
  for (int i = 0; i < kQueries; ++i) waiting.push_back(start(make_request("GET", "/v1/job/a?index=1")));
  wait_for_waits(kQueries);
  EXPECT_EQ(get("/v1/job/a").status, 200);
  EXPECT_EQ(put("/v1/job/a/evaluate", "{}").status, 200) << "no table that they wait for";
  server.must(state::DeregisterJob{.ns = "default", .job_id = "a"});
  for (auto& query : waiting) EXPECT_EQ(at(query.get().json(), "Stop"), "true");
}

TEST_F(Framework, WritesFromOtherSitesAreRefused) {  // cases.md 62
  auto request = make_request("PUT", "/v1/jobs", "{}");
  request.headers.set("Origin", "http://evil.example");
  EXPECT_EQ(send(request).status, 403);
  request.headers.set("Origin", "null");
  EXPECT_EQ(send(request).status, 403);
  request.headers.set("Origin", "http://127.0.0.1:4646");
  EXPECT_EQ(send(request).status, 400);
  request.headers.set("Origin", "https://drover.example.org");
  EXPECT_EQ(send(request).status, 403);
  restart({.allowed_origins = {"https://drover.example.org"}});
  EXPECT_EQ(send(request).status, 400);
  request.method = "GET";
  EXPECT_EQ(send(request).status, 200);
}

TEST_F(Framework, ANameThatWasMadeToPointHereIsRefused) {  // cases.md 62
  auto request = make_request("GET", "/v1/jobs");
  request.headers.set("Host", "rebound.evil.example:4646");
  EXPECT_EQ(send(request).status, 403);
  for (const char* host : {"localhost:4646", "127.0.0.1", "[::1]:4646", "myhost:4646", "a.localhost"}) {
    request.headers.set("Host", host);
    EXPECT_EQ(send(request).status, 200) << host;
  }
  request.headers.set("Host", "drover.example.org");
  EXPECT_EQ(send(request).status, 403);
  request.remote_address = "10.0.0.7:50000";
  EXPECT_EQ(send(request).status, 200);
}

TEST_F(Framework, AnAgentWithoutAServerAsksOne) {
  server.must(state::RegisterJob{.job = make_job("a")});
  net::Loop far("far");
  far.start();
  Api server_api(ApiOptions{}, &server, agent, clock, random);
  net::HttpServer http({}, {&far}, [&](net::HttpRequest request) { return server_api.handle(std::move(request)); });
  const auto port = http.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  FakeAgent client;
  client.agent.name = "client1";
  const std::string url = "http://127.0.0.1:" + std::to_string(*port);
  api = std::make_unique<Api>(
      ApiOptions{.server_http_addresses = [url] { return std::vector<std::string>{"http://127.0.0.1:1", url}; }},
      nullptr, client, clock, random);

  const auto list = get("/v1/jobs?prefix=a");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(at(list.json(), "0.ID"), "a");
  EXPECT_EQ(list.headers.get("X-Nomad-Index"), "1");
  EXPECT_EQ(get("/v1/job/none").body, "job not found");
  EXPECT_EQ(send(make_request("DELETE", "/v1/job/a?purge=true")).status, 200);
  EXPECT_EQ(server.snapshot()->jobs().size(), 0u);
  EXPECT_EQ(at(get("/v1/agent/self").json(), "member.Name"), "client1");
  http.stop();
  EXPECT_EQ(get("/v1/jobs").status, 500);
  far.stop();
  far.join();
}

TEST_F(Framework, AnAgentThatKnowsNoServerSaysSo) {
  restart({}, false);
  EXPECT_EQ(get("/v1/jobs").status, 500);
  EXPECT_EQ(get("/v1/jobs").body, "No cluster leader");
}

}  // namespace
}  // namespace drover::api::testing
