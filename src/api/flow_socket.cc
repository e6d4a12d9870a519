#include "api/flow_socket.h"

#include "api/flow_follow.h"
#include "api/outbox.h"
#include "base/strings.h"
#include "codec/json.h"
#include "model/logistics.h"
#include "net/websocket.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace drover::api {
namespace {

using codec::Value;

constexpr size_t kMaxMessage = 16 << 10;
constexpr Duration kFirstMessage = std::chrono::seconds(30);
constexpr Duration kPing = std::chrono::seconds(30);  // after so long without a message
constexpr Duration kClosePatience = std::chrono::seconds(5);
constexpr int64_t kNanosPerMilli = 1'000'000;

// Nosana's, and RFC 6455's for a message that breaks the rules.
constexpr uint16_t kInvalidPath = 3003;
constexpr uint16_t kPolicyViolation = 1008;

struct Subscription {
  std::string path;
  model::JobKey job;
  FlowFilter filter;
  FollowUntil until = FollowUntil::Gone;
};

std::string text_in(const Value& object, const char* name) {
  const Value* value = object.find(name);
  return value && value->as_string() ? *value->as_string() : "";
}

Result<Subscription> read_subscription(const std::string& message, const std::string& path, const std::string& ns) {
  TRY_LET(const Value value, codec::parse_json(message, {.max_bytes = kMaxMessage}));
  const Value* body = value.find("body");
  if (!body || !body->as_object()) return err(ErrorCode::InvalidArgument, "the message has no body");
  Subscription out{.path = text_in(value, "path"), .job = {ns, text_in(*body, "jobAddress")}};
  if (out.path.empty()) out.path = path;
  out.filter = {.group = text_in(*body, "group"), .op = text_in(*body, "opId"), .type = text_in(*body, "type")};
  const Value* until = body->find("untilEnd");
  if (until && until->as_bool() && *until->as_bool()) out.until = FollowUntil::Ended;
  return out;
}

// News in the words of /flog or /log.
class NewsWriter final : public FlowSink {
 public:
  NewsWriter(Outbox& outbox, const Subscription& subscription) : outbox_(outbox), subscription_(subscription) {}

  net::Task<void> take(FlowNews news) override {
    // Nosana's page tells lines apart by their times.
    int64_t& last = last_[{news.op, news.kind == FlowNews::Kind::Output ? news.source : ""}];
    last = std::max(last + 1, news.time.unix_nanos / kNanosPerMilli);
    const bool flog = subscription_.path == "/flog";
    const Value entry = flog ? task_log(news, last) : node_log_entry(news, last);
    return outbox_.put(codec::dump(Value::Object{{"path", flog ? "flog" : "log"}, {"data", codec::dump(entry)}}));
  }

 private:
  static Value task_log(const FlowNews& news, int64_t time) {
    return Value::Object{{"opId", news.op},
                         {"group", news.group},
                         {"type", flow_news_type(news.kind)},
                         {"timestamp", time},
                         {"message", news.text}};
  }
  Value node_log_entry(const FlowNews& news, int64_t time) const {
    const bool output = news.kind == FlowNews::Kind::Output;
    const char* type = output ? "log" : flow_news_type(news.kind);
    return Value::Object{{"log", output ? news.text + "\n" : news.op + ": " + news.text},
                         {"method", output ? "Operation.log" : "Operation." + news.source},
                         {"type", type},
                         {"timestamp", time},
                         {"job", subscription_.job.id}};
  }

  Outbox& outbox_;
  const Subscription& subscription_;
  std::map<std::pair<std::string, std::string>, int64_t> last_;  // by operation and stream
};

net::Task<void> tell_status(Context& context, const Subscription& subscription, Outbox& outbox) {
  std::string last;
  int64_t index = 0;
  while (true) {
    const auto snapshot = context.frontend()->snapshot();
    const auto flow = find_flow(subscription.job, *snapshot);
    if (!flow) co_return;
    const std::string status = jobspec::flow_status(*flow->job, flow->alloc.get());
    Value state = flow_info(context, *snapshot, *flow);
    state.set("job", flow->job->id);
    state.set("node", flow->alloc ? Value(flow->alloc->node_id.str()) : Value());
    if (std::string text = codec::dump(state); text != last) {
      last = std::move(text);
      const Value message = Value::Object{{"status", status},
                                          {"state", std::move(state)},
                                          {"timestamp", context.now().unix_nanos / kNanosPerMilli},
                                          {"index", index++}};
      co_await outbox.put(codec::dump(Value::Object{{"path", "state"}, {"data", codec::dump(message)}}));
    }
    const bool over = jobspec::flow_ended(status) && flow->job->status == model::JobStatus::Dead;
    if (over && subscription.until == FollowUntil::Ended) co_return;
    co_await context.frontend()->wait_for_change(kFlowTables, snapshot->table_index(kFlowTables), kPing);
  }
}

// Puts what was asked for into the outbox; closes it at the end.
net::Task<void> serve(Context& context, Subscription subscription, Outbox& outbox) {
  const bool status = subscription.path == "/status";
  const auto flow = find_flow(subscription.job, *context.frontend()->snapshot());
  if (!status && subscription.path != "/flog" && subscription.path != "/log") {
    outbox.close(kInvalidPath, "Invalid Path");
  } else if (!flow) {
    outbox.close(kPolicyViolation, "Invalid job address");
  } else if (!status && model::is_confidential(*flow->job)) {
    outbox.close(kPolicyViolation, "the job is confidential");
  } else if (status) {
    co_await tell_status(context, subscription, outbox);
  } else {
    NewsWriter writer(outbox, subscription);
    co_await follow_flow(context, subscription.job, subscription.filter, writer, subscription.until);
  }
  outbox.close(net::kWebSocketNormal, "");
  co_await net::Event().wait();
}

net::Task<void> read_message(net::WebSocket& socket, std::optional<std::string>& out) {
  auto message = co_await socket.read();
  if (message) out = std::move(*message);
}

// Serves what the client asked for last; returns when it has gone.
net::Task<void> listen(net::WebSocket& socket, std::string path, std::string ns, Context& context, Outbox& outbox) {
  std::optional<std::string> message;
  co_await net::run_either(read_message(socket, message), net::sleep_for(kFirstMessage));
  if (!message && !socket.closed_with()) {
    outbox.close(kPolicyViolation, "nothing was asked for");
    co_await read_message(socket, message);
  }
  while (message) {
    auto asked = read_subscription(*std::exchange(message, {}), path, ns);
    if (!asked) {
      outbox.close(kPolicyViolation, asked.error().message());
      co_await read_message(socket, message);
    } else {
      co_await net::run_either(read_message(socket, message), serve(context, std::move(*asked), outbox));
    }
  }
}

// The only one that sends, so that a message is never cut off by the end of what it is about.
net::Task<void> send_all(net::WebSocket& socket, Outbox& outbox) {
  while (true) {
    auto message = co_await outbox.take(kPing);
    if (!message && outbox.closed()) break;
    const auto sent = message ? co_await socket.send(std::move(*message)) : co_await socket.ping();
    if (!sent) co_return;
  }
  std::ignore = co_await socket.close(outbox.closed()->code, outbox.closed()->reason);
  co_await net::sleep_for(kClosePatience);
}

}  // namespace

net::Task<void> converse_about_flow(net::ByteChannel& channel, std::string path, std::string ns, Context& context) {
  net::WebSocket socket(channel, {.max_message_bytes = kMaxMessage});
  Outbox outbox;
  co_await net::run_either(send_all(socket, outbox), listen(socket, std::move(path), std::move(ns), context, outbox));
}

Result<Answer> get_node_address(const Request&, Context& context) {
  const auto node = context.local().node_id();
  if (!node) return err(ErrorCode::NotFound, "this agent runs no client");
  return Answer{.body = codec::dump(Value(node->str()))};
}

}  // namespace drover::api
