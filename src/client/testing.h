#pragma once

// An agent without a network, for tests: a Client with the mock and raw_exec drivers, and a server that is a list.

#include "base/mutex.h"
#include "client/client.h"
#include "client/connection.h"
#include "net/testing.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace drover::client {

// The server's end: answers as a server would, keeps what it hears. Outlives the clients that use it.
class FakeServer {
 public:
  // Connects like a network; each use is a new stream.
  ConnectionFactory factory(net::Loop& loop);

  // For the connections that come and the one that is there.
  void assign(model::Allocation alloc, const model::Job& job, const std::string& previous_http = {});
  // Changes an assignment that was made, and tells the node.
  void change(model::AllocId id, const std::function<void(model::Allocation&)>& edit);
  void forget(model::AllocId id);
  void cut_stream();
  // No stream comes up until the server is reachable again.
  void set_reachable(bool on);
  // What would be sent next is lost, and the stream with it.
  void lose_next();
  void call(rpc::Call call);
  void set_acks(bool on);
  // What nodes that watch it are told of a service; until the first time nothing.
  void offer(const rpc::ServiceQuery& query, std::vector<model::ServiceRegistration> instances);

  // False if the condition does not come true within 20 s. It is called under the server's lock.
  bool wait(const std::function<bool()>& condition);

  // REQUIRES within wait(), or nothing runs any more.
  const model::Allocation* find(model::AllocId id) const;
  bool status_is(model::AllocId id, model::ClientStatus status) const;

  model::Allocation alloc(model::AllocId id);

  std::map<model::AllocId, model::Allocation> reports;
  std::map<model::AllocId, std::vector<model::ServiceRegistration>> services;
  std::map<model::AllocId, std::vector<model::ClientStatus>> history;
  std::vector<rpc::CallHead> call_heads;
  std::vector<rpc::CallData> call_data;
  model::Node node;
  size_t hellos = 0;
  size_t heartbeats = 0;
  size_t update_messages = 0;

 private:
  class Connection;
  struct Assigned {
    model::Allocation alloc;
    model::Job job;
    std::string previous_http;
  };

  void on_message(const rpc::AnyMessage& message);
  void send_assignments();
  void deliver(rpc::AnyMessage message);

  Mutex mutex_;
  ConditionVariable changed_;
  Connection* connection_ = nullptr;
  std::map<model::AllocId, Assigned> assigned_;
  uint64_t index_ = 0;
  bool acks_ = true;
  std::set<rpc::ServiceQuery> watched_;
  std::map<rpc::ServiceQuery, std::vector<model::ServiceRegistration>> offered_;
  bool reachable_ = true;
  std::map<model::AllocId, uint64_t> sent_;  // over this stream, with their index
  bool complete_ = false;
  bool lose_next_ = false;
};

// One life of an agent on a data directory, with the mock and raw_exec drivers.
class TestAgent {
 public:
  TestAgent(const std::string& data_dir, FakeServer& server, ClientOptions options = {});
  // Kills what still runs, unless it was stopped.
  ~TestAgent();
  TestAgent(const TestAgent&) = delete;
  TestAgent& operator=(const TestAgent&) = delete;

  void stop(StopMode mode);

  Client& client() { return *client_; }
  net::Loop& loop() { return loop_; }

  // The whole answer of a call, or its error.
  Result<std::string> call(rpc::CallRequest request, std::vector<std::string> input = {});

 private:
  net::Task<bool> end(StopMode mode);

  SystemClock clock_;
  SystemRandom random_;
  net::Loop loop_{"client"};
  net::BlockingPool pool_{"client", 4};
  std::unique_ptr<Client> client_;
};

class TestDir {
 public:
  TestDir() {
    char name[] = "/tmp/drover-client-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TestDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// ---- Jobs

model::Task mock_task(const std::string& name, codec::Value::Object config);
// raw_exec of "/bin/sh -c <script>".
model::Task shell_task(const std::string& name, const std::string& script);
// One group "g" without restarts, canonical.
model::Job make_job(model::JobType type, std::vector<model::Task> tasks);
model::Allocation make_alloc(const model::Job& job, uint64_t number = 1);
bool has_event(const model::TaskState& state, const std::string& type);

}  // namespace drover::client
