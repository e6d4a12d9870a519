#include "cli/flow_lines.h"

#include "cli/json.h"
#include "cli/socket.h"
#include "codec/json.h"
#include "net/websocket.h"

#include <utility>

namespace drover::cli {
namespace {

constexpr size_t kMaxMessage = 1 << 20;

class FlowLines {
 public:
  FlowLines(Session& session, const ApiClient& api, std::string job, FlowLinesShown shown)
      : session_(session), api_(api), job_(std::move(job)), shown_(shown) {}

  // REQUIRES that it is called once, on a loop.
  net::Task<void> run() { outcome_ = co_await follow(); }

  const Status& outcome() const { return outcome_; }

 private:
  net::Task<Status> follow() {
    auto stream = co_await open_socket(api_, "/flog", {}, random_);
    if (!stream) co_return err(stream.error());
    net::WebSocket socket(*stream, {.mask = &random_, .max_message_bytes = kMaxMessage});
    const codec::Value body = codec::Value::Object{{"jobAddress", job_}, {"untilEnd", true}};
    const auto sent = co_await socket.send(codec::dump(codec::Value::Object{{"path", "/flog"}, {"body", body}}));
    if (!sent) co_return sent;
    while (true) {
      const auto message = co_await socket.read();
      if (!message) co_return err(message.error());
      if (!*message) break;
      if (shown_ == FlowLinesShown::All && !print(**message)) co_return Ok{};
    }
    const auto& close = socket.closed_with();
    if (close && close->code == net::kWebSocketNormal) co_return Ok{};
    co_return err(ErrorCode::Internal, "{}", close ? safe_text(close->reason) : "the connection was closed");
  }

  // False once nobody reads what is printed.
  bool print(const std::string& message) {
    const auto frame = codec::parse_json(message, {.max_bytes = kMaxMessage});
    const auto log = frame ? codec::parse_json(Json(*frame)["data"].raw(), {.max_bytes = kMaxMessage}) : frame;
    if (!log) return true;
    const Json json(*log);
    if (json["type"].raw() == "container") return session_.console.raw(json["message"].raw() + "\n");
    const Colour colour = json["type"].raw() == "error" ? Colour::Red : Colour::Cyan;
    session_.console.line(session_.console.paint(colour, "- " + json["opId"].text() + ": " + json["message"].text()));
    return true;
  }

  Session& session_;
  const ApiClient& api_;
  const std::string job_;
  const FlowLinesShown shown_;
  SystemRandom random_;
  Status outcome_ = err(ErrorCode::Cancelled, "interrupted");
};

}  // namespace

Status follow_flow_lines(Session& session, const ApiClient& api, const std::string& job, FlowLinesShown shown) {
  FlowLines lines(session, api, job, shown);
  run_to_end("flow", [&lines] { return lines.run(); });
  return lines.outcome();
}

}  // namespace drover::cli
