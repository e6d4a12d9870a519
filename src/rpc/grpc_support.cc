#include "rpc/grpc_support.h"

#include "base/check.h"
#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <mutex>
#include <string_view>
#include <utility>

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

namespace drover::rpc {

namespace {

// gRPC 1.51 ends its callback threads with the last channel or server of the process; when one of these threads itself
// drops that last one (as when a client reconnects), it waits for itself and aborts. A server without a port, never
// destroyed, keeps them.
void keep_callback_threads() {
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(new grpc::CallbackGenericService);
  static const grpc::Server* const keeper = builder.BuildAndStart().release();
  CHECK(keeper != nullptr, "gRPC starts");
}

}  // namespace

void init_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function([](gpr_log_func_args* args) {
      // What gRPC calls errors are mostly peers that have gone. A failed assertion aborts right after this.
      const bool fatal = std::string_view(args->message).starts_with("assertion failed");
      const auto write = fatal ? log::error : log::debug;
      write("grpc", {{"message", args->message}, {"file", args->file}, {"line", args->line}});
    });
    // Debian's Abseil looks for deadlocks at every lock that gRPC takes, under a lock of its own: a tenth of the CPU.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    keep_callback_threads();
  });
}

void GrpcTimer::start(Duration delay, std::function<void()> function) {
  alarm_ = std::make_unique<grpc::Alarm>();
  const auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(to_millis(delay));
  alarm_->Set(deadline, [function = std::move(function)](bool expired) {
    if (expired) function();
  });
}

void GrpcTimer::cancel() {
  alarm_.reset();
}

int to_millis(Duration duration) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<int64_t>(millis, 0, INT_MAX));
}

}  // namespace drover::rpc
