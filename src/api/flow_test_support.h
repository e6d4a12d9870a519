#pragma once

#include "api/test_support.h"
#include "state/test_cluster.h"

namespace drover::api::testing {

// Two operations, one after the other, of which the first runs.
class FlowTest : public ApiTest {
 protected:
  FlowTest() {
    server.must(state::RegisterNode{.node = state::testing::make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = state::testing::node_id(1)});
    agent.node = state::testing::node_id(1);
    model::Job job = state::testing::make_job("def");
    job.meta["nosana.version"] = "0.1";
    auto& tasks = job.task_groups[0].tasks;
    tasks.push_back(tasks[0]);
    tasks[0].stage = "first";
    tasks[0].meta = {{"nosana.op", "a"}, {"nosana.group", "first"}};
    tasks[0].config = codec::Value::Object{
        {"image", "x"}, {"auth", codec::Value::Object{{"username", "u"}, {"password", "very secret"}}}};
    tasks[1].name = "second";
    tasks[1].stage = "b";
    tasks[1].meta = {{"nosana.op", "b"}};
    server.must(state::RegisterJob{.job = job});
    model::Allocation alloc = state::testing::make_alloc(1, "def", state::testing::node_id(1));
    id = alloc.id;
    server.must(state::ApplyPlan{.plan = state::testing::make_plan("def", {alloc})});
    report(model::TaskStateKind::Running);
    agent.local.chunks = {"{}"};
  }

  void report(model::TaskStateKind first) {
    model::Allocation news = *server.snapshot()->alloc(id);
    news.client_status = model::ClientStatus::Running;
    news.task_states["server"] = {.state = first, .started_at = WallTime{5}};
    news.task_states["second"] = {};
    server.must(state::UpdateAllocs{.allocs = {news}});
  }

  model::AllocId id;
};

}  // namespace drover::api::testing
