#pragma once

#include "base/result.h"
#include "bench/bench.h"
#include "bench/folder.h"
#include "codec/value.h"
#include "net/http_client.h"

#include <cstdint>
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

// An agent of its own, server and client in one process on 127.0.0.1, with its state in a temporary folder; durable as
// any other. It ends with this object, and so do its tasks.
class Agent {
 public:
  // Returns when its node is ready.
  static Result<std::unique_ptr<Agent>> start(const std::string& program);
  ~Agent();

  int pid() const { return pid_; }
  const std::string& folder() const { return folder_.path(); }

  Result<Answer> get(const std::string& target);
  // Whether the driver is detected and healthy.
  bool has_driver(const std::string& name);

  Status submit(const codec::Value& job);
  Status purge(const std::string& job);
  // Waits until so many allocations of a job (or, for "", of all) have the client status. Errors: DeadlineExceeded.
  Status wait_for(const std::string& job, const std::string& status, size_t count);
  // Purges what was submitted and waits until it has ended.
  Status clean_up();

 private:
  Agent(net::BlockingHttpClient http) : http_(std::move(http)) {}
  Status wait_until_ready();
  Result<Answer> request(net::HttpClientRequest request);

  TemporaryFolder folder_;
  net::BlockingHttpClient http_;
  int pid_ = -1;
  std::vector<std::string> jobs_;
};

// A service of `count` copies of one task "t" that is small and says nothing.
codec::Value make_job(const std::string& id, int64_t count, const std::string& driver, codec::Value config);

// A shell command that makes a file, so that inotify tells that it has started, and then sleeps.
std::string touch_and_sleep(const std::string& file);

}  // namespace drover::bench
