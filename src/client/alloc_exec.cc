#include "client/alloc_exec.h"

#include "base/strings.h"
#include "codec/json.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace drover::client {
namespace {

constexpr int64_t kMaxTerminalSide = 0xffff;

uint16_t side_of(const codec::Value* value) {
  const int64_t* number = value ? value->as_int() : nullptr;
  return static_cast<uint16_t>(number ? std::clamp<int64_t>(*number, 0, kMaxTerminalSide) : 0);
}

std::string data_line(const char* stream, std::string_view bytes) {
  return fmt::format("{{\"{}\":{{\"data\":\"{}\"}}}}\n", stream, base64_encode(bytes));
}

// The command's output, until it has ended and all was read.
net::Task<void> copy_output(drivers::ExecSession& session, CallWriter& writer, Status& result) {
  while (true) {
    const auto output = co_await session.read();
    if (!output) {
      result = err(output.error());
      co_return;
    }
    if (!*output) break;
    result = co_await writer.write(exec_output_line(**output));
    if (!result) co_return;
  }
  const auto code = co_await session.exit_code();
  if (!code) {
    result = err(code.error());
    co_return;
  }
  result =
      co_await writer.write("{\"stdout\":{\"close\":true}}\n{\"stderr\":{\"close\":true}}\n" + exec_exited_line(*code));
}

net::Task<Status> take_input(drivers::ExecSession& session, ExecInput input, bool& reads) {
  if (input.size) std::ignore = co_await session.resize(*input.size);
  if (!reads) co_return Ok{};
  if (!input.bytes.empty()) {
    const auto written = co_await session.write(std::move(input.bytes));
    // A command that reads no more goes on without its input.
    reads = written.has_value();
  }
  if (input.close && reads) {
    reads = false;
    co_return co_await session.close_stdin();
  }
  co_return Ok{};
}

// The caller's input. Returns on an error only.
net::Task<void> copy_input(drivers::ExecSession& session, CallWriter& writer, Status& result) {
  bool reads = true;
  while (true) {
    const auto line = co_await writer.read_input();
    auto input = line ? parse_exec_input(*line) : Result<ExecInput>(err(line.error()));
    if (!input) {
      result = err(input.error());
      co_return;
    }
    const auto taken = co_await take_input(session, std::move(*input), reads);
    if (!taken) {
      result = taken;
      co_return;
    }
  }
}

}  // namespace

Result<ExecInput> parse_exec_input(std::string_view line) {
  auto parsed = codec::parse_json(line, {.max_bytes = rpc::kMaxCallInput});
  if (!parsed) return err(ErrorCode::InvalidArgument, "the input is not JSON: {}", parsed.error().message());
  if (!parsed->as_object()) return err(ErrorCode::InvalidArgument, "the input is no JSON object");
  ExecInput input;
  if (const auto* in = parsed->find("stdin"); in && in->as_object()) {
    if (const auto* data = in->find("data"); data && data->as_string()) {
      auto bytes = base64_decode(*data->as_string());
      if (!bytes) return err(ErrorCode::InvalidArgument, "stdin.data is not base64");
      input.bytes = std::move(*bytes);
    }
    const auto* close = in->find("close");
    input.close = close && close->as_bool() && *close->as_bool();
  }
  if (const auto* size = parsed->find("tty_size"); size && size->as_object()) {
    input.size = drivers::TerminalSize{.rows = side_of(size->find("height")), .columns = side_of(size->find("width"))};
  }
  return input;
}

std::string exec_output_line(const drivers::SessionOutput& output) {
  return data_line(output.stream == drivers::OutputStream::Stdout ? "stdout" : "stderr", output.bytes);
}

std::string exec_exited_line(int exit_code) {
  return fmt::format("{{\"exited\":true,\"result\":{{\"exit_code\":{}}}}}\n", exit_code);
}

net::Task<Status> run_exec(std::shared_ptr<drivers::RunningTask> task, rpc::CallRequest request, CallWriter& writer) {
  if (request.command.empty()) co_return err(ErrorCode::InvalidArgument, "no command was given");
  drivers::SessionRequest wanted{.argv = std::move(request.command)};
  if (request.tty) wanted.terminal.emplace();
  const auto session = co_await task->open_session(std::move(wanted));
  if (!session) co_return err(session.error());
  const auto begun = co_await writer.begin("application/json");
  if (!begun) co_return begun;
  Status result = Ok{};
  co_await net::run_either(copy_output(**session, writer, result), copy_input(**session, writer, result));
  co_return result;
}

}  // namespace drover::client
