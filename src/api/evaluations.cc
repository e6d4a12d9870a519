#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"

namespace drover::api {
namespace {

Result<state::Row<model::Evaluation>> find_evaluation(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::EvalId>(request, "evaluation"));
  auto eval = snapshot.eval(id);
  if (!eval) return err(ErrorCode::NotFound, "eval not found");
  return eval;
}

void write_row(std::string& out, const model::Evaluation& eval, const state::Snapshot&) {
  write_eval(out, eval);
}

}  // namespace

Result<Answer> list_evaluations(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(auto rows,
          rows_with_prefix(snapshot->evals(), request, [&](const auto& eval) { return in_namespace(request, eval); }));
  return list_answer(snapshot, std::move(rows), write_row);
}

Result<Answer> get_evaluation(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto eval, find_evaluation(request, *snapshot));
  Answer answer;
  write_eval(answer.body, *eval);
  return answer;
}

Result<Answer> list_evaluation_allocations(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto id, path_id<model::EvalId>(request, "evaluation"));
  std::vector<const model::Allocation*> allocs;
  if (const auto eval = snapshot->eval(id)) {
    for (const auto& entry : snapshot->allocs_of_job(eval->job_key())) {
      if (entry.value->eval_id == id) allocs.push_back(entry.value.get());
    }
  }
  return list_answer(snapshot, std::move(allocs),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view);
                     });
}

std::optional<uint64_t> evaluation_index(const Request& request, const state::Snapshot& snapshot) {
  const auto eval = find_evaluation(request, snapshot);
  return eval ? std::optional((*eval)->modify_index) : std::nullopt;
}

}  // namespace drover::api
