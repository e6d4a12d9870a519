#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "state/command.h"

#include <optional>
#include <string>

namespace drover::server {

// What a look at a deployment is about.
struct DeploymentLook {
  const state::Snapshot& snapshot;
  const model::Deployment& deployment;
  bool news = false;             // the health of its allocations has changed, or one has failed
  bool deadline_passed = false;  // its progress_deadline() has come
  WallTime now;
};

// The next thing that a deployment needs (facts 1.3, 5.8): to fail, to be promoted, its failed allocations to be
// replaced, or an evaluation that goes on with the rollout. Nothing while it is paused or if nothing is new. Pure but
// for the ids.
std::optional<state::Command> deployment_step(const DeploymentLook& look, Random& ids);

// When the first of its groups that is not complete must have made progress; nothing if it has no such deadline.
std::optional<WallTime> progress_deadline(const model::Deployment& deployment);

// The failure of a deployment, with its job set back to the latest stable version where a group asks for that, and the
// evaluation that brings it about. `reason` is one of model::deployment_text.
state::UpdateDeployment fail_deployment(const state::Snapshot& snapshot, const model::Deployment& deployment,
                                        const std::string& reason, Random& ids, WallTime now);

}  // namespace drover::server
