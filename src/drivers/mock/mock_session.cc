#include "drivers/mock/mock_session.h"

#include "base/strings.h"

#include <deque>
#include <utility>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

class MockSession final : public ExecSession {
 public:
  explicit MockSession(SessionRequest request) : has_terminal_(request.terminal.has_value()) {
    const auto& argv = request.argv;
    if (argv.size() == 2 && argv[0] == "exit") {
      end(static_cast<int>(parse_int(argv[1]).value_or(0)));
    } else if (argv[0] == "fail") {
      print("failed\n", OutputStream::Stderr);
      end(1);
    } else {
      print(join(argv, " ") + "\n");
    }
  }

  net::Task<Result<std::optional<SessionOutput>>> read() override {
    while (output_.empty() && !code_) co_await changed_.wait(changed_.version(), net::kNoTimeout);
    if (output_.empty()) co_return std::nullopt;
    auto next = std::move(output_.front());
    output_.pop_front();
    co_return next;
  }

  net::Task<Status> write(std::string bytes) override {
    if (code_) co_return err(ErrorCode::Unavailable, "the command has ended");
    print(std::move(bytes));
    co_return Ok{};
  }

  net::Task<Status> close_stdin() override {
    end(0);
    co_return Ok{};
  }

  net::Task<Status> resize(TerminalSize size) override {
    if (!has_terminal_) co_return err(ErrorCode::InvalidArgument, "the command has no terminal");
    print(fmt::format("{}x{}\n", size.rows, size.columns));
    co_return Ok{};
  }

  net::Task<Result<int>> exit_code() override {
    while (!code_) co_await changed_.wait(changed_.version(), net::kNoTimeout);
    co_return *code_;
  }

 private:
  void print(std::string text, OutputStream stream = OutputStream::Stdout) {
    output_.push_back({.stream = stream, .bytes = std::move(text)});
    changed_.notify();
  }

  void end(int code) {
    if (!code_) code_ = code;
    changed_.notify();
  }

  const bool has_terminal_;
  std::deque<SessionOutput> output_;
  std::optional<int> code_;
  net::Notifier changed_;
};

}  // namespace

std::unique_ptr<ExecSession> make_mock_session(SessionRequest request) {
  return std::make_unique<MockSession>(std::move(request));
}

}  // namespace drover::drivers
