#pragma once

#include "base/mutex.h"
#include "cli/cli.h"
#include "net/http_server.h"

#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace drover::cli {

// A request as the scripted server saw it.
struct SeenRequest {
  std::string line;  // "PUT /v1/jobs?namespace=x"
  std::string body;
  std::string token;
};

// An API that answers each "GET /v1/path" (without the query) with what it was told: one answer after the other, the
// last one for ever. Everything else is 404.
class ScriptedApi {
 public:
  ScriptedApi()
      : loop_("test"), server_({}, {&loop_}, [this](net::HttpRequest r) { return handle(this, std::move(r)); }) {
    loop_.start();
    port_ = *server_.listen("127.0.0.1", 0);
  }
  ~ScriptedApi() {
    server_.stop();
    loop_.stop();
    loop_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void answer(const std::string& what, std::string body, int status = 200, uint64_t index = 10) {
    const MutexLock lock(mutex_);
    answers_[what].push_back({std::move(body), status, index});
  }

  std::vector<SeenRequest> seen() const {
    const MutexLock lock(mutex_);
    return seen_;
  }
  // The last request whose line starts like this.
  SeenRequest last(const std::string& start) const {
    SeenRequest found;
    for (const SeenRequest& request : seen()) {
      if (request.line.starts_with(start)) found = request;
    }
    return found;
  }

 private:
  struct Scripted {
    std::string body;
    int status;
    uint64_t index;
  };

  static net::Task<net::HttpResponse> handle(ScriptedApi* self, net::HttpRequest request) {
    co_return self->reply(request);
  }

  net::HttpResponse reply(const net::HttpRequest& request) {
    const MutexLock lock(mutex_);
    seen_.push_back(
        {request.method + " " + request.target, request.body, std::string(request.headers.get("X-Nomad-Token"))});
    const auto it = answers_.find(request.method + " " + request.raw_path);
    if (it == answers_.end()) return net::text_response(404, "not found");
    const Scripted scripted = it->second.front();
    if (it->second.size() > 1) it->second.pop_front();
    net::HttpResponse response = net::json_response(scripted.status, scripted.body);
    response.headers.add("X-Nomad-Index", std::to_string(scripted.index));
    return response;
  }

  mutable Mutex mutex_;
  std::map<std::string, std::deque<Scripted>> answers_ BASE_GUARDED_BY(mutex_);
  std::vector<SeenRequest> seen_ BASE_GUARDED_BY(mutex_);
  net::Loop loop_;
  net::HttpServer server_;
  uint16_t port_ = 0;
};

class FixedClock final : public Clock {
 public:
  WallTime now() const override { return {1'700'000'100'000'000'000}; }
  MonoTime mono() const override { return {}; }
};

// Runs commands as a user does and keeps what they print.
class CliTest : public testing::Test {
 protected:
  int run_cli(std::vector<std::string> words) {
    words.insert(words.begin(), "drover");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    out_.str({});
    err_.str({});
    Environment env{.version = "1.2.3",
                    .variable = [this](const std::string& name) -> std::optional<std::string> {
                      const auto it = variables_.find(name);
                      return it == variables_.end() ? std::nullopt : std::optional(it->second);
                    },
                    .variables =
                        [this](const std::string& prefix) {
                          std::vector<std::pair<std::string, std::string>> found;
                          for (const auto& variable : variables_) {
                            if (variable.first.starts_with(prefix)) found.push_back(variable);
                          }
                          return found;
                        },
                    .in = &in_,
                    .out = &out_,
                    .err = &err_,
                    .out_is_terminal = terminal_,
                    .err_is_terminal = terminal_,
                    .clock = &clock_,
                    .agent =
                        [this](std::vector<std::string> arguments) {
                          agent_arguments_ = std::move(arguments);
                          return 7;
                        }};
    return run(static_cast<int>(argv.size()), argv.data(), std::move(env));
  }

  // Against the scripted server.
  int ask(std::vector<std::string> words) {
    variables_["NOMAD_ADDR"] = api_.url();
    return run_cli(std::move(words));
  }

  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  ScriptedApi api_;
  FixedClock clock_;
  std::map<std::string, std::string> variables_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  bool terminal_ = false;
  std::vector<std::string> agent_arguments_;
};

}  // namespace drover::cli
