#pragma once

#include "api/api.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/random.h"
#include "codec/json.h"
#include "net/loop.h"
#include "net/testing.h"
#include "state/command.h"
#include "state/draft.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// For the tests of api/: a server that is nothing but a state, and an Api in front of it.
namespace drover::api::testing {

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return {1'700'000'000'000'000'000 + mono_.load()}; }
  MonoTime mono() const override { return {mono_.load()}; }
  void advance(Duration d) { mono_ += d.count(); }

 private:
  std::atomic<int64_t> mono_{0};
};

class FakeStream final : public server::CallStream {
 public:
  FakeStream(std::string type, std::vector<std::string> chunks, std::vector<std::string>* input)
      : type_(std::move(type)), chunks_(std::move(chunks)), input_(input) {}
  const std::string& content_type() const override { return type_; }
  net::Task<Result<std::optional<std::string>>> next() override {
    if (at_ == chunks_.size()) co_return std::nullopt;
    co_return chunks_[at_++];
  }
  net::Task<Status> send(std::string input) override {
    input_->push_back(std::move(input));
    co_return Ok{};
  }

 private:
  const std::string type_;
  const std::vector<std::string> chunks_;
  std::vector<std::string>* const input_;
  size_t at_ = 0;
};

// Remembers the calls made to it and answers with what it was told to.
struct FakeNode {
  std::vector<rpc::CallRequest> calls;
  std::string content_type = "text/plain";
  std::vector<std::string> chunks;
  std::vector<std::string> input;
  std::optional<Error> error;

  Result<std::unique_ptr<server::CallStream>> answer(rpc::CallRequest request) {
    calls.push_back(std::move(request));
    if (error) return err(*error);
    return std::make_unique<FakeStream>(content_type, chunks, &input);
  }
};

class FakeFrontend final : public server::Frontend {
 public:
  // A wait that ends without a change advances the clock.
  explicit FakeFrontend(FakeClock& fake_clock) : clock(fake_clock) {}

  std::shared_ptr<const state::Snapshot> snapshot() const override {
    const MutexLock lock(mutex_);
    return snapshot_;
  }
  net::Task<Result<state::Reply>> submit(state::Command command) override {
    if (refuse) co_return err(*refuse);
    co_return apply(command);
  }
  net::Task<void> wait_for_change(state::TableSet tables, uint64_t index, Duration timeout) override {
    ++waits;
    for (;;) {
      const uint64_t version = changed_.version();
      if (snapshot()->table_index(tables) > index) co_return;
      const bool changed = co_await changed_.wait(version, timeout);
      if (!changed) {
        clock.advance(timeout);
        co_return;
      }
    }
  }
  Result<server::PlanPreview> preview(const model::Job& job) override {
    previewed = job;
    return plan;
  }
  Result<server::ChildLaunch> make_dispatch(const model::JobKey& parent, std::string payload,
                                            std::map<std::string, std::string> meta, std::string token) override {
    if (launch_error) return err(*launch_error);
    dispatch_token = std::move(token);
    dispatched_payload = std::move(payload);
    dispatched_meta = std::move(meta);
    model::Job child = *snapshot()->job(parent);
    child.id += "/dispatch-1";
    child.parent_id = parent.id;
    child.dispatched = true;
    child.dispatch_token = dispatch_token;
    const auto eval = model::make_eval(child, model::EvalId(Uuid{.hi = 0x77, .lo = 1}), model::trigger::kJobRegister);
    return server::ChildLaunch{.command = state::make_command(state::RegisterJob{.job = child, .eval = eval}),
                               .job_id = child.id,
                               .eval_id = eval.id};
  }
  Result<server::ChildLaunch> make_periodic_launch(const model::JobKey& parent) override {
    if (launch_error) return err(*launch_error);
    model::Job child = *snapshot()->job(parent);
    child.id += "/periodic-1";
    child.parent_id = parent.id;
    child.periodic.reset();
    const auto eval = model::make_eval(child, model::EvalId(Uuid{.hi = 0x77, .lo = 2}), model::trigger::kPeriodicJob);
    return server::ChildLaunch{
        .command = state::make_command(state::LaunchPeriodic{
            .ns = parent.ns, .job_id = parent.id, .launch = WallTime{1}, .child = child, .eval = eval}),
        .job_id = child.id,
        .eval_id = eval.id};
  }
  net::Task<Status> collect_garbage() override {
    ++collections;
    if (refuse) co_return err(*refuse);
    co_return Ok{};
  }
  Result<codec::Value> explain(const model::Job& job) override {
    codec::Value explanation;
    explanation.set("JobID", job.id);
    return explanation;
  }
  net::Task<Result<std::unique_ptr<server::CallStream>>> call_node(model::NodeId node,
                                                                   rpc::CallRequest request) override {
    called_node = node;
    co_return remote.answer(std::move(request));
  }
  server::ServerInfo info() const override { return server_info; }

  Result<state::Reply> apply(const state::Command& command) {
    auto reply = apply_to_draft(command);
    changed_.notify();
    return reply;
  }
  // For commands that cannot fail.
  template <class Body>
  state::Reply must(Body body) {
    const auto reply = apply(state::make_command(std::move(body)));
    CHECK(reply, "a test's command failed");
    return *reply;
  }

  FakeClock& clock;
  std::optional<Error> refuse;
  std::optional<Error> launch_error;
  std::string dispatched_payload;
  std::string dispatch_token;
  std::map<std::string, std::string> dispatched_meta;
  int collections = 0;
  server::PlanPreview plan;
  std::optional<model::Job> previewed;
  FakeNode remote;
  model::NodeId called_node;
  std::atomic<int> waits{0};
  server::ServerInfo server_info{.name = "srv1.global",
                                 .region = "global",
                                 .datacenter = "dc1",
                                 .leader_rpc_address = "10.0.0.1:4647",
                                 .rpc_address = "10.0.0.1:4647",
                                 .http_address = "10.0.0.1:4646",
                                 .is_leader = true,
                                 .stats = {{"broker.total_ready", 3}, {"writer.batches", 7}}};

 private:
  Result<state::Reply> apply_to_draft(const state::Command& command) {
    const MutexLock lock(mutex_);
    state::Draft draft(*snapshot_);
    auto reply = state::apply(draft, command);
    snapshot_ = std::make_shared<const state::Snapshot>(draft.freeze());
    return reply;
  }

  mutable Mutex mutex_;
  std::shared_ptr<const state::Snapshot> snapshot_ BASE_GUARDED_BY(mutex_) = std::make_shared<state::Snapshot>();
  net::Notifier changed_;
};

class FakeAgent final : public LocalAgent {
 public:
  AgentSelf self() const override { return agent; }
  AgentHealth health() const override { return agent_health; }
  std::vector<LocalMetric> metrics() const override { return figures; }
  std::optional<model::NodeId> node_id() const override { return node; }
  net::Task<Result<std::unique_ptr<server::CallStream>>> call_local(rpc::CallRequest request) override {
    co_return local.answer(std::move(request));
  }

  AgentSelf agent{.name = "srv1", .version = "0.1.0", .config = {}, .stats = {}};
  AgentHealth agent_health{.client = std::nullopt, .server = PartHealth{}};
  std::vector<LocalMetric> figures;
  std::optional<model::NodeId> node;
  FakeNode local;
};

struct Response {
  int status = 0;
  net::HttpHeaders headers;
  std::string body;
  bool streamed = false;

  codec::Value json() const {
    auto value = codec::parse_json(body);
    EXPECT_TRUE(value) << body;
    return value ? *value : codec::Value();
  }
};

// The text of a member, by a path such as "Job.TaskGroups.0.Name"; "-" if there is no such thing.
inline std::string at(const codec::Value& value, std::string_view path) {
  const codec::Value* found = &value;
  while (found && !path.empty()) {
    const size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (const auto* list = found->as_array()) {
      const auto index = static_cast<size_t>(std::stoul(std::string(step)));
      found = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      found = found->find(step);
    }
  }
  if (!found) return "-";
  if (const auto* text = found->as_string()) return *text;
  return codec::dump(*found);
}

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() { loop.start(); }
  ~ApiTest() override {
    loop.stop();
    loop.join();
  }

  static net::HttpRequest make_request(std::string method, std::string target, std::string body = "") {
    net::HttpRequest request;
    request.method = std::move(method);
    EXPECT_TRUE(net::parse_target(std::move(target), request));
    request.body = std::move(body);
    request.headers.add("Host", "127.0.0.1:4646");
    request.remote_address = "127.0.0.1:50000";
    return request;
  }

  static net::Task<Response> fetch(Api* api, net::HttpRequest request) {
    net::HttpResponse answer = co_await api->handle(std::move(request));
    Response out{.status = answer.status, .headers = answer.headers, .body = std::move(answer.body)};
    out.streamed = answer.stream != nullptr;
    while (answer.stream) {
      auto chunk = co_await answer.stream->next();
      if (!chunk || !*chunk) break;
      out.body += **chunk;
    }
    co_return out;
  }

  Response send(net::HttpRequest request) {
    auto response = net::run_to_end(loop, fetch(api.get(), std::move(request)));
    return response.value_or(Response{});
  }
  Response get(std::string target) { return send(make_request("GET", std::move(target))); }
  Response put(std::string target, std::string body) {
    return send(make_request("PUT", std::move(target), std::move(body)));
  }

  // A request that is under way.
  std::future<Response> start(net::HttpRequest request) {
    return std::async(std::launch::async,
                      [this, request = std::move(request)]() mutable { return send(std::move(request)); });
  }

  void restart(ApiOptions options, bool with_server = true) {
    api = std::make_unique<Api>(std::move(options), with_server ? &server : nullptr, agent, clock, random);
  }

  FakeClock clock;
  SeededRandom random{1};
  FakeFrontend server{clock};
  FakeAgent agent;
  net::Loop loop{"test"};
  std::unique_ptr<Api> api = std::make_unique<Api>(ApiOptions{}, &server, agent, clock, random);
};

}  // namespace drover::api::testing
