#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "api/handlers.h"
#include "api/json_object.h"
#include "base/strings.h"

// GET /v1/event/stream: one JSON object a line, {"Index": N, "Events": […]}, "{}" from time to time, and
// {"Index": N, "Error": …} before the server ends it.
namespace drover::api {
namespace {

constexpr size_t kEventsPerChunk = 64;

// What a client wants to see.
class EventFilter {
 public:
  static Result<EventFilter> read(const Request& request);

  bool accepts(const Event& event) const {
    if (!event.ns.empty() && ns_ != "*" && event.ns != ns_) return false;
    const std::vector<std::string>& keys = keys_[static_cast<size_t>(event.topic)];
    return std::ranges::any_of(keys, [&](const std::string& key) {
      return key == "*" || key == event.key || std::ranges::find(event.filter_keys, key) != event.filter_keys.end();
    });
  }

 private:
  Status add(std::string_view text);

  std::string ns_;
  std::array<std::vector<std::string>, kTopicCount> keys_;  // by topic: "*" for all
};

Status EventFilter::add(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  std::string key(colon == std::string_view::npos ? "*" : text.substr(colon + 1));
  if (key.empty()) key = "*";
  bool known = false;
  for (size_t i = 0; i < kTopicCount; ++i) {
    if (name != "*" && name != topic_name(static_cast<Topic>(i))) continue;
    keys_[i].push_back(key);
    known = true;
  }
  if (known) return Ok{};
  return err(ErrorCode::InvalidArgument,
             "invalid topic \"{}\": use Job, Evaluation, Allocation, Deployment, Node, Service or *, each with :key or "
             "without",
             printable(name));
}

Result<EventFilter> EventFilter::read(const Request& request) {
  EventFilter filter;
  filter.ns_ = request.ns;
  auto topics = request.http.query.find_all("topic");
  if (topics.empty()) topics.emplace_back("*");
  for (const std::string_view topic : topics) TRY(filter.add(topic));
  return filter;
}

class EventStream final : public net::BodyStream {
 public:
  EventStream(Context& context, EventFilter filter, uint64_t after)
      : context_(context),
        filter_(std::move(filter)),
        subscription_(context.events().subscribe(context.frontend()->snapshot(), after)) {}

  net::Task<Result<std::optional<std::string>>> next() override {
    if (ended_) co_return std::nullopt;
    const MonoTime deadline = context_.mono() + context_.options().event_heartbeat;
    for (;;) {
      SnapshotPtr snapshot = context_.frontend()->snapshot();
      if (pending_.empty()) {
        auto taken = subscription_->take(snapshot);
        if (!taken) co_return end(taken.error());
        pending_.assign(taken->begin(), taken->end());
      }
      while (!pending_.empty()) {
        co_await net::yield_to_loop();
        std::string text = write_some(*snapshot);
        if (!text.empty()) co_return text;
      }
      snapshot.reset();
      const Duration left = deadline - context_.mono();
      if (left <= Duration::zero()) co_return std::string("{}\n");
      co_await context_.frontend()->wait_for_change(event_tables(), subscription_->index(), left);
    }
  }

 private:
  // The next events that the client wants, one line for those of an index. "" if there were none among those looked at.
  std::string write_some(const state::Snapshot& snapshot) {
    const std::vector<Event>& events = pending_.front()->events;
    std::string text;
    uint64_t index = 0;
    for (size_t seen = 0; position_ < events.size() && seen < kEventsPerChunk; ++position_, ++seen) {
      const Event& event = events[position_];
      if (!filter_.accepts(event)) continue;
      const bool same_line = !text.empty() && event.index == index;
      if (!text.empty()) text += same_line ? "," : "]}\n";
      if (!same_line) text += fmt::format("{{\"Index\":{},\"Events\":[", event.index);
      index = event.index;
      write_event(text, event, snapshot);
    }
    if (!text.empty()) text += "]}\n";
    if (position_ == events.size()) {
      pending_.pop_front();
      position_ = 0;
    }
    return text;
  }

  std::optional<std::string> end(const Error& error) {
    ended_ = true;
    std::string text;
    JsonObject object(text);
    object.number("Index", subscription_->index());
    object.text("Error", error.message());
    object.end();
    return text + "\n";
  }

  Context& context_;
  const EventFilter filter_;
  const std::unique_ptr<EventBroker::Subscription> subscription_;
  std::deque<EventBatchPtr> pending_;
  size_t position_ = 0;  // in the first of `pending_`
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<net::BodyStream>> stream_events(const Request& request, Context& context) {
  TRY_LET(EventFilter filter, EventFilter::read(request));
  return std::make_unique<EventStream>(context, std::move(filter), request.min_index);
}

}  // namespace drover::api
