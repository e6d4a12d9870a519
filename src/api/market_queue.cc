#include "api/market_queue.h"

#include "base/duration.h"

#include <algorithm>

namespace drover::api {
namespace {

using model::Evaluation;

constexpr std::string_view kMarketQueue = "market queue";  // server/market_line.h

bool may_wait(const model::Job& job) {
  return !job.stop && !job.is_template() && job.type != model::JobType::System && job.type != model::JobType::Sysbatch;
}

bool has_live_allocs(const state::Snapshot& snapshot, const model::JobKey& key) {
  return snapshot.activity_of_job(key).live_allocs > 0;
}

// The evaluation that a job waits with; null if it does not wait.
state::Row<Evaluation> waiting_eval(const state::Snapshot& snapshot, const model::JobKey& key) {
  state::Row<Evaluation> found;
  for (const auto& entry : snapshot.evals_of_job(key)) {
    const Evaluation& eval = *entry.value;
    const bool blocked = eval.status == model::EvalStatus::Blocked;
    const bool pending = eval.status == model::EvalStatus::Pending && eval.wait_until == WallTime();
    if (blocked || (pending && !found && !has_live_allocs(snapshot, key))) found = entry.value;
  }
  return found;
}

std::string listed(const std::map<std::string, int32_t>& counts) {
  std::string out;
  for (const auto& [what, count] : counts) {
    out += fmt::format("{}{} ({} node{})", out.empty() ? "" : ", ", what, count, count == 1 ? "" : "s");
  }
  return out;
}

void explain(WaitingJob& waiting) {
  if (waiting.eval->status == model::EvalStatus::Pending) {
    waiting.code = "pending";
    waiting.reason = "it has not been looked at yet";
    return;
  }
  int32_t exhausted = 0;
  std::map<std::string, int32_t> dimensions, constraints;
  for (const auto& [group, metric] : waiting.eval->failed_tg_allocs) {
    exhausted += metric.nodes_exhausted;
    for (const auto& [dimension, count] : metric.dimension_exhausted) dimensions[dimension] += count;
    for (const auto& [constraint, count] : metric.constraint_filtered) constraints[constraint] += count;
  }
  if (dimensions.contains(std::string(kMarketQueue))) {
    waiting.code = "queued";
    waiting.reason = "others were submitted before it";
  } else if (exhausted > 0) {
    waiting.code = "no-room";
    waiting.reason = "no node has enough left: " + listed(dimensions);
  } else {
    waiting.code = "nowhere";
    waiting.reason =
        constraints.empty() ? "the market has no node that takes work" : "no node can run it: " + listed(constraints);
  }
}

}  // namespace

std::vector<WaitingJob> market_queue(const state::Snapshot& snapshot, const std::string& market) {
  std::vector<WaitingJob> out;
  for (const auto& entry : snapshot.jobs()) {
    const model::Job& job = *entry.value;
    if (job.node_pool != market || !may_wait(job)) continue;
    auto eval = waiting_eval(snapshot, entry.key);
    if (eval) out.push_back({.job = entry.value, .eval = std::move(eval)});
  }
  std::ranges::sort(out, {}, [](const WaitingJob& waiting) { return waiting.job->job_modify_index; });
  for (WaitingJob& waiting : out) explain(waiting);
  return out;
}

Status apply_market(const state::Snapshot& snapshot, model::Job& job) {
  const auto market = snapshot.find_market(job.node_pool);
  if (!market) return Ok{};
  job.node_pool = market->slug;
  if (job.is_template()) return Ok{};
  if (job.timeout == Duration(0)) job.timeout = std::chrono::minutes(market->default_timeout);
  const Duration longest = std::chrono::minutes(market->max_timeout);
  if (longest > Duration(0) && job.timeout == Duration(0)) job.timeout = longest;
  if (longest > Duration(0) && job.timeout > longest) {
    return err(ErrorCode::InvalidArgument, "the timeout is {}, market \"{}\" allows no more than {}",
               format_duration(job.timeout), market->slug, format_duration(longest));
  }
  return Ok{};
}

model::Market shown(model::Market market) {
  for (codec::Value& resource : market.required_remote_resources) {
    resource = model::without_credentials(std::move(resource));
  }
  return market;
}

}  // namespace drover::api
