#pragma once

#include "net/loop.h"

#include <functional>

namespace drover::rpc {

// Where callbacks are delivered: runs the functions that it is given one at a time, in order, never within the call
// that hands them in. Called from gRPC's threads.
using Executor = std::function<void(std::function<void()>)>;

// REQUIRES `loop` outlives all users of the executor.
Executor executor_of(net::Loop& loop);

}  // namespace drover::rpc
