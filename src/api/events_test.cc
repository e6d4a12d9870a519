#include "api/events.h"

#include <algorithm>
#include <functional>
#include <thread>

#include "api/event_broker.h"
#include "api/test_support.h"
#include "codec/describe.h"
#include "state/test_cluster.h"

namespace drover::api::testing {
namespace {

using state::testing::alloc_id;
using state::testing::make_alloc;
using state::testing::make_eval;
using state::testing::make_job;
using state::testing::make_node;
using state::testing::make_plan;
using state::testing::node_id;

std::vector<std::string> types(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& event : events) out.push_back(std::string(topic_name(event.topic)) + ":" + std::string(event.type));
  return out;
}

class Events : public ::testing::Test {
 protected:
  // What a command makes happen.
  template <class Body>
  std::vector<std::string> after(Body body) {
    const state::Snapshot before = cluster.now();
    cluster.must(std::move(body));
    return types(events_between(before, cluster.now()));
  }
  SnapshotPtr now() const { return std::make_shared<const state::Snapshot>(cluster.now()); }
  void change(int times) {
    for (int i = 0; i < times; ++i) {
      model::Job job = make_job("web");
      job.meta["n"] = std::to_string(++changes);
      cluster.must(state::RegisterJob{.job = job});
    }
  }

  state::testing::TestCluster cluster;
  int changes = 0;
};

using List = std::vector<std::string>;

TEST_F(Events, SayWhatBecameOfJobs) {
  EXPECT_EQ(after(state::RegisterJob{.job = make_job("web"), .eval = make_eval(1, "web")}),
            (List{"Job:JobRegistered", "Evaluation:EvaluationUpdated"}));
  EXPECT_EQ(after(state::DeregisterJob{.ns = "default", .job_id = "web"}), List{"Job:JobDeregistered"});
  EXPECT_EQ(after(state::DeregisterJob{.ns = "default", .job_id = "web", .purge = true}),
            (List{"Job:JobDeregistered", "Evaluation:EvaluationDeleted"}));
}

TEST_F(Events, SayWhatBecameOfNodesAndAllocations) {
  EXPECT_EQ(after(state::RegisterNode{.node = make_node(1)}), List{"Node:NodeRegistration"});
  EXPECT_EQ(after(state::UpdateNodeStatus{.node_id = node_id(1)}), List{"Node:NodeStatusUpdate"});
  cluster.must(state::RegisterJob{.job = make_job("web")});
  const auto placed = after(state::ApplyPlan{.plan = make_plan("web", {make_alloc(1, "web", node_id(1))})});
  EXPECT_THAT(placed, ::testing::Contains("Allocation:AllocationCreated"));
  EXPECT_THAT(
      after(state::UpdateAllocs{.allocs = {{.id = alloc_id(1), .client_status = model::ClientStatus::Running}}}),
      ::testing::Contains("Allocation:AllocationUpdated"));
  EXPECT_EQ(after(state::UpdateNodeDrain{.node_id = node_id(1), .drain = model::DrainStrategy{}}),
            List{"Node:NodeDrain"});
  EXPECT_THAT(after(state::DeregisterNode{.node_id = node_id(1)}), ::testing::Contains("Node:NodeDeregistration"));
}

TEST_F(Events, CanBeMadeFromTheStateForThoseWhoCameLate) {
  cluster.must(state::RegisterJob{.job = make_job("old")});
  const uint64_t seen = cluster.now().index();
  cluster.must(state::RegisterJob{.job = make_job("new")});
  const auto events = events_since(cluster.now(), seen, 10);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].key, "new");
  EXPECT_EQ((*events)[0].type, "JobRegistered");
  EXPECT_EQ(events_since(cluster.now(), cluster.now().index(), 10)->size(), 0u);
}

TEST_F(Events, OfTooLongAgoAreRefused) {
  for (int i = 0; i < 20; ++i) cluster.must(state::RegisterJob{.job = make_job("job" + std::to_string(i))});
  EXPECT_FALSE(events_since(cluster.now(), 1, 10));
  EventBroker broker(10);
  const auto late = broker.subscribe(now(), 1)->take(now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::ResourceExhausted);
}

TEST_F(Events, ASlowFollowerIsToldAndTheBufferStaysBounded) {  // cases.md 31
  EventBroker broker(10);
  change(1);
  const auto slow = broker.subscribe(now(), 0);
  const auto quick = broker.subscribe(now(), 0);
  for (int i = 0; i < 100; ++i) {
    change(1);
    const auto batches = quick->take(now());
    ASSERT_TRUE(batches);
    ASSERT_EQ(batches->size(), 1u);
    EXPECT_LE(broker.buffered(), 10u);
  }
  const auto late = slow->take(now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::ResourceExhausted);
}

TEST_F(Events, AFollowerGoesOnWhereItWas) {
  EventBroker broker(100);
  change(3);
  const auto keeps_the_buffer = broker.subscribe(now(), 0);
  change(1);
  const uint64_t index = cluster.now().index();
  ASSERT_TRUE(keeps_the_buffer->take(now()));
  change(1);
  ASSERT_TRUE(keeps_the_buffer->take(now()));
  const auto buffered = broker.subscribe(now(), index)->take(now());
  ASSERT_TRUE(buffered);
  ASSERT_EQ(buffered->size(), 1u);
  EXPECT_EQ((*buffered)[0]->events[0].index, index + 1);
  const auto older = broker.subscribe(now(), 1)->take(now());
  ASSERT_TRUE(older);
  ASSERT_EQ(older->size(), 1u);  // made from the state: the job as it is now
  EXPECT_EQ((*older)[0]->events.size(), 1u);
}

TEST_F(Events, FollowersOnSeveralThreadsSeeEveryStepOnce) {
  change(1);
  std::vector<SnapshotPtr> history = {now()};
  for (int i = 0; i < 200; ++i) {
    change(1);
    history.push_back(now());
  }
  EventBroker broker(1000);
  const auto keeps_the_buffer = broker.subscribe(history[0], 0);
  std::vector<std::vector<uint64_t>> seen(4);
  std::vector<std::thread> threads;
  for (auto& indexes : seen) {
    threads.emplace_back([&] {
      const auto follower = broker.subscribe(history[0], history[0]->index());
      for (const SnapshotPtr& snapshot : history) {
        const auto taken = follower->take(snapshot);
        ASSERT_TRUE(taken);
        for (const auto& batch : *taken) indexes.push_back(batch->index);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& indexes : seen) {
    EXPECT_EQ(std::ranges::adjacent_find(indexes, std::greater_equal<>()), indexes.end());
    EXPECT_EQ(indexes.size(), history.size() - 1);
  }
}

TEST_F(Events, NothingIsKeptWhileNobodyFollows) {
  EventBroker broker(100);
  {
    const auto follower = broker.subscribe(now(), 0);
    change(5);
    EXPECT_TRUE(follower->take(now()));
    EXPECT_GT(broker.buffered(), 0u);
  }
  EXPECT_EQ(broker.buffered(), 0u);
}

class EventStreams : public ApiTest {
 protected:
  EventStreams() {
    ApiOptions options;
    options.event_heartbeat = std::chrono::milliseconds(1);
    restart(options);
  }

  // The first lines of a stream that are no heartbeats.
  static net::Task<std::vector<std::string>> read_lines(Api* api, net::HttpRequest request, size_t count) {
    std::vector<std::string> lines;
    net::HttpResponse answer = co_await api->handle(std::move(request));
    EXPECT_EQ(answer.status, 200) << answer.body;
    while (answer.stream && lines.size() < count) {
      auto chunk = co_await answer.stream->next();
      if (!chunk || !*chunk) break;
      if (**chunk == "{}\n" && count > 0 && ++heartbeats() < 1000) continue;
      lines.push_back(**chunk);
    }
    co_return lines;
  }
  static int& heartbeats() {
    static int count = 0;
    return count;
  }
  std::vector<std::string> lines(std::string target, size_t count) {
    heartbeats() = 0;
    auto read = net::run_to_end(loop, read_lines(api.get(), make_request("GET", std::move(target)), count));
    return read.value_or(std::vector<std::string>());
  }
};

TEST_F(EventStreams, BeginAtAnIndex) {
  server.must(state::RegisterJob{.job = make_job("a")});
  server.must(state::RegisterJob{.job = make_job("b")});
  const auto read = lines("/v1/event/stream?index=1", 1);
  ASSERT_EQ(read.size(), 1u);
  const auto line = codec::parse_json(read[0]);
  ASSERT_TRUE(line) << read[0];
  EXPECT_EQ(at(*line, "Index"), "2");
  EXPECT_EQ(at(*line, "Events.0.Topic"), "Job");
  EXPECT_EQ(at(*line, "Events.0.Key"), "b");
  EXPECT_EQ(at(*line, "Events.0.Namespace"), "default");
  EXPECT_EQ(at(*line, "Events.0.Payload.Job.ID"), "b");
}

TEST_F(EventStreams, ShowOnlyWhatWasAskedFor) {
  server.must(state::RegisterJob{.job = make_job("start")});
  server.must(state::RegisterNode{.node = make_node(1)});
  server.must(state::RegisterJob{.job = make_job("web"), .eval = make_eval(1, "web")});
  server.must(state::RegisterJob{.job = make_job("api"), .eval = make_eval(2, "api")});
  const auto read = lines("/v1/event/stream?index=1&topic=Evaluation:api&topic=Node", 1);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_THAT(read[0], ::testing::HasSubstr(node_id(1).str()));
  EXPECT_THAT(read[0], ::testing::HasSubstr("\"FilterKeys\":[\"api\"]"));
  EXPECT_THAT(read[0], ::testing::Not(::testing::HasSubstr("web")));
  EXPECT_EQ(get("/v1/event/stream?topic=Odd").status, 400);
}

// cases.md 31: who is too slow gets an error event and the end, and goes on by index with another stream.
TEST_F(EventStreams, EndWithAnErrorForWhoIsTooSlow) {
  ApiOptions options;
  options.event_heartbeat = std::chrono::milliseconds(1);
  options.event_buffer = 4;
  restart(options);
  server.must(state::RegisterJob{.job = make_job("a")});
  server.must(state::RegisterJob{.job = make_job("b")});
  const auto change = [&](int n) {
    model::Job job = make_job("b");
    job.meta["n"] = std::to_string(n);
    server.must(state::RegisterJob{.job = job});
  };
  const auto follow = [&](Api* a, net::HttpRequest request) -> net::Task<std::vector<std::string>> {
    std::vector<std::string> read;
    net::HttpResponse slow = co_await a->handle(std::move(request));
    net::HttpResponse quick = co_await a->handle(make_request("GET", "/v1/event/stream"));
    for (int n = 0; n < 20; ++n) {
      change(n);
      auto kept_up = co_await quick.stream->next();
      EXPECT_TRUE(kept_up && *kept_up);
    }
    for (;;) {
      auto chunk = co_await slow.stream->next();
      if (!chunk || !*chunk) co_return read;
      read.push_back(**chunk);
    }
  };
  const auto read = net::run_to_end(loop, follow(api.get(), make_request("GET", "/v1/event/stream?index=2")));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1u);
  const auto error = codec::parse_json(read->front());
  ASSERT_TRUE(error) << read->front();
  EXPECT_EQ(at(*error, "Index"), "2");
  EXPECT_THAT(at(*error, "Error"), ::testing::HasSubstr("should resubscribe"));
  const auto resumed = lines("/v1/event/stream?index=" + at(*error, "Index"), 1);
  ASSERT_EQ(resumed.size(), 1u);
  EXPECT_EQ(at(*codec::parse_json(resumed[0]), "Events.0.Key"), "b");
}

TEST_F(EventStreams, ShowThatTheyLive) {
  clock.advance(std::chrono::seconds(1));
  const auto read = net::run_to_end(loop, [](Api* a, net::HttpRequest request) -> net::Task<std::string> {
    net::HttpResponse answer = co_await a->handle(std::move(request));
    auto chunk = co_await answer.stream->next();
    co_return chunk && *chunk ? **chunk : "";
  }(api.get(), make_request("GET", "/v1/event/stream")));
  EXPECT_EQ(read, "{}\n");
}

}  // namespace
}  // namespace drover::api::testing
