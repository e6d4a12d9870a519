#include "rpc/calls.h"

#include "base/thread_owner.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drover::rpc {

// One call that is being answered.
struct CallWriter::State {
  std::weak_ptr<CallResponder::State> responder;
  uint64_t id = 0;
  std::string content_type;
  bool head_sent = false;
  bool over = false;     // Ended, failed or cancelled: nothing more is sent.
  size_t in_flight = 0;  // Sent and not credited.
  net::Event credited;
  std::deque<std::string> input;
  size_t input_bytes = 0;
  net::Event input_came;
  net::Spawned task;
};

struct CallResponder::State : std::enable_shared_from_this<CallResponder::State> {
  State(net::Loop& l, MessageSender& s, CallHandler h) : loop(l), sender(&s), handler(std::move(h)) {}

  void on_call(Call call);
  void on_credit(const CallCredit& credit);
  void on_input(CallInput input);
  void cancel(CallWriter::State& call);
  void cancel_all();
  void forget(CallWriter::State& call);
  void give_back(size_t bytes);
  size_t window(const CallWriter::State& call) const;
  bool send(const AnyMessage& message) { return sender != nullptr && sender->send(message); }

  net::Loop& loop;
  MessageSender* sender;  // Null once the responder has gone.
  const CallHandler handler;
  ThreadOwner owner;
  std::unordered_map<uint64_t, std::shared_ptr<CallWriter::State>> calls;
  size_t in_flight = 0;
};

namespace {

CallHead head_of_error(uint64_t call_id, const Error& error) {
  return {.call_id = call_id,
          .error_code = static_cast<uint8_t>(static_cast<uint8_t>(error.code()) + 1),
          .error = error.message()};
}

}  // namespace

// ---- CallResponder

// The bytes that the call may send now.
size_t CallResponder::State::window(const CallWriter::State& call) const {
  const size_t limit = in_flight < kCallBudget ? kCallWindow : kSmallCallWindow;
  return call.in_flight < limit ? limit - call.in_flight : 0;
}

void CallResponder::State::give_back(size_t bytes) {
  const bool was_short = in_flight >= kCallBudget;
  in_flight -= bytes;
  if (!was_short || in_flight >= kCallBudget) return;
  std::vector<net::Event> waiting;
  for (const auto& [id, call] : calls) waiting.push_back(call->credited);
  net::Event::set_all(waiting);
}

void CallResponder::State::forget(CallWriter::State& call) {
  call.over = true;
  give_back(std::exchange(call.in_flight, 0));
  const auto it = calls.find(call.id);
  if (it != calls.end() && it->second.get() == &call) calls.erase(it);
}

void CallResponder::State::cancel(CallWriter::State& call) {
  const net::Spawned task = call.task;
  forget(call);
  net::Spawned(task).cancel();
}

void CallResponder::State::cancel_all() {
  while (!calls.empty()) {
    const auto call = calls.begin()->second;
    cancel(*call);
  }
}

namespace {

net::Task<void> answer(CallHandler handler, CallRequest request, std::shared_ptr<CallWriter::State> call,
                       std::function<void(bool finished)> done) {
  struct Done {
    std::function<void(bool)> call;
    bool finished = false;
    ~Done() { call(finished); }
  } on_exit{std::move(done)};
  CallWriter writer(std::move(call));
  co_await handler(std::move(request), writer);
  on_exit.finished = true;
}

}  // namespace

void CallResponder::State::on_call(Call message) {
  if (calls.contains(message.call_id)) return;
  if (calls.size() >= kMaxCallsAtOnce) {
    const Error error(ErrorCode::ResourceExhausted, "the node is answering too many calls");
    send(head_of_error(message.call_id, error));
    return;
  }
  auto call = std::make_shared<CallWriter::State>();
  call->responder = weak_from_this();
  call->id = message.call_id;
  calls.emplace(call->id, call);
  auto done = [self = shared_from_this(), call](bool finished) {
    if (finished && !call->over) {
      if (!call->head_sent) self->send(CallHead{.call_id = call->id, .content_type = call->content_type});
      self->send(CallData{.call_id = call->id, .end = true});
    }
    self->forget(*call);
  };
  call->task = loop.spawn("node call", answer(handler, std::move(message.request), call, std::move(done)));
}

void CallResponder::State::on_credit(const CallCredit& credit) {
  const auto it = calls.find(credit.call_id);
  if (it == calls.end()) return;
  CallWriter::State& call = *it->second;
  const size_t bytes = std::min<size_t>(credit.bytes, call.in_flight);
  call.in_flight -= bytes;
  give_back(bytes);
  call.credited.set();
}

void CallResponder::State::on_input(CallInput input) {
  const auto it = calls.find(input.call_id);
  if (it == calls.end()) return;
  const auto call = it->second;
  call->input_bytes += input.bytes.size();
  if (call->input_bytes > kCallInputWindow + kMaxCallInput) {
    const Error error(ErrorCode::ResourceExhausted, "the server has sent more than the call's window");
    if (call->head_sent) {
      send(CallData{.call_id = call->id, .end = true, .error = error.message()});
    } else {
      send(head_of_error(call->id, error));
    }
    return cancel(*call);
  }
  call->input.push_back(std::move(input.bytes));
  call->input_came.set();
}

CallResponder::CallResponder(net::Loop& loop, MessageSender& sender, CallHandler handler)
    : state_(std::make_shared<State>(loop, sender, std::move(handler))) {}

CallResponder::~CallResponder() {
  state_->cancel_all();
  state_->sender = nullptr;
}

bool CallResponder::on_message(AnyMessage& message) {
  state_->owner.check();
  if (auto* call = std::get_if<Call>(&message)) {
    state_->on_call(std::move(*call));
  } else if (const auto* credit = std::get_if<CallCredit>(&message)) {
    state_->on_credit(*credit);
  } else if (auto* input = std::get_if<CallInput>(&message)) {
    state_->on_input(std::move(*input));
  } else if (const auto* cancel = std::get_if<CallCancel>(&message)) {
    const auto it = state_->calls.find(cancel->call_id);
    if (it != state_->calls.end()) {
      const auto call = it->second;
      state_->cancel(*call);
    }
  } else {
    return false;
  }
  return true;
}

void CallResponder::on_disconnected() {
  state_->owner.check();
  state_->cancel_all();
}

size_t CallResponder::call_count() const {
  return state_->calls.size();
}

// ---- CallWriter

CallWriter::CallWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}

void CallWriter::set_content_type(std::string content_type) {
  state_->content_type = std::move(content_type);
}

Status CallWriter::start() {
  if (state_->over) return err(ErrorCode::Cancelled, "the call has ended");
  if (state_->head_sent) return Ok{};
  const auto responder = state_->responder.lock();
  state_->head_sent = true;
  if (!responder || !responder->send(CallHead{.call_id = state_->id, .content_type = state_->content_type})) {
    return err(ErrorCode::Unavailable, "the server is not connected");
  }
  return Ok{};
}

net::Task<Status> CallWriter::write(std::string bytes) {
  CO_TRY(start());
  for (size_t sent = 0; sent < bytes.size();) {
    const auto responder = state_->responder.lock();
    if (!responder || state_->over) co_return err(ErrorCode::Cancelled, "the call has ended");
    const size_t size = std::min({bytes.size() - sent, responder->window(*state_), kMaxCallChunk});
    if (size == 0) {
      co_await state_->credited.wait();
      continue;
    }
    state_->in_flight += size;
    responder->in_flight += size;
    if (!responder->send(CallData{.call_id = state_->id, .bytes = bytes.substr(sent, size)})) {
      co_return err(ErrorCode::Unavailable, "the server is not connected");
    }
    sent += size;
  }
  co_return Ok{};
}

net::Task<Result<std::string>> CallWriter::read_input() {
  while (state_->input.empty()) {
    if (state_->over) co_return err(ErrorCode::Cancelled, "the call has ended");
    co_await state_->input_came.wait();
  }
  std::string piece = std::move(state_->input.front());
  state_->input.pop_front();
  state_->input_bytes -= piece.size();
  const auto responder = state_->responder.lock();
  const CallInputCredit credit{.call_id = state_->id, .bytes = static_cast<uint32_t>(piece.size())};
  if (responder && !state_->over && !piece.empty()) responder->send(credit);
  co_return piece;
}

void CallWriter::fail(const Error& error) {
  const auto responder = state_->responder.lock();
  if (!responder || std::exchange(state_->over, true)) return;
  if (state_->head_sent) {
    responder->send(CallData{.call_id = state_->id, .end = true, .error = error.message()});
  } else {
    responder->send(head_of_error(state_->id, error));
  }
}

}  // namespace drover::rpc
