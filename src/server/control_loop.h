#pragma once

#include "net/loop.h"

#include <functional>
#include <utility>

namespace drover::server {

// A pending ControlLoop::after. Dropping it leaves it running.
class ControlTimer {
 public:
  ControlTimer() = default;
  explicit ControlTimer(std::function<void()> cancel) : cancel_(std::move(cancel)) {}

  // Afterwards the function is not called. On the loop only.
  void cancel() {
    if (const auto cancel = std::exchange(cancel_, nullptr)) cancel();
  }

 private:
  std::function<void()> cancel_;
};

// Where the control code runs: handlers one at a time, in the order in which they were posted. A net::Loop in a server;
// the simulation has its own, over a fake clock and without a thread.
class ControlLoop {
 public:
  virtual ~ControlLoop() = default;

  // Any thread. `name` is a literal.
  virtual void post(const char* name, std::function<void()> function) = 0;
  // On the loop.
  virtual ControlTimer after(Duration delay, const char* name, std::function<void()> function) = 0;
};

// REQUIRES that the loop outlives it.
class NetControlLoop final : public ControlLoop {
 public:
  explicit NetControlLoop(net::Loop& loop) : loop_(loop) {}

  void post(const char* name, std::function<void()> function) override { loop_.post(name, std::move(function)); }
  ControlTimer after(Duration delay, const char* name, std::function<void()> function) override {
    return ControlTimer([timer = loop_.after(delay, name, std::move(function))]() mutable { timer.cancel(); });
  }

 private:
  net::Loop& loop_;
};

}  // namespace drover::server
