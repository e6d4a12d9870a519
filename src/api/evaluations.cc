#include <algorithm>

#include "api/find.h"
#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"
#include "base/strings.h"
#include "codec/type_info.h"

namespace drover::api {
namespace {

std::string_view status_name(model::EvalStatus status) {
  for (const codec::EnumName& name : enum_names(model::EvalStatus{})) {
    if (name.value == static_cast<int64_t>(status)) return name.name;
  }
  return {};
}

bool is_status(std::string_view text) {
  const auto names = enum_names(model::EvalStatus{});
  return std::ranges::find(names, text, &codec::EnumName::name) != names.end();
}

void write_row(std::string& out, const model::Evaluation& eval, const state::Snapshot&) {
  write_eval(out, eval);
}

}  // namespace

Result<Answer> list_evaluations(const Request& request, const SnapshotPtr& snapshot) {
  const std::string_view job = request.param("job"), status = request.param("status");
  if (!status.empty() && !is_status(status)) {
    return err(ErrorCode::InvalidArgument, "invalid evaluation status \"{}\"", printable(status));
  }
  TRY_LET(auto rows, rows_with_prefix(snapshot->evals(), request, [&](const model::Evaluation& eval) {
            return in_namespace(request, eval) && (job.empty() || eval.job_id == job) &&
                   (status.empty() || status_name(eval.status) == status);
          }));
  return list_answer(request, snapshot, std::move(rows), write_row);
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
  return list_answer(request, snapshot, std::move(allocs),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view);
                     });
}

std::optional<uint64_t> evaluation_index(const Request& request, const state::Snapshot& snapshot) {
  const auto eval = find_evaluation(request, snapshot);
  return eval ? std::optional((*eval)->modify_index) : std::nullopt;
}

}  // namespace drover::api
