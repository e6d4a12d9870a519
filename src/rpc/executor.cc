#include "rpc/executor.h"

#include <utility>

namespace drover::rpc {

Executor executor_of(net::Loop& loop) {
  return [&loop](std::function<void()> function) { loop.post("node stream", std::move(function)); };
}

}  // namespace drover::rpc
