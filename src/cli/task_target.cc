#include "cli/task_target.h"

#include "cli/json.h"
#include "cli/lookup.h"

#include <utility>

namespace drover::cli {
namespace {

Result<std::string> only_task(const Session& session, ApiClient& api, const std::string& alloc_id) {
  TRY_LET(const Answer answer, during("querying allocation", api.get(api_path("/v1/allocation/", alloc_id))));
  const Json alloc(answer.value);
  std::vector<std::string> names;
  for (const Json& group : alloc["Job"]["TaskGroups"].items()) {
    if (group["Name"].raw() != alloc["TaskGroup"].raw()) continue;
    for (const Json& task : group["Tasks"].items()) names.push_back(task["Name"].raw());
  }
  if (names.size() == 1) return names[0];
  std::string text = fmt::format("choosing a task: allocation \"{}\" runs {} tasks, name the one that is meant:",
                                 session.short_id(safe_text(alloc_id)), names.size());
  for (const std::string& name : names) text += "\n  * " + safe_text(name);
  return err(Error(ErrorCode::InvalidArgument, text));
}

}  // namespace

Result<TaskTarget> find_task(const Session& session, ApiClient& api, const std::string& argument,
                             const std::string& task) {
  auto alloc_id = session.args.on("job") ? alloc_of_job(api, argument) : find_alloc(api, argument);
  if (!alloc_id) return err(alloc_id.error());
  TaskTarget target{.alloc_id = std::move(*alloc_id), .task = task};
  if (target.task.empty()) {
    TRY_LET(target.task, only_task(session, api, target.alloc_id));
  }
  return target;
}

}  // namespace drover::cli
