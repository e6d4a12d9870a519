#include "cli/exec_session.h"

#include "base/strings.h"
#include "cli/escape_filter.h"
#include "cli/json.h"
#include "cli/socket.h"
#include "cli/terminal.h"
#include "codec/json.h"
#include "net/websocket.h"

#include <ostream>
#include <utility>

namespace drover::cli {
namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(10);
constexpr Duration kLastOutput = std::chrono::seconds(5);  // to come when nothing can be sent any more
constexpr size_t kMaxMessage = 1 << 20;

std::string command_json(const std::vector<std::string>& command) {
  codec::Value::Array words;
  for (const auto& word : command) words.emplace_back(word);
  return codec::dump(codec::Value(std::move(words)));
}

// One command in a task: the program's side. Made before its loop is started.
class ExecClient {
 public:
  ExecClient(Session& session, const ApiClient& api, ExecOptions options)
      : session_(session),
        api_(api),
        options_(std::move(options)),
        input_(session),
        filter_(options_.terminal ? options_.escape : std::nullopt) {}

  // REQUIRES that it is called once, on a loop.
  net::Task<void> run();

  const Result<int>& result() const { return result_; }

 private:
  net::Task<void> receive(net::WebSocket& socket);
  net::Task<void> transmit(net::WebSocket& socket);
  std::string message_of(const TerminalEvent& event);
  void print(const codec::Value& message);

  Session& session_;
  const ApiClient& api_;
  const ExecOptions options_;
  TerminalInput input_;
  EscapeFilter filter_;
  SystemRandom random_;
  bool left_ = false;  // by the escape sequence
  std::optional<int> exit_code_;
  Result<int> result_ = err(ErrorCode::Cancelled, "running the command: interrupted");
};

net::Task<void> ExecClient::run() {
  net::StringPairs query = {{"task", options_.target.task},
                            {"tty", options_.terminal ? "true" : "false"},
                            {"command", command_json(options_.command)}};
  auto stream = co_await open_socket(api_, api_path("/v1/client/allocation/", options_.target.alloc_id, "/exec"),
                                     std::move(query), random_);
  if (!stream) {
    result_ = err(stream.error().context("running the command"));
    co_return;
  }
  net::WebSocket socket(*stream, {.mask = &random_, .max_message_bytes = kMaxMessage});
  input_.start(options_.terminal ? TerminalInput::Mode::Raw : TerminalInput::Mode::Plain);
  co_await net::run_either(receive(socket), transmit(socket));
  if (exit_code_) {
    result_ = *exit_code_;
  } else if (left_) {
    result_ = err(ErrorCode::Cancelled, "running the command: the connection was closed");
  }
}

net::Task<void> ExecClient::receive(net::WebSocket& socket) {
  while (true) {
    const auto text = co_await socket.read();
    if (!text) {
      result_ = err(text.error().context("running the command"));
      co_return;
    }
    if (!*text) break;
    const auto message = codec::parse_json(**text, {.max_bytes = kMaxMessage});
    if (message) print(*message);
  }
  const auto& close = socket.closed_with();
  const std::string reason = close ? printable(close->reason) : "";
  result_ =
      err(ErrorCode::Internal, "running the command: {}", reason.empty() ? "the server closed the connection" : reason);
}

void ExecClient::print(const codec::Value& message) {
  const Json json(message);
  if (const auto bytes = base64_decode(json["stdout"]["data"].raw()); bytes && !bytes->empty()) {
    session_.console.raw(*bytes);
  }
  if (const auto bytes = base64_decode(json["stderr"]["data"].raw()); bytes && !bytes->empty()) {
    *session_.env.err << *bytes << std::flush;
  }
  if (json["exited"].truth()) exit_code_ = static_cast<int>(json["result"]["exit_code"].integer());
}

// "" for what is not sent.
std::string ExecClient::message_of(const TerminalEvent& event) {
  if (event.kind == TerminalEvent::Kind::Resized) {
    const WindowSize size = input_.size();
    return options_.terminal ? fmt::format("{{\"tty_size\":{{\"height\":{},\"width\":{}}}}}", size.rows, size.columns)
                             : "";
  }
  if (event.kind == TerminalEvent::Kind::End) return "{\"stdin\":{\"close\":true}}";
  const auto typed = filter_.feed(event.bytes);
  left_ = typed.disconnect;
  return typed.bytes.empty() ? "" : fmt::format("{{\"stdin\":{{\"data\":\"{}\"}}}}", base64_encode(typed.bytes));
}

net::Task<void> ExecClient::transmit(net::WebSocket& socket) {
  std::optional<TerminalEvent> event;
  if (options_.terminal) event = TerminalEvent{.kind = TerminalEvent::Kind::Resized};
  bool input_closed = false;
  while (true) {
    if (!options_.input && !input_closed && !event) event = TerminalEvent{.kind = TerminalEvent::Kind::End};
    const bool skip = event && input_closed && event->kind != TerminalEvent::Kind::Resized;
    std::string message = skip ? "" : event ? message_of(*event) : "{}";
    input_closed = input_closed || (event && event->kind == TerminalEvent::Kind::End);
    if (!message.empty()) {
      const auto sent = co_await socket.send(std::move(message));
      if (!sent) {
        co_await net::sleep_for(kLastOutput);
        co_return;
      }
    }
    if (left_) {
      std::ignore = co_await socket.close(net::kWebSocketNormal, "");
      co_return;
    }
    event = co_await input_.next(kHeartbeat);
  }
}

}  // namespace

Result<int> run_exec_session(Session& session, const ApiClient& api, ExecOptions options) {
  ExecClient client(session, api, std::move(options));
  run_to_end("exec", [&client] { return client.run(); });
  return client.result();
}

}  // namespace drover::cli
