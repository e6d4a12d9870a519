#include "client/prefetch.h"

#include "base/log.h"

namespace drover::client {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(1);

}  // namespace

struct MarketPrefetch::State {
  FetchRequirements fetch;
  Report report;
  std::optional<std::string> wanted;  // the id of what is being fetched, or is here; nothing: no server has said it yet
};

MarketPrefetch::MarketPrefetch(net::Loop& loop, FetchRequirements fetch, Report report)
    : loop_(loop), state_(std::make_shared<State>(State{std::move(fetch), std::move(report), {}})) {}

void MarketPrefetch::stop() {
  state_->report = nullptr;
  task_.cancel();
}

void MarketPrefetch::require(std::optional<rpc::Requirements> requirements) {
  rpc::Requirements wanted = requirements ? std::move(*requirements) : rpc::Requirements();
  if (wanted.id == state_->wanted || !state_->report) return;
  const bool required_something = state_->wanted && !state_->wanted->empty();
  state_->wanted = wanted.id;
  task_.cancel();
  if (wanted.id.empty() && required_something) state_->report("", "");
  task_ = loop_.spawn("market prefetch", run(state_, std::move(wanted)));
}

net::Task<void> MarketPrefetch::run(std::shared_ptr<State> state, rpc::Requirements requirements) {
  const std::string id = requirements.id;
  const auto current = [state, id] { return state->report && state->wanted == id; };
  if (!current()) co_return;
  if (id.empty()) {  // what was required before goes
    if (state->fetch) std::ignore = co_await state->fetch(std::move(requirements));
    co_return;
  }
  state->report("", fmt::format("fetching {} images and {} resources", requirements.images.size(),
                                requirements.resources.size()));
  for (Duration pause = kFirstRetry;; pause = std::min(pause * 2, kLongestRetry)) {
    Status done = err(ErrorCode::Unavailable, "this agent cannot fetch what markets require");
    if (state->fetch) done = co_await state->fetch(requirements);
    if (!current()) co_return;
    if (done) {
      log::info("what the market requires is here", {{"requirements", id}});
      co_return state->report(id, "");
    }
    log::warn("what the market requires cannot be fetched", {{"error", done.error().message()}});
    state->report("", done.error().message());
    co_await net::sleep_for(pause);
  }
}

}  // namespace drover::client
