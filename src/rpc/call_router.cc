#include "rpc/calls.h"

#include "base/mutex.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

namespace drover::rpc {
namespace {

// Smaller than the smallest window of a node, so that it never waits for a credit that the reader still gathers.
constexpr uint32_t kCreditStep = kSmallCallWindow / 2;

Error error_of(const CallHead& head) {
  const auto last = static_cast<uint8_t>(ErrorCode::Internal);
  const uint8_t code = head.error_code - 1;
  return {code <= last ? static_cast<ErrorCode>(code) : ErrorCode::Internal, head.error};
}

}  // namespace

struct CallRouter::State {
  explicit State(std::shared_ptr<NodeStream> s) : stream(std::move(s)) {}

  std::shared_ptr<CallStream::State> find(uint64_t call_id) const;
  // False if it had ended.
  bool remove(uint64_t call_id);

  const std::shared_ptr<NodeStream> stream;

  mutable Mutex mutex;
  uint64_t last_id BASE_GUARDED_BY(mutex) = 0;
  std::optional<Error> closed BASE_GUARDED_BY(mutex);
  std::unordered_map<uint64_t, std::shared_ptr<CallStream::State>> calls BASE_GUARDED_BY(mutex);  // Not ended yet.
};

// Filled by the router, on the executor; emptied by the reader, on its loop.
struct CallStream::State {
  explicit State(std::shared_ptr<CallRouter::State> r) : router(std::move(r)) {}

  void on_head(CallHead head);
  // False if the node has sent more than it may.
  bool on_data(CallData data);
  void on_input_credit(uint32_t bytes);
  void end_with(Error error);

  const std::shared_ptr<CallRouter::State> router;
  uint64_t id = 0;
  net::Event changed;
  net::Event input_credited;

  Mutex mutex;
  bool answered BASE_GUARDED_BY(mutex) = false;
  std::string content_type BASE_GUARDED_BY(mutex);
  std::deque<std::string> chunks BASE_GUARDED_BY(mutex);
  size_t in_flight BASE_GUARDED_BY(mutex) = 0;  // Received and not yet credited.
  uint32_t taken BASE_GUARDED_BY(mutex) = 0;    // Of these, what the reader has taken.
  bool ended BASE_GUARDED_BY(mutex) = false;
  size_t input_in_flight BASE_GUARDED_BY(mutex) = 0;
  std::optional<Error> error BASE_GUARDED_BY(mutex);
};

// ---- CallRouter

std::shared_ptr<CallStream::State> CallRouter::State::find(uint64_t call_id) const {
  MutexLock lock(mutex);
  const auto it = calls.find(call_id);
  return it == calls.end() ? nullptr : it->second;
}

bool CallRouter::State::remove(uint64_t call_id) {
  MutexLock lock(mutex);
  return calls.erase(call_id) > 0;
}

CallRouter::CallRouter(std::shared_ptr<NodeStream> stream) : state_(std::make_shared<State>(std::move(stream))) {}

bool CallRouter::on_message(AnyMessage& message) {
  if (auto* head = std::get_if<CallHead>(&message)) {
    const auto call = state_->find(head->call_id);
    if (!call) return true;
    if (head->error_code != 0) state_->remove(call->id);
    call->on_head(std::move(*head));
    return true;
  }
  if (const auto* credit = std::get_if<CallInputCredit>(&message)) {
    if (const auto call = state_->find(credit->call_id)) call->on_input_credit(credit->bytes);
    return true;
  }
  if (auto* data = std::get_if<CallData>(&message)) {
    const auto call = state_->find(data->call_id);
    if (!call) return true;
    if (data->end) state_->remove(call->id);
    if (!call->on_data(std::move(*data)) && state_->remove(call->id)) state_->stream->send(CallCancel{call->id});
    return true;
  }
  return false;
}

void CallRouter::close(const std::string& reason) {
  const Error error(ErrorCode::Unavailable, "the node is not connected: " + reason);
  std::unordered_map<uint64_t, std::shared_ptr<CallStream::State>> ended;
  {
    MutexLock lock(state_->mutex);
    state_->closed = error;
    ended.swap(state_->calls);
  }
  for (const auto& [id, call] : ended) call->end_with(error);
}

size_t CallRouter::call_count() const {
  MutexLock lock(state_->mutex);
  return state_->calls.size();
}

// ---- CallStream

void CallStream::State::on_head(CallHead head) {
  {
    MutexLock lock(mutex);
    answered = head.error_code == 0;
    content_type = std::move(head.content_type);
    if (head.error_code != 0) error = error_of(head);
  }
  changed.set();
}

bool CallStream::State::on_data(CallData data) {
  bool within_window = true;
  {
    MutexLock lock(mutex);
    in_flight += data.bytes.size();
    within_window = in_flight <= kCallWindow;
    if (!within_window) {
      error = Error(ErrorCode::Internal, "the node has sent more than the call's window");
    } else if (!data.bytes.empty()) {
      chunks.push_back(std::move(data.bytes));
    }
    ended = data.end;
    if (within_window && !data.error.empty()) error = Error(ErrorCode::Internal, data.error);
  }
  changed.set();
  input_credited.set();
  return within_window;
}

void CallStream::State::end_with(Error reason) {
  {
    MutexLock lock(mutex);
    if (!error && !ended) error = std::move(reason);
  }
  changed.set();
  input_credited.set();
}

void CallStream::State::on_input_credit(uint32_t bytes) {
  {
    MutexLock lock(mutex);
    input_in_flight -= std::min<size_t>(bytes, input_in_flight);
  }
  input_credited.set();
}

CallStream::CallStream(std::shared_ptr<State> state) : state_(std::move(state)) {}

CallStream::~CallStream() {
  if (state_->router->remove(state_->id)) state_->router->stream->send(CallCancel{state_->id});
}

const std::string& CallStream::content_type() const {
  return content_type_;
}

net::Task<Result<std::optional<std::string>>> CallStream::next() {
  while (true) {
    std::optional<std::string> chunk;
    CallCredit credit{.call_id = state_->id};
    {
      MutexLock lock(state_->mutex);
      if (!state_->chunks.empty()) {
        chunk = std::move(state_->chunks.front());
        state_->chunks.pop_front();
        state_->taken += static_cast<uint32_t>(chunk->size());
        if (state_->taken >= kCreditStep) {
          credit.bytes = std::exchange(state_->taken, 0);
          state_->in_flight -= credit.bytes;
        }
      } else if (state_->error) {
        co_return err(*state_->error);
      } else if (state_->ended) {
        co_return std::optional<std::string>();
      }
    }
    if (credit.bytes > 0) state_->router->stream->send(credit);
    if (chunk) co_return std::move(chunk);
    co_await state_->changed.wait();
  }
}

net::Task<Status> CallStream::send(std::string input) {
  if (input.size() > kMaxCallInput) co_return err(ErrorCode::ResourceExhausted, "a piece of input is too long");
  while (true) {
    {
      MutexLock lock(state_->mutex);
      if (state_->error) co_return err(*state_->error);
      if (state_->ended) co_return err(ErrorCode::Cancelled, "the call has ended");
      if (state_->input_in_flight == 0 || state_->input_in_flight + input.size() <= kCallInputWindow) {
        state_->input_in_flight += input.size();
        break;
      }
    }
    co_await state_->input_credited.wait();
  }
  state_->router->stream->send(CallInput{.call_id = state_->id, .bytes = std::move(input)});
  co_return Ok{};
}

net::Task<Result<std::unique_ptr<CallStream>>> start_call(std::shared_ptr<CallRouter> router, CallRequest request) {
  const std::shared_ptr<CallRouter::State> calls = router->state_;
  const auto call = std::make_shared<CallStream::State>(calls);
  {
    MutexLock lock(calls->mutex);
    if (calls->closed) co_return err(*calls->closed);
    call->id = ++calls->last_id;
    calls->calls.emplace(call->id, call);
  }
  std::unique_ptr<CallStream> stream(new CallStream(call));
  // A stream that takes no message any more is closed soon, and the call with it.
  calls->stream->send(Call{.call_id = call->id, .request = std::move(request)});
  while (true) {
    {
      MutexLock lock(call->mutex);
      if (call->answered) {  // An error that came later is for next(), after the bytes before it.
        stream->content_type_ = call->content_type;
        break;
      }
      if (call->error) co_return err(*call->error);
    }
    co_await call->changed.wait();
  }
  co_return std::move(stream);
}

}  // namespace drover::rpc
