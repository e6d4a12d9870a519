#pragma once

#include "server/moment.h"
#include "server/state_changes.h"
#include "state/command.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace drover::server {

// A change that a decider wants. While one about a subject is on its way no other about it is submitted.
struct Action {
  std::string subject;
  state::Command command;
};

struct Decisions {
  std::vector<Action> actions;
  // How soon to decide again if nothing changes before; nothing: not at all.
  std::optional<Duration> look_again;

  void look_within(Duration wait) { look_again = look_again ? std::min(*look_again, wait) : wait; }
};

// One of the cluster's decision makers: told what has changed, asked what to do (design.md D4). What it remembers is an
// index into the state and nothing else: a new one that is told everything as new decides the same.
//
// Carried out by a DeciderLoop, or by a test. Owned by one thread.
class Decider {
 public:
  virtual ~Decider() = default;

  virtual void note(const StateChanges& changes) = 0;

  // What to do now; nothing twice. REQUIRES that the snapshot is not older than what was noted.
  virtual Decisions decide(const state::Snapshot& snapshot, Moment now) = 0;

  // A change that it had decided on was not made: it may decide on it again.
  virtual void refused(const std::string& subject) { (void)subject; }
};

}  // namespace drover::server
