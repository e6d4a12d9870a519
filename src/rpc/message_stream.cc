#include "rpc/message_stream.h"

#include <utility>

#include <fmt/core.h>

namespace drover::rpc {

MessageStream::MessageStream(StreamRole role, const StreamLimits& limits, Executor executor)
    : role_(role), limits_(limits), executor_(std::move(executor)) {}

// ---- Ending

void MessageStream::set_end(EndKind kind, std::string reason) {
  if (!end_) end_ = StreamEnd{.kind = kind, .reason = std::move(reason)};
}

void MessageStream::end(std::string reason) {
  {
    MutexLock lock(mutex_);
    set_end(EndKind::Closed, std::move(reason));
    if (!open_) cut_wanted_ = true;
  }
  pump();
}

void MessageStream::cut_now() {
  {
    MutexLock lock(mutex_);
    cut_wanted_ = true;
  }
  pump();
}

// ---- Sending

bool MessageStream::enqueue(Frame frame) {
  bool accepted = false;
  {
    MutexLock lock(mutex_);
    if (end_ || read_ended_ || broken_) return false;
    const size_t bytes = frame.size();
    const bool too_large = bytes > limits_.max_message_bytes;
    const bool full = !outbox_.empty() && (outbox_bytes_ + bytes > limits_.max_queued_bytes ||
                                           outbox_.size() >= limits_.max_queued_messages);
    accepted = !too_large && !full;
    if (accepted) {
      outbox_bytes_ += bytes;
      outbox_.push_back(std::move(frame));
    } else {
      set_end(EndKind::TooSlow,
              too_large ? fmt::format("a message of {} bytes is larger than {} bytes", bytes, limits_.max_message_bytes)
                        : fmt::format("the peer is too slow: {} messages ({} bytes) are waiting", outbox_.size(),
                                      outbox_bytes_));
      cut_wanted_ = true;
    }
  }
  pump();
  return accepted;
}

void MessageStream::on_written(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
  }
  pump();
}

// ---- The transport's operations

// INVARIANT: Finish is the last operation, and no write is pending when it is started.
MessageStream::Action MessageStream::next_action() {
  if (finished_) return Action::None;
  if (cut_wanted_ && !cut_) {
    cut_ = true;
    broken_ = true;
    return Action::Cut;
  }
  if (!open_ && !read_ended_) return Action::None;
  if (broken_ || read_ended_) {
    outbox_.clear();
    outbox_bytes_ = 0;
  }
  if (end_ && !timer_started_ && !cut_) {
    timer_started_ = true;
    return Action::StartTimer;
  }
  if (!writing_ && !outbox_.empty()) {
    writing_ = true;
    return Action::Write;
  }
  const bool over = read_ended_ || (role_ == StreamRole::Server && (end_ || broken_));
  if (!writing_ && over) {
    finished_ = true;
    return Action::Finish;
  }
  if (!writing_ && end_ && !broken_ && !half_closed_) {
    half_closed_ = true;
    return Action::HalfClose;
  }
  const bool may_read = end_ || broken_ || undelivered_bytes_ < limits_.max_undelivered_bytes;
  if (!reading_ && !read_ended_ && may_read) {
    reading_ = true;
    return Action::Read;
  }
  return Action::None;
}

void MessageStream::perform(Action action) {
  switch (action) {
    case Action::None:
      return;
    case Action::Read:
      return start_read();
    case Action::HalfClose:
      return half_close();
    case Action::StartTimer:
      return start_cut_timer(limits_.close_timeout);
    case Action::Cut:
      return cut();
    case Action::Write: {
      Frame frame;
      {
        MutexLock lock(mutex_);
        frame = std::move(outbox_.front());
        outbox_.pop_front();
        outbox_bytes_ -= frame.size();
      }
      return start_write(std::move(frame));
    }
    case Action::Finish: {
      std::optional<StreamEnd> end;
      {
        MutexLock lock(mutex_);
        end = end_;
      }
      return finish(end);
    }
  }
}

void MessageStream::pump() {
  const auto keep = shared_from_this();
  bool first = true;
  while (true) {
    Action action = Action::None;
    {
      MutexLock lock(mutex_);
      if (first && issuing_) return;
      first = false;
      action = next_action();
      issuing_ = action != Action::None;
    }
    if (action == Action::None) return;
    perform(action);
  }
}

// ---- Receiving

void MessageStream::on_opened() {
  {
    // Handed over under the mutex: nobody reads, and so delivers a message, before.
    MutexLock lock(mutex_);
    open_ = true;
    executor_([self = shared_from_this()] { self->deliver_open(); });
  }
  pump();
}

void MessageStream::on_failed_to_open() {
  on_read_ended();
}

void MessageStream::on_read_ended() {
  {
    MutexLock lock(mutex_);
    reading_ = false;
    read_ended_ = true;
  }
  pump();
}

void MessageStream::on_read(uint32_t kind, std::string_view body) {
  auto message = decode_frame(kind, body);
  bool post = false;
  {
    MutexLock lock(mutex_);
    reading_ = false;
    if (!message) {
      set_end(EndKind::Malformed, "malformed message: " + message.error().message());
      read_ended_ = role_ == StreamRole::Server;
      cut_wanted_ = role_ == StreamRole::Node;
    } else if (*message && !end_) {
      useful_ = useful_ || !std::holds_alternative<Refused>(**message);
      const size_t bytes = body.size() + sizeof(Received);
      undelivered_bytes_ += bytes;
      inbox_.push_back({std::move(**message), bytes});
      post = !std::exchange(delivery_posted_, true);
    }
  }
  if (post) executor_([self = shared_from_this()] { self->deliver_batch(); });
  pump();
}

std::vector<MessageStream::Received> MessageStream::take_inbox() {
  MutexLock lock(mutex_);
  if (end_) inbox_.clear();
  return std::exchange(inbox_, {});
}

void MessageStream::deliver_batch() {
  size_t delivered = 0;
  for (Received& received : take_inbox()) {
    {
      MutexLock lock(mutex_);
      if (end_) break;
    }
    delivered += received.bytes;
    deliver_message(std::move(received.message));
  }
  bool post = false;
  {
    MutexLock lock(mutex_);
    undelivered_bytes_ -= delivered;
    delivery_posted_ = post = !inbox_.empty();
  }
  if (post) executor_([self = shared_from_this()] { self->deliver_batch(); });
  pump();
}

void MessageStream::on_done(std::string peer_reason) {
  executor_([self = shared_from_this(), peer_reason = std::move(peer_reason)] {
    self->deliver_batch();
    std::string reason = peer_reason;
    {
      MutexLock lock(self->mutex_);
      if (self->end_) reason = self->end_->reason;
    }
    self->deliver_close(reason);
  });
}

bool MessageStream::useful() const {
  MutexLock lock(mutex_);
  return useful_;
}

}  // namespace drover::rpc
