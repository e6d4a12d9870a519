#pragma once

#include "base/clock.h"
#include "server/control_loop.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace drover::sim {

// Functions that wait for their time, in the order of their times. What is due at the same time runs in the order in
// which it was added.
class Agenda {
 public:
  using Ticket = std::pair<MonoTime, uint64_t>;

  Ticket add(MonoTime due, std::function<void()> function) {
    const Ticket ticket{due, ++last_};
    entries_.emplace(ticket, std::move(function));
    return ticket;
  }
  void remove(const Ticket& ticket) { entries_.erase(ticket); }

  std::optional<MonoTime> next_due() const {
    if (entries_.empty()) return std::nullopt;
    return entries_.begin()->first.first;
  }
  // The first one that is due by now; false if there is none.
  bool run_one(MonoTime now) {
    if (entries_.empty() || entries_.begin()->first.first > now) return false;
    const auto entry = entries_.extract(entries_.begin());
    entry.mapped()();
    return true;
  }

 private:
  std::map<Ticket, std::function<void()>> entries_;
  uint64_t last_ = 0;
};

// The control loop of a simulated server: runs what it is told to when the simulation says so.
class SimLoop final : public server::ControlLoop {
 public:
  explicit SimLoop(const Clock& clock) : clock_(clock), timers_(std::make_shared<Agenda>()) {}

  void post(const char*, std::function<void()> function) override { posted_.push_back(std::move(function)); }
  server::ControlTimer after(Duration delay, const char*, std::function<void()> function) override {
    const Agenda::Ticket ticket = timers_->add(clock_.mono() + delay, std::move(function));
    return server::ControlTimer([timers = timers_, ticket] { timers->remove(ticket); });
  }

  // What was posted first, else what has its time; false if there is nothing.
  bool run_one() {
    if (posted_.empty()) return timers_->run_one(clock_.mono());
    const std::function<void()> function = std::move(posted_.front());
    posted_.pop_front();
    function();
    return true;
  }
  bool idle() const { return posted_.empty(); }
  std::optional<MonoTime> next_due() const { return timers_->next_due(); }

 private:
  const Clock& clock_;
  std::deque<std::function<void()>> posted_;
  const std::shared_ptr<Agenda> timers_;
};

}  // namespace drover::sim
