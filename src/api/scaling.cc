#include <utility>

#include "api/handlers.h"
#include "api/listing.h"
#include "api/scaling_policies.h"
#include "base/strings.h"

namespace drover::api {
namespace {

bool is_wanted(const Request& request, const PolicyRef& ref) {
  const std::string_view job = request.param("job"), type = request.param("type");
  if (!job.empty() && ref.job->id != job) return false;
  if (!type.empty() && ref.type() != type) return false;
  return ref.id.str().starts_with(to_lower(request.prefix));
}

}  // namespace

Result<Answer> list_scaling_policies(const Request& request, const SnapshotPtr& snapshot) {
  std::vector<PolicyRef> policies;
  for (const auto& entry : snapshot->jobs()) {
    if (!in_namespace(request, *entry.value)) continue;
    for_each_policy(*entry.value, [&](const PolicyRef& ref) {
      if (is_wanted(request, ref)) policies.push_back(ref);
    });
  }
  std::ranges::sort(policies, {}, &PolicyRef::id);
  Page page = page_of(
      request, policies.size(), [&](size_t row, const std::string& token) { return policies[row].id.str() < token; },
      [&](size_t row) { return policies[row].id.str(); });
  Answer answer{.rows = Rows{.count = page.end - page.begin,
                             .write = [snapshot, policies = std::move(policies), first = page.begin](std::string& out,
                                                                                                     size_t row) {
                               write_policy(out, policies[first + row], PolicyDetail::Stub);
                             }}};
  answer.next_token = std::move(page.next_token);
  return answer;
}

Result<Answer> get_scaling_policy(const Request& request, const SnapshotPtr& snapshot) {
  Answer answer;
  for (const auto& entry : snapshot->jobs()) {
    for_each_policy(*entry.value, [&](const PolicyRef& ref) {
      if (answer.body.empty() && ref.id.str() == request.id) write_policy(answer.body, ref, PolicyDetail::Full);
    });
  }
  if (answer.body.empty()) return err(ErrorCode::NotFound, "policy not found");
  return answer;
}

}  // namespace drover::api
