#include "client/testing.h"

#include "codec/describe.h"
#include "codec/storage.h"
#include "drivers/mock/mock_driver.h"
#include "drivers/raw_exec/raw_exec_driver.h"
#include "model/canonicalize.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

namespace drover::client {

class FakeServer::Connection final : public NodeConnection {
 public:
  Connection(FakeServer& server, net::Loop& loop, std::shared_ptr<rpc::NodeStreamClientHandler> handler)
      : server_(server), loop_(loop), handler_(std::move(handler)) {}
  ~Connection() override { stop(); }

  void start() override {
    MutexLock lock(server_.mutex_);
    server_.connection_ = this;
    if (server_.reachable_) post([](auto& handler) { handler.on_connected("fake"); });
  }
  void stop() override {
    MutexLock lock(server_.mutex_);
    if (server_.connection_ == this) server_.connection_ = nullptr;
  }
  void disconnect(std::string reason) override {
    post([reason](auto& handler) { handler.on_disconnected(reason); });
    if (reachable_) post([](auto& handler) { handler.on_connected("fake"); });
  }
  // REQUIRES the server's lock.
  void set_reachable(bool on) {
    reachable_ = on;
    if (on) post([](auto& handler) { handler.on_connected("fake"); });
    if (!on) post([](auto& handler) { handler.on_disconnected("cut off"); });
  }
  void set_servers(std::vector<std::string>) override {}
  bool send(const rpc::AnyMessage& message) override {
    if (!reachable_) return false;
    server_.on_message(message);
    return true;
  }
  void deliver(rpc::AnyMessage message) {
    post([message = std::move(message)](auto& handler) { handler.on_message(message); });
  }

 private:
  using Call = std::function<void(rpc::NodeStreamClientHandler&)>;

  // A stream keeps its order; a loop does not, between what its own thread and what others post.
  struct Calls {
    Mutex mutex;
    std::deque<Call> waiting BASE_GUARDED_BY(mutex);

    void push(Call call) {
      MutexLock lock(mutex);
      waiting.push_back(std::move(call));
    }
    Call pop() {
      MutexLock lock(mutex);
      Call first = std::move(waiting.front());
      waiting.pop_front();
      return first;
    }
  };

  void post(Call call) {
    calls_->push(std::move(call));
    loop_.post("fake server", [handler = handler_, calls = calls_] { calls->pop()(*handler); });
  }

  std::atomic<bool> reachable_ = true;
  const std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  FakeServer& server_;
  net::Loop& loop_;
  std::shared_ptr<rpc::NodeStreamClientHandler> handler_;
};

ConnectionFactory FakeServer::factory(net::Loop& loop) {
  return [this, &loop](std::shared_ptr<rpc::NodeStreamClientHandler> handler) {
    return std::make_unique<Connection>(*this, loop, std::move(handler));
  };
}

void FakeServer::assign(model::Allocation alloc, const model::Job& job, const std::string& previous_http) {
  MutexLock lock(mutex_);
  alloc.alloc_modify_index = ++index_;
  assigned_[alloc.id] = {.alloc = alloc, .job = job, .previous_http = previous_http};
  send_assignments();
}

void FakeServer::change(model::AllocId id, const std::function<void(model::Allocation&)>& edit) {
  MutexLock lock(mutex_);
  auto& assigned = assigned_.at(id);
  edit(assigned.alloc);
  assigned.alloc.alloc_modify_index = ++index_;
  send_assignments();
}

void FakeServer::forget(model::AllocId id) {
  MutexLock lock(mutex_);
  assigned_.erase(id);
  send_assignments();
}

void FakeServer::cut_stream() {
  MutexLock lock(mutex_);
  if (connection_) connection_->disconnect("cut");
}

void FakeServer::set_reachable(bool on) {
  MutexLock lock(mutex_);
  reachable_ = on;
  if (connection_) connection_->set_reachable(on);
}

void FakeServer::lose_next() {
  MutexLock lock(mutex_);
  lose_next_ = true;
}

void FakeServer::call(rpc::Call call) {
  MutexLock lock(mutex_);
  deliver(std::move(call));
}

void FakeServer::set_acks(bool on) {
  MutexLock lock(mutex_);
  acks_ = on;
}

void FakeServer::offer(const rpc::ServiceQuery& query, std::vector<model::ServiceRegistration> instances) {
  MutexLock lock(mutex_);
  offered_[query] = std::move(instances);
  if (watched_.contains(query)) deliver(rpc::Services{.query = query, .instances = offered_[query]});
}

bool FakeServer::wait(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  MutexLock lock(mutex_);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    changed_.wait_for(mutex_, std::chrono::seconds(1));
  }
  return true;
}

const model::Allocation* FakeServer::find(model::AllocId id) const {
  const auto it = reports.find(id);
  return it == reports.end() ? nullptr : &it->second;
}

bool FakeServer::status_is(model::AllocId id, model::ClientStatus status) const {
  const auto* report = find(id);
  return report && report->client_status == status;
}

model::Allocation FakeServer::alloc(model::AllocId id) {
  MutexLock lock(mutex_);
  const auto* report = find(id);
  return report ? *report : model::Allocation();
}

void FakeServer::deliver(rpc::AnyMessage message) {
  if (connection_ && reachable_) connection_->deliver(std::move(message));
}

// Everything over a new stream, then what has changed. What a node reported before is part of what it is told again.
void FakeServer::send_assignments() {
  if (std::exchange(lose_next_, false)) {
    if (connection_) connection_->disconnect("lost");
    return;
  }
  rpc::Assignments out{.index = index_, .complete = !complete_};
  complete_ = true;
  for (auto& [id, assigned] : assigned_) {
    if (out.complete) out.known.push_back(id);
    uint64_t& sent = sent_[id];
    if (std::exchange(sent, assigned.alloc.alloc_modify_index) == assigned.alloc.alloc_modify_index) continue;
    if (const auto* report = find(id)) assigned.alloc.client_status = report->client_status;
    out.changed.push_back({.alloc = assigned.alloc,
                           .job = assigned.job.key(),
                           .job_version = assigned.job.version,
                           .previous_http = assigned.previous_http});
    out.jobs.push_back({.job = assigned.job.key(),
                        .version = assigned.job.version,
                        .create_index = assigned.job.create_index,
                        .record = codec::encode_record(assigned.job)});
  }
  for (const auto& [id, index] : sent_) {
    if (!assigned_.contains(id)) out.removed.push_back(id);
  }
  for (const auto& id : out.removed) sent_.erase(id);
  deliver(std::move(out));
}

void FakeServer::on_message(const rpc::AnyMessage& message) {
  MutexLock lock(mutex_);
  const rpc::Welcome welcome{.heartbeat_ttl = std::chrono::milliseconds(200)};
  if (const auto* hello = std::get_if<rpc::Hello>(&message)) {
    node = hello->node;
    hellos++;
    watched_.clear();
    sent_.clear();
    complete_ = false;
    deliver(welcome);
    send_assignments();
  } else if (const auto* beat = std::get_if<rpc::Heartbeat>(&message)) {
    if (beat->node) node = *beat->node;
    heartbeats++;
    deliver(welcome);
  } else if (const auto* watch = std::get_if<rpc::WatchServices>(&message)) {
    watched_ = {watch->queries.begin(), watch->queries.end()};
    for (const auto& query : watched_) {
      if (offered_.contains(query)) deliver(rpc::Services{.query = query, .instances = offered_[query]});
    }
  } else if (const auto* updates = std::get_if<rpc::AllocUpdates>(&message)) {
    update_messages++;
    for (const auto& alloc : updates->allocs) {
      reports[alloc.id] = alloc;
      auto& statuses = history[alloc.id];
      if (statuses.empty() || statuses.back() != alloc.client_status) statuses.push_back(alloc.client_status);
    }
    if (acks_) deliver(rpc::Ack{.sequence = updates->sequence});
  } else if (const auto* news = std::get_if<rpc::ServiceUpdates>(&message)) {
    for (const auto& alloc : news->allocs) services[alloc.alloc_id] = alloc.services;
    if (acks_) deliver(rpc::Ack{.sequence = news->sequence});
  } else if (const auto* head = std::get_if<rpc::CallHead>(&message)) {
    call_heads.push_back(*head);
  } else if (const auto* data = std::get_if<rpc::CallData>(&message)) {
    call_data.push_back(*data);
  }
  changed_.notify_all();
}

TestAgent::TestAgent(const std::string& data_dir, FakeServer& server, ClientOptions options) {
  options.data_dir = data_dir;
  options.dev_mode = true;
  options.version = "test";
  options.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  options.cgroup_parent = "drover-client-test";
  const drivers::DriverContext context{.loop = loop_, .pool = pool_, .clock = clock_};
  ClientDeps deps{.loop = loop_, .pool = pool_, .clock = clock_, .random = random_};
  deps.connect = server.factory(loop_);
  deps.drivers["mock_driver"] = std::make_shared<drivers::MockDriver>(context);
  const auto processes = drivers::ProcessShared::create(context, {.parent = "drover-client-test"});
  if (processes) {
    const drivers::RawExecOptions raw_exec{.enabled = true};
    deps.drivers["raw_exec"] = std::make_shared<drivers::RawExecDriver>(*processes, raw_exec);
  }
  client_ = std::make_unique<Client>(std::move(options), std::move(deps));
  loop_.start();
  const auto started = net::run_to_end(loop_, client_->start());
  EXPECT_TRUE(started && *started);
}

TestAgent::~TestAgent() {
  stop(StopMode::KillTasks);
}

void TestAgent::stop(StopMode mode) {
  if (!client_) return;
  net::run_to_end(loop_, end(mode));
  loop_.stop();
  loop_.join();
}

Result<std::string> TestAgent::call(rpc::CallRequest request, std::vector<std::string> input) {
  struct Collector final : CallWriter {
    std::string text;
    net::Task<Status> begin(std::string) override { co_return Ok{}; }
    net::Task<Status> write(std::string bytes) override {
      text += bytes;
      co_return Ok{};
    }
    net::Task<Result<std::string>> read_input() override {
      if (input.empty()) co_await net::sleep_for(std::chrono::hours(1));
      std::string next = std::move(input.front());
      input.pop_front();
      co_return next;
    }
    std::deque<std::string> input;
  };
  Collector collector;
  collector.input.assign(input.begin(), input.end());
  const auto done = net::run_to_end(loop_, client_->handle(std::move(request), collector));
  if (!done) return err(ErrorCode::Cancelled, "cancelled");
  if (!*done) return err(done->error());
  return collector.text;
}

net::Task<bool> TestAgent::end(StopMode mode) {
  co_await client_->stop(mode);
  client_.reset();
  co_return true;
}

// ---- Jobs

model::Task mock_task(const std::string& name, codec::Value::Object config) {
  return {.name = name, .driver = "mock_driver", .config = codec::Value(std::move(config))};
}

model::Task shell_task(const std::string& name, const std::string& script) {
  codec::Value config;
  config.set("command", "/bin/sh");
  config.set("args", codec::Value::Array{"-c", script});
  return {.name = name, .driver = "raw_exec", .config = std::move(config)};
}

model::Job make_job(model::JobType type, std::vector<model::Task> tasks) {
  model::Job job;
  job.id = job.name = "test";
  job.type = type;
  job.datacenters = {"dc1"};
  model::TaskGroup group;
  group.name = "g";
  group.restart = model::RestartPolicy{.attempts = 0, .mode = "fail"};
  group.tasks = std::move(tasks);
  job.task_groups.push_back(std::move(group));
  model::canonicalize(job);
  return job;
}

model::Allocation make_alloc(const model::Job& job, uint64_t number) {
  model::Allocation alloc;
  // Cgroups are the machine's: another run of these tests must not have the same ones.
  alloc.id = model::AllocId(Uuid{.hi = 0xa110c0000000000 + static_cast<uint64_t>(::getpid()), .lo = number});
  alloc.job_id = job.id;
  alloc.task_group = "g";
  alloc.name = model::alloc_name(job.id, "g", 0);
  return alloc;
}

bool has_event(const model::TaskState& state, const std::string& type) {
  for (const auto& event : state.events) {
    if (event.type == type) return true;
  }
  return false;
}

}  // namespace drover::client
