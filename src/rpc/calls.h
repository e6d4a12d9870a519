#pragma once

#include "net/loop.h"
#include "net/task.h"
#include "rpc/frame.h"
#include "rpc/node_stream.h"
#include "rpc/node_stream_client.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// Calls of the server to a node, over the node's stream: files, logs, stats, commands in tasks. The answer flows in
// windows: what a reader has not taken is bounded by kCallWindow a call on the server, and by kCallBudget for all calls
// together on the node.
namespace drover::rpc {

// What one node has on its way to slow readers, for all calls together; beyond it each call has kSmallCallWindow.
inline constexpr size_t kCallBudget = 4 << 20;
inline constexpr size_t kSmallCallWindow = 16 * 1024;
inline constexpr size_t kMaxCallsAtOnce = 1024;
inline constexpr size_t kMaxCallChunk = 64 * 1024;

class CallRouter;

// The answer of a node to a call. Belongs to one task; destroying it cancels the call on the node.
class CallStream {
 public:
  ~CallStream();
  CallStream(const CallStream&) = delete;
  CallStream& operator=(const CallStream&) = delete;

  const std::string& content_type() const;

  // The next chunk, in order; nothing at the end. Fails with what the node reports, or Unavailable if its stream ended.
  // Cancellable.
  net::Task<Result<std::optional<std::string>>> next();

  // A piece of input, for a call that takes any: returns when the node has room for more. Beside next(), from the same
  // loop, one at a time. Fails as next() does, and for a piece of more than kMaxCallInput.
  net::Task<Status> send(std::string input);

 private:
  friend net::Task<Result<std::unique_ptr<CallStream>>> start_call(std::shared_ptr<CallRouter>, CallRequest);
  struct State;
  friend class CallRouter;
  explicit CallStream(std::shared_ptr<State> state);
  const std::shared_ptr<State> state_;
  std::string content_type_;
};

// The calls over one node's stream. Thread-safe: calls are made from any loop, answers come from the stream's handler.
class CallRouter {
 public:
  explicit CallRouter(std::shared_ptr<NodeStream> stream);
  CallRouter(const CallRouter&) = delete;
  CallRouter& operator=(const CallRouter&) = delete;

  // From the handler's on_message: true, and the message is used up, if it belongs to a call.
  bool on_message(AnyMessage& message);

  // From the handler's on_close: all calls, and those made later, end with Unavailable.
  void close(const std::string& reason);

  size_t call_count() const;

 private:
  friend class CallStream;
  friend net::Task<Result<std::unique_ptr<CallStream>>> start_call(std::shared_ptr<CallRouter>, CallRequest);
  struct State;
  const std::shared_ptr<State> state_;
};

// Makes a call and waits until the node answers or refuses; the caller limits that time. Cancellable.
net::Task<Result<std::unique_ptr<CallStream>>> start_call(std::shared_ptr<CallRouter> router, CallRequest request);

// The node's side of one call: given to its handler. The handler's loop only.
class CallWriter {
 public:
  struct State;
  explicit CallWriter(std::shared_ptr<State> state);

  // Before the first write(); "text/plain" and the like.
  void set_content_type(std::string content_type);

  // Sends the head of the answer now rather than with the first bytes: for answers that may have none for long.
  Status start();

  // Waits until the reader has taken enough of what was sent. Fails once the stream has ended.
  net::Task<Status> write(std::string bytes);

  // The next piece of the caller's input, whole as it was sent. Waits for ever where there is none; beside write(), one
  // at a time. Fails once the call has ended.
  net::Task<Result<std::string>> read_input();

  // Ends the answer with an error. A handler that just returns ends it well.
  void fail(const Error& error);

 private:
  const std::shared_ptr<State> state_;
};

// Answers one call. Cancelled when the reader or the stream has gone.
using CallHandler = std::function<net::Task<void>(CallRequest request, CallWriter& writer)>;

// The node's side: answers calls with tasks on `loop`. Owned by that loop's thread.
class CallResponder {
 public:
  // REQUIRES `sender` and `loop` outlive it.
  CallResponder(net::Loop& loop, MessageSender& sender, CallHandler handler);
  // Cancels what is running.
  ~CallResponder();
  CallResponder(const CallResponder&) = delete;
  CallResponder& operator=(const CallResponder&) = delete;

  // True, and the message is used up, if it belongs to a call.
  bool on_message(AnyMessage& message);

  // Cancels all calls.
  void on_disconnected();

  size_t call_count() const;

 private:
  struct State;
  friend class CallWriter;
  const std::shared_ptr<State> state_;
};

}  // namespace drover::rpc
