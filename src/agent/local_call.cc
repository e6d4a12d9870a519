#include "agent/local_call.h"

#include <deque>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace drover::agent {
namespace {

// What passes between the client's loop and the reader's.
class Channel {
 public:
  net::Event readable;
  net::Event writable;
  net::Event input_came;
  net::Event input_taken;

  void begin(std::string content_type) {
    {
      MutexLock lock(mutex_);
      content_type_ = std::move(content_type);
      begun_ = true;
    }
    readable.set();
  }

  // False once the reader has gone.
  bool push(std::string bytes) {
    {
      MutexLock lock(mutex_);
      if (closed_) return false;
      queued_ += bytes.size();
      chunks_.push_back(std::move(bytes));
    }
    readable.set();
    return true;
  }

  bool full() const {
    MutexLock lock(mutex_);
    return !closed_ && queued_ >= rpc::kCallWindow;
  }

  void end(Status result) {
    {
      MutexLock lock(mutex_);
      if (!result) error_ = result.error();
      ended_ = true;
    }
    readable.set();
    input_taken.set();
  }

  // False as long as the former input was not taken.
  Result<bool> offer_input(std::string& input) {
    {
      MutexLock lock(mutex_);
      if (error_) return err(*error_);
      if (ended_) return err(ErrorCode::Cancelled, "the call has ended");
      if (input_) return false;
      input_ = std::move(input);
    }
    input_came.set();
    return true;
  }

  std::optional<std::string> take_input() {
    std::optional<std::string> input;
    {
      MutexLock lock(mutex_);
      input = std::exchange(input_, std::nullopt);
    }
    if (input) input_taken.set();
    return input;
  }

  void close() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
      chunks_.clear();
      queued_ = 0;
    }
    writable.set();
  }

  struct State {
    bool begun = false;
    bool ended = false;
    std::optional<Error> error;
    std::string content_type;
    std::optional<std::string> chunk;
  };

  // The next chunk if there is one, and how things stand.
  State take() {
    State state;
    {
      MutexLock lock(mutex_);
      state = {begun_, ended_, error_, content_type_, std::nullopt};
      if (chunks_.empty()) return state;
      state.chunk = std::move(chunks_.front());
      chunks_.pop_front();
      queued_ -= state.chunk->size();
    }
    writable.set();
    return state;
  }

  State look() const {
    MutexLock lock(mutex_);
    return {begun_, ended_, error_, content_type_, std::nullopt};
  }

 private:
  mutable Mutex mutex_;
  std::deque<std::string> chunks_ BASE_GUARDED_BY(mutex_);
  size_t queued_ BASE_GUARDED_BY(mutex_) = 0;
  std::optional<std::string> input_ BASE_GUARDED_BY(mutex_);
  std::string content_type_ BASE_GUARDED_BY(mutex_);
  std::optional<Error> error_ BASE_GUARDED_BY(mutex_);
  bool begun_ BASE_GUARDED_BY(mutex_) = false;
  bool ended_ BASE_GUARDED_BY(mutex_) = false;
  bool closed_ BASE_GUARDED_BY(mutex_) = false;
};

class ChannelWriter final : public client::CallWriter {
 public:
  explicit ChannelWriter(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  net::Task<Status> begin(std::string content_type) override {
    channel_->begin(std::move(content_type));
    co_return Ok{};
  }

  net::Task<Status> write(std::string bytes) override {
    while (channel_->full()) {
      const bool woken = co_await channel_->writable.wait();
      static_cast<void>(woken);
    }
    const bool taken = channel_->push(std::move(bytes));
    if (!taken) co_return err(ErrorCode::Cancelled, "the reader has gone");
    co_return Ok{};
  }

  net::Task<Result<std::string>> read_input() override {
    for (;;) {
      if (auto input = channel_->take_input()) co_return std::move(*input);
      const bool woken = co_await channel_->input_came.wait();
      static_cast<void>(woken);
    }
  }

 private:
  const std::shared_ptr<Channel> channel_;
};

// Ends the channel however the task that answers ends, also when it is cancelled.
class EndGuard {
 public:
  explicit EndGuard(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  ~EndGuard() { channel_->end(std::move(result)); }
  EndGuard(const EndGuard&) = delete;
  EndGuard& operator=(const EndGuard&) = delete;

  Status result = err(ErrorCode::Cancelled, "the agent is stopping");

 private:
  const std::shared_ptr<Channel> channel_;
};

net::Task<void> answer(client::Client* client, rpc::CallRequest request, std::shared_ptr<Channel> channel) {
  EndGuard guard(channel);
  ChannelWriter writer(channel);
  guard.result = co_await client->handle(std::move(request), writer);
}

class LocalCallStream final : public server::CallStream {
 public:
  LocalCallStream(std::shared_ptr<Channel> channel, net::Spawned task)
      : channel_(std::move(channel)), task_(std::move(task)) {}

  ~LocalCallStream() override {
    channel_->close();
    task_.cancel();
  }

  const std::string& content_type() const override { return content_type_; }

  // Waits until the answer has begun, or failed before it did.
  net::Task<Status> wait_for_head() {
    for (;;) {
      const Channel::State state = channel_->look();
      if (state.begun) {
        content_type_ = state.content_type;
        co_return Ok{};
      }
      if (state.ended) {
        if (state.error) co_return err(*state.error);
        co_return Ok{};
      }
      const bool woken = co_await channel_->readable.wait();
      static_cast<void>(woken);
    }
  }

  net::Task<Result<std::optional<std::string>>> next() override {
    for (;;) {
      Channel::State state = channel_->take();
      if (state.chunk) co_return std::move(state.chunk);
      if (state.error) co_return err(*state.error);
      if (state.ended) co_return std::optional<std::string>();
      const bool woken = co_await channel_->readable.wait();
      static_cast<void>(woken);
    }
  }

  net::Task<Status> send(std::string input) override {
    for (;;) {
      const auto offered = channel_->offer_input(input);
      if (!offered) co_return err(offered.error());
      if (*offered) co_return Ok{};
      const bool woken = co_await channel_->input_taken.wait();
      static_cast<void>(woken);
    }
  }

 private:
  const std::shared_ptr<Channel> channel_;
  net::Spawned task_;
  std::string content_type_;
};

}  // namespace

net::Task<Result<std::unique_ptr<server::CallStream>>> call_client(net::Loop& client_loop, client::Client& client,
                                                                   rpc::CallRequest request) {
  const auto channel = std::make_shared<Channel>();
  net::Spawned task = client_loop.spawn("local call", answer(&client, std::move(request), channel));
  auto stream = std::make_unique<LocalCallStream>(channel, std::move(task));
  const Status head = co_await stream->wait_for_head();
  if (!head) co_return err(head.error());
  co_return std::unique_ptr<server::CallStream>(std::move(stream));
}

}  // namespace drover::agent
