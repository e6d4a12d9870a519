#pragma once

#include "base/result.h"
#include "bench/bench.h"
#include "bench/folder.h"
#include "codec/value.h"
#include "net/http_client.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::bench {

// A body of the API and the index that came with it.
struct Answer {
  codec::Value body;
  uint64_t index = 0;
};

// An agent of its own on 127.0.0.1, with its state in a temporary folder; durable as any other. It ends with this
// object, and so do its tasks.
class Agent {
 public:
  enum class Kind : uint8_t { ServerAndClient, Server };

  // Returns when its node is ready, or when it answers if it has none.
  static Result<std::unique_ptr<Agent>> start(const std::string& program, Kind kind = Kind::ServerAndClient);
  ~Agent();

  int pid() const { return pid_; }
  const std::string& http_url() const { return http_url_; }
  const std::string& rpc_address() const { return rpc_address_; }  // where nodes connect
  const std::string& folder() const { return folder_.path(); }

  Result<Answer> get(const std::string& target);
  // Whether the driver is detected and healthy.
  bool has_driver(const std::string& name);

  // Kills it with SIGKILL and starts it again on the same state; returns the seconds from the start of the new process
  // to its first answer to `target`.
  Result<double> crash_and_restart(const std::string& target);

  Status submit(const codec::Value& job);
  Status purge(const std::string& job);
  // Waits until so many allocations of a job (or, for "", of all) have the client status. Errors: DeadlineExceeded.
  Status wait_for(const std::string& job, const std::string& status, size_t count);
  // Purges what was submitted and waits until it has ended.
  Status clean_up();

 private:
  Agent(net::BlockingHttpClient http, Kind kind) : kind_(kind), http_(std::move(http)) {}
  Status spawn_program();
  bool is_ready();
  Status wait_until(const std::function<bool()>& condition);
  Result<Answer> request(net::HttpClientRequest request);

  const Kind kind_;
  TemporaryFolder folder_;
  std::string program_;
  std::string http_url_;
  std::string rpc_address_;
  net::BlockingHttpClient http_;
  int pid_ = -1;
  std::vector<std::string> jobs_;
};

Status submit_job(net::BlockingHttpClient& http, const codec::Value& job);

// A service of `count` copies of one task "t" that is small and says nothing.
codec::Value make_job(const std::string& id, int64_t count, const std::string& driver, codec::Value config);

// A shell command that makes a file, so that inotify tells that it has started, and then sleeps.
std::string touch_and_sleep(const std::string& file);

}  // namespace drover::bench
