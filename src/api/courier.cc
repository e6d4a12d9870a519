#include "api/courier.h"

#include "api/confidential.h"
#include "api/endpoint_call.h"
#include "base/log.h"
#include "jobspec/parse.h"
#include "model/logistics.h"

#include <algorithm>
#include <optional>

namespace drover::api {
namespace {

constexpr Duration kGather = std::chrono::milliseconds(100);  // changes that come together are looked at once
constexpr Duration kLook = std::chrono::minutes(5);
constexpr size_t kMaxReply = 64 << 10;
constexpr state::TableSet kJobs = {state::Table::Jobs};

bool is_refused(const Error& error) {
  return error.code() == ErrorCode::Conflict || error.code() == ErrorCode::NotFound;
}

// Everybody may see why a definition did not come, and nobody what it says: only where it is wrong.
std::string public_refusal(const Diagnostics& problems) {
  std::string places;
  for (const Diagnostic& problem : problems.all()) {
    if (problem.severity != Diagnostic::Severity::Error || problem.pos.line == 0) continue;
    places += fmt::format("{}{}:{}", places.empty() ? " at " : ", ", problem.pos.line, problem.pos.column);
  }
  return "the definition that came is wrong" + places;
}

}  // namespace

Courier::Courier(Context& context, net::Loop& loop, CourierOptions options)
    : context_(context), loop_(loop), options_(std::move(options)) {}

void Courier::start() {
  loop_.spawn("courier", follow());
}

net::Task<void> Courier::follow() {
  auto seen = std::make_shared<const state::Snapshot>();
  while (true) {
    const auto now = context_.frontend()->snapshot();
    state::JobTable::for_each_change(seen->jobs(), now->jobs(), [&](const auto&, const auto*, const auto* after) {
      if (after) look_at(**after);
    });
    seen = now;
    co_await context_.frontend()->wait_for_change(kJobs, seen->table_index(kJobs), kLook);
    co_await net::sleep_for(kGather);
  }
}

void Courier::look_at(const model::Job& job) {
  const bool awaits = model::awaits_definition(job) && !job.stop;
  if (!awaits && !model::owes_result(job)) return;
  if (awaits && model::logistics_of(job).send->listens()) return;
  Errand errand{job.key(), job.job_modify_index};
  if (under_way_.insert(errand).second) loop_.spawn("confidential job", run(std::move(errand)));
}

net::Task<void> Courier::run(Errand errand) {
  co_await carry(errand);
  under_way_.erase(errand);
}

net::Task<void> Courier::carry(const Errand& errand) {
  const auto job = job_of(errand);
  if (!job) co_return;
  if (model::awaits_definition(*job)) {
    co_await fetch_definition(errand);
  } else if (model::logistics_of(*job).receive->listens()) {
    co_await await_reader(errand);
  } else {
    co_await post_result(errand);
  }
}

net::Task<void> Courier::fetch_definition(const Errand& errand) {
  std::string problem;
  for (int i = 0; i < options_.tries; ++i) {
    if (i > 0) co_await net::sleep_for(options_.between_tries);
    auto job = job_of(errand);
    if (!job || job->stop) co_return;
    const Status delivered = co_await deliver(std::move(job));
    if (delivered || is_refused(delivered.error())) co_return;
    problem = delivered.error().message();
    log::info("definition not fetched", {{"job", errand.first.id}, {"try", i + 1}, {"reason", problem}});
  }
  co_await settle(errand, std::move(problem));
}

net::Task<Status> Courier::deliver(state::Row<model::Job> job) {
  EndpointCall call{.allowed_networks = options_.allowed_networks, .max_answer = jobspec::kMaxSource};
  call.url = model::endpoint_for(*job, *model::logistics_of(*job).send);
  auto answered = co_await call_endpoint(std::move(call));
  CO_TRY_LET(const std::string definition, std::move(answered));
  Diagnostics problems;
  auto command = take_definition(context_, *job, definition, problems);
  if (!command) co_return err(ErrorCode::InvalidArgument, "{}", public_refusal(problems));
  const auto registered = co_await context_.frontend()->submit(state::make_command(std::move(*command)));
  if (!registered) co_return err(registered.error());
  co_return Ok{};
}

net::Task<void> Courier::post_result(const Errand& errand) {
  std::string problem;
  for (int i = 0; i < options_.tries; ++i) {
    if (i > 0) co_await net::sleep_for(options_.between_tries);
    const Status posted = co_await post(errand);
    if (posted) co_return co_await settle(errand, model::kDelivered);
    if (is_refused(posted.error())) co_return;
    problem = posted.error().message();
    log::info("result not posted", {{"job", errand.first.id}, {"try", i + 1}, {"reason", problem}});
  }
  co_await settle(errand, std::move(problem));
}

net::Task<Status> Courier::post(const Errand& errand) {
  CO_TRY_LET(const Flow flow, find_flow(errand.first, *context_.frontend()->snapshot()));
  if (!flow.alloc || !job_of(errand)) co_return err(ErrorCode::NotFound, "there is no result");
  EndpointCall call{.method = "POST", .allowed_networks = options_.allowed_networks, .max_answer = kMaxReply};
  call.url = model::endpoint_for(*flow.job, *model::logistics_of(*flow.job).receive);
  std::string result = co_await read_result(context_, flow);
  call.body = std::move(result);
  const auto answered = co_await call_endpoint(std::move(call));
  if (!answered) co_return err(answered.error());
  co_return Ok{};
}

net::Task<void> Courier::await_reader(const Errand& errand) {
  const auto flow = find_flow(errand.first, *context_.frontend()->snapshot());
  if (!flow || !flow->alloc) co_return;
  const Duration left = flow->alloc->modify_time + options_.result_wait - context_.now();
  co_await net::sleep_for(std::clamp(left, Duration(0), options_.result_wait));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.result_wait).count();
  co_await settle(errand, fmt::format("nobody fetched the result within {} seconds", seconds));
}

state::Row<model::Job> Courier::job_of(const Errand& errand) const {
  auto job = context_.frontend()->snapshot()->job(errand.first);
  return job && job->job_modify_index == errand.second ? job : nullptr;
}

net::Task<void> Courier::settle(const Errand& errand, std::string outcome) {
  while (true) {
    const auto job = job_of(errand);
    if (!job || (!model::owes_result(*job) && !model::awaits_definition(*job))) co_return;
    const auto settled = co_await context_.frontend()->submit(
        state::make_command(state::SettleLogistics{.ns = errand.first.ns,
                                                   .job_id = errand.first.id,
                                                   .job_modify_index = errand.second,
                                                   .outcome = outcome,
                                                   .time = context_.now()}));
    if (settled || is_refused(settled.error())) co_return;
    co_await net::sleep_for(options_.between_tries);
  }
}

}  // namespace drover::api
