#include "drivers/docker/exec.h"

#include "codec/json.h"
#include "drivers/docker/frames.h"

#include <algorithm>
#include <utility>

namespace drover::drivers {
namespace {

net::Task<Result<ExecResult>> run(std::shared_ptr<const DockerApi> api, std::string id, size_t limit) {
  net::HttpClientRequest request{.method = "POST", .target = "/exec/" + id + "/start"};
  request.headers.set("Content-Type", "application/json");
  request.body = R"({"Detach":false,"Tty":false})";
  CO_TRY_LET(auto stream, co_await api->open(std::move(request), {.idle = net::kNoTimeout}));
  ExecResult result;
  FrameParser parser(FrameParser::Format::Frames);
  const FrameParser::OnFrame add = [&result, limit](Stream, std::string_view payload) {
    const size_t room = limit - result.output.size();
    result.truncated = result.truncated || payload.size() > room;
    result.output += payload.substr(0, room);
  };
  for (;;) {
    CO_TRY_LET(const auto chunk, co_await stream.read_chunk());
    if (!chunk) break;
    CO_TRY(parser.feed(*chunk, add));
  }
  CO_TRY_LET(const auto inspected, co_await api->get("/exec/" + id + "/json"));
  result.exit_code = static_cast<int>(int_at(inspected, "ExitCode"));
  co_return result;
}

}  // namespace

net::Task<Result<ExecResult>> docker_exec(std::shared_ptr<const DockerApi> api, std::string container,
                                          ExecRequest request) {
  const codec::Value body =
      codec::Value::Object{{"AttachStdout", true},
                           {"AttachStderr", true},
                           {"Cmd", codec::Value::Array(request.argv.begin(), request.argv.end())}};
  const auto created = co_await api->post("/containers/" + container + "/exec", body);
  if (!created) {
    const bool stopped = created.error().code() == ErrorCode::Conflict;
    co_return stopped ? err(ErrorCode::NotFound, "the task has ended") : err(created.error());
  }
  co_return co_await net::with_timeout(request.timeout, "command " + request.argv[0],
                                       run(api, text_at(*created, "Id"), request.output_bytes));
}

}  // namespace drover::drivers
