#pragma once

#include "model/market.h"
#include "state/view.h"

#include <string>
#include <vector>

// Who waits in a market, and why. Pure.
namespace drover::api {

struct WaitingJob {
  state::Row<model::Job> job;
  state::Row<model::Evaluation> eval;  // the one that waits
  std::string code;                    // "pending", "queued", "no-room" or "nowhere"
  std::string reason;                  // for people
};

// The jobs of the market that wait for a node, in the order in which they were submitted.
std::vector<WaitingJob> market_queue(const state::Snapshot& snapshot, const std::string& market);

// A job of a market: the market by its slug, the timeout that it gets, no more than it may have. InvalidArgument if it
// asks for more. Nothing is done to jobs of other pools.
Status apply_market(const state::Snapshot& snapshot, model::Job& job);

// The market without credentials.
model::Market shown(model::Market market);

}  // namespace drover::api
