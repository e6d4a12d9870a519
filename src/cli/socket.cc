#include "cli/socket.h"

#include "base/strings.h"
#include "cli/console.h"
#include "net/loop.h"
#include "net/websocket.h"

#include <future>
#include <memory>
#include <utility>

namespace drover::cli {
namespace {

// Tells the waiting thread, however the task ends.
struct Ended {
  std::promise<void> promise;
  ~Ended() { promise.set_value(); }
};

net::Task<void> run_work(const std::function<net::Task<void>()>* work, std::unique_ptr<Ended> ended) {
  static_cast<void>(ended);
  co_await (*work)();
}

}  // namespace

net::Task<Result<net::DuplexStream>> open_socket(const ApiClient& api, std::string path, net::StringPairs query,
                                                 Random& random) {
  const std::string key = net::websocket_key(random);
  auto request = api.make_request("GET", path, std::move(query));
  const net::HttpHeaders upgrade = net::websocket_headers(key);
  for (const auto& [name, value] : upgrade.all()) request.headers.add(name, value);
  CO_TRY_LET(const auto client, net::HttpClient::create(api.options().address));
  net::HttpResponse answer;
  auto stream = co_await client.upgrade(std::move(request), {}, &answer);
  if (!stream) {
    const std::string text = printable_lines(trim(answer.body));
    if (text.empty()) co_return err(stream.error());
    co_return err(Error(ErrorCode::Internal, text));
  }
  if (const auto proper = net::check_websocket_answer(answer.headers, key); !proper) co_return err(proper.error());
  co_return stream;
}

void run_to_end(const char* name, std::function<net::Task<void>()> work) {
  net::Loop loop(name);
  auto ended = std::make_unique<Ended>();
  auto done = ended->promise.get_future();
  loop.spawn(name, run_work(&work, std::move(ended)));
  loop.start();
  done.wait();
  loop.stop();
  loop.join();
}

}  // namespace drover::cli
