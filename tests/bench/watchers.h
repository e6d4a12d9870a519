#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace drover::bench {

// Blocking queries that wait at a server, on plain sockets of one thread, so that the client costs little.
class Watchers {
 public:
  // Asks `target` of the server for its index, then so many times for what comes after it. Returns when the server has
  // taken all queries.
  static Result<Watchers> start(const std::string& url, const std::string& target, size_t count);
  ~Watchers();
  Watchers(Watchers&& other) noexcept;
  Watchers& operator=(Watchers&&) = delete;

  // Until each has its answer.
  Status wait_all();

 private:
  Watchers() = default;
  std::vector<int> sockets_;
};

}  // namespace drover::bench
