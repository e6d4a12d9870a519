#pragma once

#include "base/random.h"
#include "client/services/check_redirect.h"
#include "client/services/registration.h"
#include "client/slots.h"
#include "drivers/driver.h"
#include "model/service.h"
#include "net/task.h"
#include "net/tls.h"

#include <memory>
#include <string>

namespace drover::client {

inline constexpr size_t kMaxCheckOutput = 4 << 10;

struct CheckTarget {
  model::Check check;
  Endpoint endpoint;                              // http, tcp, grpc
  std::shared_ptr<drivers::RunningTask> running;  // script
  // Of exposed ports (facts/nosana.md 2.9).
  int32_t expected_status = 0;    // http: exactly this one; 0: any success
  std::string expected_response;  // websocket: the first message; "": the handshake is enough
};

struct CheckResult {
  std::string status;  // "passing", "warning" or "critical"
  std::string output;  // valid UTF-8, at most kMaxCheckOutput bytes
};

// Performs the checks of an agent: so many at once as it can carry, and with what they share. Owner: the loop's thread;
// outlives its checks.
class CheckRunner {
 public:
  // Each has a socket, or a command in a task.
  static constexpr size_t kAtOnce = 256;

  // Waits for its turn, and then takes no longer than the check's timeout.
  net::Task<CheckResult> run(std::shared_ptr<const CheckTarget> target);

 private:
  net::Task<CheckResult> perform(std::shared_ptr<const CheckTarget> target);
  net::Task<CheckResult> check_http(std::shared_ptr<const CheckTarget> target);
  net::Task<Result<CheckResult>> request(std::shared_ptr<const CheckTarget> target);
  net::Task<Result<net::HttpStream>> ask(std::shared_ptr<const CheckTarget> target, CheckRequest asked);
  net::Task<CheckResult> check_websocket(std::shared_ptr<const CheckTarget> target);
  net::Task<Result<CheckResult>> first_message(std::shared_ptr<const CheckTarget> target);
  Result<std::shared_ptr<const net::TlsContext>> trust(bool verify);

  Slots slots_{kAtOnce};
  std::shared_ptr<const net::TlsContext> verifying_;  // made when they are first needed
  std::shared_ptr<const net::TlsContext> trusting_;
  SystemRandom random_;  // of WebSockets
};

}  // namespace drover::client
