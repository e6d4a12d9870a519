#include "rpc/grpc_support.h"

#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <mutex>
#include <utility>

#include <grpc/support/log.h>

namespace drover::rpc {

void route_grpc_log() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function([](gpr_log_func_args* args) {
      log::debug("grpc", {{"message", args->message}, {"file", args->file}, {"line", args->line}});
    });
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
