#pragma once

#include "assets/request.h"
#include "net/loop.h"
#include "net/task.h"
#include "sys/directory.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drover::assets {

struct FetcherOptions {
  std::string program = "/proc/self/exe";  // answers to kHelperArgument with run_helper()
  std::vector<std::string> environment;    // "NAME=value" that downloads see; nothing else of the agent's
  bool isolate = true;
  unsigned concurrency = 4;
};

// Where what is fetched goes.
struct FetchPlace {
  std::string work;         // a directory to make, to be used and removed; no task can write to the one it is in
  std::string root;         // nothing is written outside it,
  std::string root_label;   // which errors call so
  std::string destination;  // relative to it
  std::optional<sys::Owner> owner;  // the agent's user otherwise
};

// Fetches artifacts, each in a process without privileges that can write nothing but its own working directory; then
// moves what came to its destination. So many at a time; others wait. Owner: the loop's thread.
class Fetcher {
 public:
  Fetcher(net::Loop& loop, FetcherOptions options);
  // Kills what is under way.
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // A cancelled caller's download is killed. Errors do not name the source. Unavailable, DeadlineExceeded: worth
  // another try.
  net::Task<Status> fetch(FetchRequest request, FetchPlace place, std::function<void(const Progress&)> on_progress);

 private:
  struct Job;
  static net::Task<void> run(net::BlockingPool& pool, std::shared_ptr<Job> job);

  net::Loop& loop_;
  const std::shared_ptr<const FetcherOptions> options_;
  net::BlockingPool pool_;
  const std::shared_ptr<std::set<std::shared_ptr<Job>>> jobs_;  // not yet ended
};

}  // namespace drover::assets
