#include "api/find.h"
#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"
#include "api/stubs.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {
Result<Answer> list_allocations(const Request& request, const SnapshotPtr& snapshot) {
  AllocStubOptions options;
  TRY_LET(options.resources, bool_param(request, "resources"));
  TRY_LET(options.task_states, bool_param(request, "task_states", true));
  TRY_LET(auto rows, rows_with_prefix(snapshot->allocs(), request,
                                      [&](const auto& alloc) { return in_namespace(request, alloc); }));
  return list_answer(request, snapshot, std::move(rows),
                     [options](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view, options);
                     });
}

Result<Answer> get_allocation(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto alloc, find_allocation(request, *snapshot));
  Answer answer;
  write_alloc(answer.body, *alloc, *snapshot);
  return answer;
}

Result<Write> stop_allocation(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const bool at_once, bool_param(request, "no_shutdown_delay"));
  TRY_LET(const auto alloc, find_allocation(request, snapshot));
  const auto job = snapshot.job_of(*alloc);
  if (!job) return err(ErrorCode::NotFound, "job not found");
  auto eval = model::make_eval(*job, context.new_eval_id(), model::trigger::kAllocStop);
  const AllocStopResponse answer{.eval_id = eval.id};
  state::AllocTransition transition{.alloc_id = alloc->id, .transition = {.migrate = true}};
  if (at_once) transition.transition.no_shutdown_delay = true;
  state::UpdateTransitions command{
      .transitions = {std::move(transition)}, .evals = {std::move(eval)}, .time = context.now()};
  return Write{.command = state::make_command(std::move(command)), .reply = [answer](const state::Reply& reply) {
                 AllocStopResponse filled = answer;
                 filled.index = reply.index;
                 return codec::to_json(filled);
               }};
}

std::optional<uint64_t> allocation_index(const Request& request, const state::Snapshot& snapshot) {
  const auto alloc = find_allocation(request, snapshot);
  return alloc ? std::optional((*alloc)->modify_index) : std::nullopt;
}

}  // namespace drover::api
