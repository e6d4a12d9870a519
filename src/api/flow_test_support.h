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

// A confidential job "secret", whose one operation is "hidden"; the fixtures submit it.
class ConfidentialTest : public ApiTest {
 protected:
  static constexpr const char* kDefinition = R"({"version": "0.1", "type": "container",
    "global": {"variables": {"WHO": "nobody"}},
    "ops": [{"type": "container/run", "id": "hidden", "args": {"image": "busybox", "cmd": ["echo", "very secret"]}}]})";

  ConfidentialTest() {
    server.must(state::RegisterNode{.node = state::testing::make_node(1)});
    server.must(state::UpdateNodeStatus{.node_id = state::testing::node_id(1)});
    agent.node = state::testing::node_id(1);
  }

  state::Row<model::Job> job() { return server.snapshot()->job({"default", "secret"}); }

  void end_the_job() {
    put("/job/secret/job-definition", kDefinition);
    const model::Allocation alloc = state::testing::make_alloc(1, "secret", state::testing::node_id(1));
    server.must(state::ApplyPlan{.plan = state::testing::make_plan("secret", {alloc})});
    const auto snapshot = server.snapshot();
    for (const auto& entry : snapshot->evals_of_job({"default", "secret"})) {
      model::Evaluation eval = *entry.value;
      eval.status = model::EvalStatus::Complete;
      server.must(state::UpsertEvals{.evals = {eval}});
    }
    model::Allocation news = *snapshot->alloc(alloc.id);
    news.client_status = model::ClientStatus::Complete;
    news.task_states["hidden"] = {
        .state = model::TaskStateKind::Dead, .started_at = WallTime{5}, .finished_at = WallTime{9}};
    server.must(state::UpdateAllocs{.allocs = {news}});
  }
};

}  // namespace drover::api::testing
