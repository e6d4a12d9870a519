#pragma once

#include "server/control_loop.h"
#include "server/decider.h"
#include "server/state_follower.h"
#include "server/state_writer.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace drover::server {

// Carries out what a decider decides. Owned by the control loop.
class DeciderLoop final : public StateListener {
 public:
  // `name` is a literal. The references outlive it.
  DeciderLoop(ControlLoop& loop, StateWriter& writer, const Clock& clock, const char* name,
              std::unique_ptr<Decider> decider);
  ~DeciderLoop() override;

  void on_changes(const StateChanges& changes) override;

 private:
  void decide();
  void submit(Action action);
  void on_answer(const std::string& subject, const Result<state::Reply>& reply);
  void arm(Duration wait);

  ControlLoop& loop_;
  StateWriter& writer_;
  const Clock& clock_;
  const char* const name_;
  const std::unique_ptr<Decider> decider_;
  std::shared_ptr<const state::Snapshot> snapshot_;  // the newest one noted
  // By subject: the index at which what was submitted can be seen, once that is known.
  std::map<std::string, std::optional<uint64_t>> under_way_;
  MonoTime rested_until_;
  std::optional<MonoTime> due_;
  ControlTimer timer_;
};

}  // namespace drover::server
