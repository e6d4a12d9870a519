#pragma once

// For tests of this and other modules.

#include "base/check.h"
#include "net/loop.h"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::net {

// Runs the task on the loop and blocks until it has ended; nothing if it was cancelled. REQUIRES another thread than
// the loop's, and that the loop is started.
template <class T>
std::optional<T> run_to_end(Loop& loop, Task<T> task) {
  struct Outcome {
    std::optional<T> value;
    std::promise<void> ended;
    ~Outcome() { ended.set_value(); }
  };
  struct Runner {
    static Task<void> run([[maybe_unused]] std::unique_ptr<Outcome> outcome, std::optional<T>* out, Task<T> task) {
      T value = co_await std::move(task);
      out->emplace(std::move(value));
    }
  };
  std::optional<T> out;
  auto outcome = std::make_unique<Outcome>();
  auto ended = outcome->ended.get_future();
  loop.spawn("test task", Runner::run(std::move(outcome), &out, std::move(task)));
  ended.wait();
  return out;
}

// A blocking TCP or unix client that sends exactly the bytes it is told to. Every wait ends after ten seconds.
class RawClient {
 public:
  explicit RawClient(uint16_t port);
  explicit RawClient(const std::string& unix_path);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  // As much as the peer takes; false once it has closed.
  bool send(std::string_view bytes);
  // Whatever comes until the peer closes (or resets).
  std::string read_to_end();
  // One response with its header: by Content-Length, chunked (left as it is), or to the end. "" if there is none.
  std::string read_response(std::string_view method = "GET");
  // At least one byte; "" at the end.
  std::string read_some();
  void shutdown_write();
  void close();
  // Makes the next close() send a reset.
  void close_with_reset();

 private:
  bool fill();
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace drover::net
