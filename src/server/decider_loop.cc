#include "server/decider_loop.h"

#include "base/log.h"

#include <algorithm>

namespace drover::server {
namespace {

// Changes that come faster are decided on together.
constexpr Duration kPace = std::chrono::milliseconds(20);

// What was refused (a full disk) is tried again after this time.
constexpr Duration kRetryDelay = std::chrono::seconds(1);

// A wall-clock step must not delay what is due: looks again at least this often while something is.
constexpr Duration kLongestNap = std::chrono::seconds(10);

}  // namespace

DeciderLoop::DeciderLoop(ControlLoop& loop, StateWriter& writer, const Clock& clock, const char* name,
                         std::unique_ptr<Decider> decider)
    : loop_(loop), writer_(writer), clock_(clock), name_(name), decider_(std::move(decider)) {}

DeciderLoop::~DeciderLoop() {
  timer_.cancel();
}

void DeciderLoop::on_changes(const StateChanges& changes) {
  snapshot_ = changes.snapshot;
  decider_->note(changes);
  const Duration rest = rested_until_ - clock_.mono();
  if (rest <= Duration(0)) {
    decide();
  } else {
    arm(rest);
  }
}

void DeciderLoop::decide() {
  due_.reset();
  rested_until_ = clock_.mono() + kPace;
  // What was answered is no longer under way once it can be seen.
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second && *entry.second <= snapshot_->index(); });
  Decisions decisions = decider_->decide(*snapshot_, Moment::of(clock_));
  for (Action& action : decisions.actions) submit(std::move(action));
  if (decisions.look_again) arm(*decisions.look_again);
}

void DeciderLoop::submit(Action action) {
  if (!under_way_.emplace(action.subject, std::nullopt).second) return decider_->refused(action.subject);
  const auto answered = [this, subject = action.subject](Result<state::Reply> reply) {
    loop_.post(name_, [this, subject, reply = std::move(reply)] { on_answer(subject, reply); });
  };
  writer_.submit(std::move(action.command), answered);
}

void DeciderLoop::on_answer(const std::string& subject, const Result<state::Reply>& reply) {
  if (reply) {
    under_way_[subject] = reply->index;
    return arm(Duration(0));
  }
  under_way_.erase(subject);
  decider_->refused(subject);
  const bool outdated = reply.error().code() == ErrorCode::NotFound || reply.error().code() == ErrorCode::Conflict;
  if (!outdated) log::warn("change not written", {{"by", name_}, {"reason", reply.error().message()}});
  arm(kRetryDelay);
}

void DeciderLoop::arm(Duration wait) {
  wait = std::clamp(wait, kPace, kLongestNap);
  const MonoTime due = clock_.mono() + wait;
  if (due_ && *due_ <= due) return;
  due_ = due;
  timer_.cancel();
  timer_ = loop_.after(wait, name_, [this] { decide(); });
}

}  // namespace drover::server
