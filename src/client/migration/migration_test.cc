// Two agents, and the data of an allocation on its way from one to the other.

#include "client/client_test_support.h"
#include "codec/tar.h"
#include "net/http_server.h"
#include "sys/files.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>

namespace drover::client {
namespace {

using ::testing::HasSubstr;

// The HTTP API of an agent, as far as it hands out data.
class FakeApi {
 public:
  explicit FakeApi(net::HttpHandler answer)
      : loop_(std::make_unique<net::Loop>("fake api")), server_({}, started(*loop_), std::move(answer)) {
    port_ = *server_.listen("127.0.0.1", 0);
  }
  ~FakeApi() {
    server_.stop();
    loop_->stop();
    loop_->join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  static std::vector<net::Loop*> started(net::Loop& loop) {
    loop.start();
    return {&loop};
  }

  const std::unique_ptr<net::Loop> loop_;
  net::HttpServer server_;
  uint16_t port_ = 0;
};

// Sends what it has and then breaks off, or says for ever that it waits.
class Unfinished final : public net::BodyStream {
 public:
  explicit Unfinished(std::optional<std::string> bytes) : bytes_(std::move(bytes)) {}
  net::Task<Result<std::optional<std::string>>> next() override {
    if (!bytes_) {
      co_await net::sleep_for(std::chrono::milliseconds(20));
      co_return codec::tar_pause();
    }
    if (bytes_->empty()) co_return err(ErrorCode::Unavailable, "broken off");
    co_return std::exchange(*bytes_, "");
  }

 private:
  std::optional<std::string> bytes_;
};

net::HttpHandler answer_with(std::string body) {
  return [body = std::move(body)](net::HttpRequest) -> net::Task<net::HttpResponse> {
    net::HttpResponse out;
    out.body = body;
    co_return out;
  };
}

class MigrationTest : public ClientTest {
 protected:
  static model::Job job(const std::string& script) {
    auto out = make_job(JobType::Batch, {shell_task("t", script)});
    out.task_groups[0].ephemeral_disk.migrate = true;
    out.task_groups[0].ephemeral_disk.size_mb = 10;
    return out;
  }

  // The archive that an allocation leaves behind that writes `text` to alloc/data/a and local/b.
  std::string left_behind(const std::string& text) {
    FakeServer other;
    TestDir there;
    TestAgent agent(there.path(), other);
    const auto old = job("echo " + text + " > $NOMAD_ALLOC_DIR/data/a; echo " + text + " > local/b");
    const auto alloc = make_alloc(old, 1);
    other.assign(alloc, old);
    EXPECT_TRUE(other.wait([&] { return other.find(alloc.id) != nullptr; }));
    // Asked before it has ended, it waits.
    const auto archive = agent.call({.method = rpc::CallMethod::AllocSnapshot, .alloc_id = alloc.id});
    EXPECT_TRUE(archive);
    return archive.value_or("");
  }

  model::AllocId run_next(const std::string& address, const std::string& script) {
    const auto next = job(script);
    auto alloc = make_alloc(next, ++last_);
    alloc.previous_allocation = make_alloc(next, 1).id;
    server.assign(alloc, next, address);
    return alloc.id;
  }

  bool waits(model::AllocId id) {
    return server.wait([&] {
      const auto* alloc = server.find(id);
      return alloc && has_event(alloc->task_states.at("t"), "Migrating");
    });
  }

  std::string told(model::AllocId id) {
    std::string out;
    const auto alloc = server.alloc(id);
    for (const auto& event : alloc.task_states.at("t").events) {
      if (event.type == "Migrating") out += event.display_message + "\n";
    }
    return out;
  }

 private:
  uint64_t last_ = 1;
};

constexpr const char* kShow = "cat $NOMAD_ALLOC_DIR/data/a local/b > $NOMAD_ALLOC_DIR/data/seen 2>&1";

TEST_F(MigrationTest, AnAllocationBeginsWithTheDataOfItsPredecessorElsewhere) {
  FakeApi api(answer_with(left_behind("hello")));
  TestAgent agent(dir.path(), server);
  const auto id = run_next(api.address(), kShow);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(*sys::read_file(alloc_path(id) + "/alloc/data/seen"), "hello\nhello\n");
  EXPECT_THAT(told(id), HasSubstr("in 2 files, verified"));
  EXPECT_FALSE(std::filesystem::exists(alloc_path(id) + "/.migrated"));
}

TEST_F(MigrationTest, WhatCannotBeHadIsSaidAndTheDiskStartsEmpty) {
  std::string broken = left_behind("hello");
  broken[broken.find("hello")] = 'j';
  FakeApi gone([](net::HttpRequest) -> net::Task<net::HttpResponse> { co_return net::text_response(404, "not here"); });
  FakeApi damaged(answer_with(broken));
  TestAgent agent(dir.path(), server);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {gone.address(), "not here"}, {damaged.address(), "digest"}, {"", "nobody is known who has it"}};
  for (const auto& [address, reason] : cases) {
    const auto id = run_next(address, "ls $NOMAD_ALLOC_DIR/data local > $NOMAD_ALLOC_DIR/seen");
    ASSERT_TRUE(becomes(id, ClientStatus::Complete));
    EXPECT_THAT(told(id), ::testing::AllOf(HasSubstr("the disk starts empty"), HasSubstr(reason)));
    EXPECT_THAT(*sys::read_file(alloc_path(id) + "/alloc/seen"), ::testing::Not(HasSubstr("a\n")));
  }
}

TEST_F(MigrationTest, WhatBreaksOffIsTriedAgain) {
  const std::string archive = left_behind("hello");
  auto tries = std::make_shared<std::atomic<int>>(0);
  FakeApi api([archive, tries](net::HttpRequest) -> net::Task<net::HttpResponse> {
    net::HttpResponse out;
    if ((*tries)++ == 0) {
      out.stream = std::make_unique<Unfinished>(archive.substr(0, archive.size() / 2));
    } else {
      out.body = archive;
    }
    co_return out;
  });
  TestAgent agent(dir.path(), server);
  const auto id = run_next(api.address(), kShow);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(*sys::read_file(alloc_path(id) + "/alloc/data/seen"), "hello\nhello\n");
  EXPECT_EQ(*tries, 2);
}

net::HttpHandler wait_for_ever() {
  return [](net::HttpRequest) -> net::Task<net::HttpResponse> {
    net::HttpResponse out;
    out.stream = std::make_unique<Unfinished>(std::nullopt);
    co_return out;
  };
}

TEST_F(MigrationTest, WhoIsStoppedMeanwhileWaitsForNothing) {
  FakeApi api(wait_for_ever());
  TestAgent agent(dir.path(), server);
  const auto id = run_next(api.address(), kShow);
  ASSERT_TRUE(waits(id));
  stop_alloc(id);
  EXPECT_TRUE(becomes(id, ClientStatus::Complete));
}

TEST_F(MigrationTest, TheNextAgentGoesOnWhereThisOneWasStopped) {
  const std::string archive = left_behind("hello");
  auto ready = std::make_shared<std::atomic<bool>>(false);
  FakeApi api([archive, ready](net::HttpRequest) -> net::Task<net::HttpResponse> {
    net::HttpResponse out;
    if (*ready) {
      out.body = archive;
    } else {
      out.stream = std::make_unique<Unfinished>(std::nullopt);
    }
    co_return out;
  });
  std::optional<TestAgent> agent;
  agent.emplace(dir.path(), server);
  const auto id = run_next(api.address(), kShow);
  ASSERT_TRUE(waits(id));
  agent->stop(StopMode::LeaveTasks);
  *ready = true;
  agent.emplace(dir.path(), server);
  ASSERT_TRUE(becomes(id, ClientStatus::Complete));
  EXPECT_EQ(*sys::read_file(alloc_path(id) + "/alloc/data/seen"), "hello\nhello\n");
}

TEST_F(MigrationTest, AnAgentThatStopsDoesNotWaitForAStickyDisk) {
  auto sticky = make_job(JobType::Service, {shell_task("t", "exec sleep 600")});
  sticky.task_groups[0].ephemeral_disk.sticky = true;
  std::optional<TestAgent> agent;
  agent.emplace(dir.path(), server);
  const auto first = run(sticky, 1);
  ASSERT_TRUE(becomes(first, ClientStatus::Running));
  auto next = make_alloc(sticky, 2);
  next.previous_allocation = first;
  server.assign(next, sticky);
  ASSERT_TRUE(becomes(next.id, ClientStatus::Pending));
  agent->stop(StopMode::LeaveTasks);
  agent.emplace(dir.path(), server);
  ASSERT_TRUE(becomes(first, ClientStatus::Running));
  ASSERT_TRUE(sys::write_file_atomic(alloc_path(first) + "/alloc/data/a", "kept"));
  stop_alloc(first);
  ASSERT_TRUE(becomes(next.id, ClientStatus::Running));
  EXPECT_EQ(sys::read_file(alloc_path(next.id) + "/alloc/data/a").value_or(""), "kept");
}

}  // namespace
}  // namespace drover::client
