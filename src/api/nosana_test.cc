#include "api/test_support.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::make_alloc;
using state::testing::make_job;
using state::testing::make_node;
using state::testing::make_plan;
using state::testing::node_id;

class NosanaApi : public ApiTest {
 protected:
  NosanaApi() {
    server.must(state::RegisterNode{.node = make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = node_id(1)});
    model::Job job = make_job("def");
    job.task_groups[0].tasks[0].endpoints = {{.port = "3000"}};
    server.must(state::RegisterJob{.job = job});
  }
};

TEST_F(NosanaApi, ShowsTheFlowAndItsOperations) {
  EXPECT_EQ(get("/job/nope/results").status, 404);
  const auto flow = get("/job/def/results").json();
  EXPECT_NE(at(flow, "status"), "-");
  EXPECT_EQ(at(flow, "opStates.0.operationId"), "server");
  EXPECT_NE(at(get("/job/def/ops").json(), "server"), "-");
}

TEST_F(NosanaApi, ListsTheAddressesOfPorts) {
  const auto endpoints = get("/job/def/endpoints").json();
  EXPECT_EQ(at(endpoints, "status"), "OFFLINE");
  ASSERT_EQ(endpoints.find("urls")->as_object()->size(), 1u);
  EXPECT_EQ(endpoints.find("urls")->as_object()->front().first.size(), 44u);
  EXPECT_EQ(at(endpoints.find("urls")->as_object()->front().second, "opID"), "server");
}

TEST_F(NosanaApi, TellsWhatChangesAsEvents) {
  auto stream = [](Api* served, net::HttpRequest request) -> net::Task<Response> {
    auto answer = co_await served->handle(std::move(request));
    Response out{.status = answer.status, .headers = answer.headers};
    auto chunk = co_await answer.stream->next();
    if (chunk && *chunk) out.body = **chunk;
    co_return out;
  };
  const auto response = net::run_to_end(loop, stream(api.get(), make_request("GET", "/job/def/info")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.get("Content-Type"), "text/event-stream");
  EXPECT_TRUE(response->body.starts_with("data: {")) << response->body;
  EXPECT_TRUE(response->body.ends_with("}\n\n"));
}

}  // namespace
}  // namespace drover::api::testing
