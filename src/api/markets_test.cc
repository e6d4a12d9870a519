#include "api/test_support.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::make_job;
using namespace std::chrono_literals;

class MarketsApi : public ApiTest {
 protected:
  void wait_in_market(const std::string& id, uint64_t n, const char* dimension) {
    model::Job job = make_job(id);
    job.node_pool = "m";
    model::Evaluation eval = state::testing::make_eval(n, id);
    server.must(state::RegisterJob{.job = job, .eval = eval});
    eval.status = model::EvalStatus::Blocked;
    model::AllocMetric metric;
    if (*dimension) {
      metric.nodes_exhausted = 1;
      metric.dimension_exhausted[dimension] = 1;
    }
    eval.failed_tg_allocs["web"] = metric;
    server.must(state::UpsertEvals{.evals = {eval}});
  }
};

TEST_F(MarketsApi, AreWrittenShownAndForgotten) {
  const char* body = R"({"slug": "m", "address": "97G9", "required_images": ["busybox"],
    "required_remote_resources": [{"type": "S3", "url": "u", "IAM": {"access_key_id": "k"}}]})";
  EXPECT_EQ(put("/v1/markets", body).status, 200);
  EXPECT_EQ(get("/api/markets/97G9/required-resources").body,
            R"({"required_images":["busybox"],"required_remote_resources":[{"type":"S3","url":"u"}]})");
  EXPECT_EQ(at(get("/api/markets").json(), "0.slug"), "m");
  // What was shown is sent back: the credentials stay.
  EXPECT_EQ(put("/v1/market/m", get("/v1/market/m").body).status, 200);
  EXPECT_NE(server.snapshot()->market("m")->required_remote_resources[0].find("IAM"), nullptr);
  EXPECT_EQ(put("/v1/market/m", R"({"slug": "other"})").status, 400);
  EXPECT_EQ(send(make_request("DELETE", "/v1/market/97G9")).status, 200);
  EXPECT_EQ(get("/v1/market/m").status, 404);
}

TEST_F(MarketsApi, ShowWhoWaitsAndWhy) {
  server.must(state::PutMarket{.market = {.slug = "m"}});
  wait_in_market("a", 1, "memory");
  wait_in_market("b", 2, "market queue");
  wait_in_market("c", 3, "");
  const auto queue = get("/v1/market/m/queue").json();
  EXPECT_EQ(at(queue, "0.JobID") + at(queue, "1.JobID") + at(queue, "2.JobID"), "abc");
  EXPECT_EQ(at(queue, "0.Reason"), "no node has enough left: memory (1 node)");
  EXPECT_EQ(at(queue, "1.Code"), "queued");
  EXPECT_EQ(at(queue, "2.Code"), "nowhere");
  EXPECT_EQ(at(get("/v1/job/b/queue").json(), "Position"), "2");
}

TEST_F(MarketsApi, WhoIsStoppedLeavesTheQueueAtOnceAndTheOthersMoveUp) {
  server.must(state::PutMarket{.market = {.slug = "m"}});
  wait_in_market("a", 1, "memory");
  wait_in_market("b", 2, "market queue");
  wait_in_market("c", 3, "market queue");
  EXPECT_EQ(send(make_request("DELETE", "/v1/job/b")).status, 200);
  EXPECT_EQ(get("/v1/market/m/queue").json().as_array()->size(), 2u);
  EXPECT_EQ(at(get("/v1/job/b/queue").json(), "Position"), "0");
  EXPECT_EQ(at(get("/v1/job/c/queue").json(), "Position"), "2");
}

TEST_F(MarketsApi, JobsGetTheTimeoutOfTheirMarket) {
  server.must(state::PutMarket{.market = {.slug = "m", .address = "97G9", .default_timeout = 60, .max_timeout = 120}});
  const auto submit = [&](const std::string& more) {
    return put("/v1/jobs", R"({"Job": {"ID": "j", "Datacenters": ["dc1"], "NodePool": "97G9", "Type": "batch", )" +
                               more +
                               R"("TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "raw_exec",
                               "Config": {"command": "true"}}]}]}})");
  };
  EXPECT_EQ(submit("").status, 200);
  EXPECT_EQ(server.snapshot()->job({"default", "j"})->timeout, Duration(60min));
  EXPECT_EQ(server.snapshot()->job({"default", "j"})->node_pool, "m");
  EXPECT_EQ(at(put("/v1/job/j/extend", R"({"Minutes": 30})").json(), "Timeout"), "5400000000000");
  EXPECT_EQ(put("/v1/job/j/extend", R"({"Minutes": 300})").status, 400);
  EXPECT_NE(submit(R"("Timeout": "3h", )").status, 200);
}

TEST_F(MarketsApi, AnAgentWithoutAServerIsAskedOnceOnly) {
  restart({.server_http_addresses = [] { return std::vector<std::string>{"http://127.0.0.1:1"}; }}, false);
  auto request = make_request("GET", "/v1/jobs");
  request.headers.add("X-Drover-Passed-On", "1");
  const auto response = send(std::move(request));
  EXPECT_EQ(response.status, 508);
  EXPECT_NE(response.body.find("client.servers"), std::string::npos);
}

}  // namespace
}  // namespace drover::api::testing
