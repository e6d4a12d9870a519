#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "sched/held_index.h"
#include "state/command.h"

#include <optional>
#include <vector>

namespace drover::server {

// One evaluation on its way through the scheduler: planned on a snapshot, tried, and planned again as long as part of
// the plan did not fit any more (facts 5.2).
struct EvalWork {
  state::Row<model::Evaluation> eval;
  int32_t attempts = 0;    // without progress so far
  bool held_back = false;  // nothing of it is to be placed: others of its market are first
};

// The plan and what becomes of the evaluation if all of it fits, as one command: an ApplyWork. After the last attempt
// only what is left to be done about the evaluation: an UpsertEvals. Runs the scheduler.
state::Command plan_work(const EvalWork& work, const state::Snapshot& snapshot, WallTime now, Random& random,
                         const sched::HeldIndex* held = nullptr);

// Whether the work has to be planned again on a snapshot that has `result`; counts the attempt.
bool must_plan_again(EvalWork& work, const state::PlanResult& result);

// Whether the next attempt is the last one: it is made while no other plan is, for there would be no end to losing
// where many jobs want the same nodes.
bool must_plan_alone(const EvalWork& work);

// How a refused command is to be taken.
enum class Refusal : uint8_t {
  Outdated,  // the evaluation has ended or is gone: nothing is left to do
  TryAgain,  // nothing could be written at the moment
  Failed,    // there is something wrong with it
};
Refusal refusal_of(const Error& error);

inline constexpr int32_t kDeliveryLimit = 3;

// How long a failed evaluation rests before it is delivered again for the n-th time.
Duration redelivery_delay(int32_t deliveries);

// What to write when an evaluation has failed too often: it ends, and another one looks at the job a while later.
std::vector<model::Evaluation> give_up(const model::Evaluation& eval, WallTime now, Random& random);

}  // namespace drover::server
