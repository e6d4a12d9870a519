#pragma once

#include "base/mutex.h"
#include "rpc/executor.h"
#include "rpc/frame.h"
#include "rpc/stream_limits.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::rpc {

enum class StreamRole : uint8_t { Server, Node };

// Why this end of a stream ends it.
enum class EndKind : uint8_t { Closed, Malformed, TooSlow };

struct StreamEnd {
  EndKind kind = EndKind::Closed;
  std::string reason;
};

// What both ends of a stream share, without gRPC: the bounded queue of what is to be sent, the delivery of what was
// received, and the order of the transport's operations. Thread-safe.
//
// The transport is a gRPC reactor that derives from this. Its operations are called one at a time and never with the
// mutex held, from whichever thread made the next one possible; it answers each with on_read or on_written.
class MessageStream : public std::enable_shared_from_this<MessageStream> {
 public:
  MessageStream(StreamRole role, const StreamLimits& limits, Executor executor);
  virtual ~MessageStream() = default;
  MessageStream(const MessageStream&) = delete;
  MessageStream& operator=(const MessageStream&) = delete;

  // False once the stream is ending. Cuts it when the queue's bound is reached.
  bool enqueue(Frame frame);

  // Sends what is queued, then ends the stream; cuts it if that takes longer than the close timeout, or at once if it
  // is not open yet.
  void end(std::string reason);

  // The peer has sent something other than Refused.
  bool useful() const;

 protected:
  // The transport's events. A stream that fails to open goes through on_failed_to_open; the others through on_opened.
  void on_opened();
  void on_failed_to_open();
  void on_read(uint32_t kind, std::string_view body);
  void on_read_ended();
  void on_written(bool ok);
  // After all others; `peer_reason` counts if this end did not end the stream itself.
  void on_done(std::string peer_reason);

 private:
  enum class Action : uint8_t { None, Read, Write, HalfClose, StartTimer, Cut, Finish };

  struct Received {
    AnyMessage message;
    size_t bytes = 0;
  };

  virtual void start_read() = 0;
  virtual void start_write(Frame frame) = 0;
  // The node's end has nothing more to send: the server finishes the stream then.
  virtual void half_close() = 0;
  // cut(), after `delay`.
  virtual void start_cut_timer(Duration delay) = 0;
  // Makes all pending operations fail.
  virtual void cut() = 0;
  // The last operation. `end` is set if this end ended the stream.
  virtual void finish(const std::optional<StreamEnd>& end) = 0;

  // On the executor.
  virtual void deliver_open() = 0;
  virtual void deliver_message(AnyMessage message) = 0;
  virtual void deliver_close(const std::string& reason) = 0;

  void set_end(EndKind kind, std::string reason) __attribute__((requires_capability(mutex_)));
  Action next_action() __attribute__((requires_capability(mutex_)));
  void perform(Action action);
  void pump();
  void deliver_batch();
  std::vector<Received> take_inbox();

 protected:
  // For the timer of start_cut_timer().
  void cut_now();

 private:
  const StreamRole role_;
  const StreamLimits limits_;
  const Executor executor_;

  mutable Mutex mutex_;
  bool issuing_ BASE_GUARDED_BY(mutex_) = false;  // A thread is in pump(): it performs what others make possible.
  bool open_ BASE_GUARDED_BY(mutex_) = false;
  bool reading_ BASE_GUARDED_BY(mutex_) = false;
  bool writing_ BASE_GUARDED_BY(mutex_) = false;
  bool read_ended_ BASE_GUARDED_BY(mutex_) = false;
  bool broken_ BASE_GUARDED_BY(mutex_) = false;  // Nothing can be sent any more.
  bool cut_wanted_ BASE_GUARDED_BY(mutex_) = false;
  bool cut_ BASE_GUARDED_BY(mutex_) = false;
  bool timer_started_ BASE_GUARDED_BY(mutex_) = false;
  bool half_closed_ BASE_GUARDED_BY(mutex_) = false;
  bool finished_ BASE_GUARDED_BY(mutex_) = false;
  bool useful_ BASE_GUARDED_BY(mutex_) = false;
  std::optional<StreamEnd> end_ BASE_GUARDED_BY(mutex_);

  std::deque<Frame> outbox_ BASE_GUARDED_BY(mutex_);
  size_t outbox_bytes_ BASE_GUARDED_BY(mutex_) = 0;
  std::vector<Received> inbox_ BASE_GUARDED_BY(mutex_);
  size_t undelivered_bytes_ BASE_GUARDED_BY(mutex_) = 0;
  bool delivery_posted_ BASE_GUARDED_BY(mutex_) = false;
};

}  // namespace drover::rpc
