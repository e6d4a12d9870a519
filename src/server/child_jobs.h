#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "server/frontend.h"

#include <cstdint>
#include <map>
#include <string>

namespace drover::server {

inline constexpr size_t kDefaultMaxPayload = 16 * 1024;

struct DispatchRequest {
  model::JobKey parent;
  std::string payload;  // as it is, not encoded
  std::map<std::string, std::string> meta;
  // The same token names the same child again: what is sent twice runs once (cases.md 27).
  std::string idempotency_token;
  size_t max_payload = kDefaultMaxPayload;
};

// What a parameterized job makes of a payload and meta (facts 1.5): a RegisterJob of `PARENT/dispatch-UNIX-XXXXXXXX`;
// if the token has made a child already, the command's reply names that one. Errors: NotFound (no such job),
// InvalidArgument (it is not parameterized, or takes no such payload or meta), Conflict (it is stopped). Pure but for
// the ids.
Result<ChildLaunch> dispatch(const state::Snapshot& snapshot, const DispatchRequest& request, Random& ids,
                             WallTime now);

// The child that a periodic job runs at a time of its schedule, `PARENT/periodic-UNIX`, as a LaunchPeriodic.
ChildLaunch launch_child(const model::Job& parent, WallTime launch, Random& ids, WallTime now);

// A launch now, whatever the schedule, `enabled` and `prohibit_overlap` say; in a second that had one, in the next.
// Errors: NotFound, InvalidArgument (it is not periodic), Conflict (it is stopped).
Result<ChildLaunch> force_launch(const state::Snapshot& snapshot, const model::JobKey& parent, Random& ids,
                                 WallTime now);

}  // namespace drover::server
