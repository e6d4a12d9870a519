#include <array>

#include "api/handlers.h"
#include "api/listing.h"
#include "api/scaling_policies.h"
#include "api/search_answer.h"
#include "api/stubs.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

// Finding things by the beginning of their id.
namespace drover::api {
namespace {

constexpr std::array<std::string_view, 6> kContexts = {"allocs", "deployment", "evals",
                                                       "jobs",   "nodes",      "scaling_policy"};

// The rows of a table keyed by UUIDs. What cannot be the start of an id matches none.
template <class Table, class Keep>
void find_rows(Matches& matches, const std::string& context, const Table& table, const std::string& prefix, Keep keep) {
  using Id = std::remove_cvref_t<decltype(table.begin()->key)>;
  const auto range = uuid_prefix_range(prefix);
  if (!range) return;
  for (auto at = table.lower_bound(Id(range->first)); at != table.end() && at->key.value <= range->last; ++at) {
    if (keep(*at->value) && !matches.add(context, {.id = at->key.str()})) return;
  }
}

void find_jobs(Matches& matches, const Request& request, const std::string& prefix, const state::Snapshot& snapshot) {
  const bool all = request.all_namespaces();
  for (auto at = snapshot.jobs().lower_bound(model::JobKey{all ? "" : request.ns, all ? "" : prefix});
       at != snapshot.jobs().end(); ++at) {
    const bool fits = at->key.id.starts_with(prefix);
    if (!all && (at->key.ns != request.ns || !fits)) return;
    if (fits && !matches.add("jobs", {.id = at->key.id})) return;
  }
}

void find_policies(Matches& matches, const Request& request, const std::string& prefix,
                   const state::Snapshot& snapshot) {
  for (const auto& entry : snapshot.jobs()) {
    if (!in_namespace(request, *entry.value)) continue;
    for_each_policy(*entry.value, [&](const PolicyRef& ref) {
      if (ref.id.str().starts_with(prefix)) matches.add("scaling_policy", {.id = ref.id.str()});
    });
  }
}

void find_in(Matches& matches, const std::string& context, const Request& request, const std::string& prefix,
             const state::Snapshot& snapshot) {
  const auto in_ns = [&](const auto& row) { return in_namespace(request, row); };
  const std::string lower = to_lower(prefix);
  if (context == "allocs") return find_rows(matches, context, snapshot.allocs(), lower, in_ns);
  if (context == "deployment") return find_rows(matches, context, snapshot.deployments(), lower, in_ns);
  if (context == "evals") return find_rows(matches, context, snapshot.evals(), lower, in_ns);
  if (context == "nodes") return find_rows(matches, context, snapshot.nodes(), lower, [](const auto&) { return true; });
  if (context == "jobs") return find_jobs(matches, request, prefix, snapshot);
  find_policies(matches, request, lower, snapshot);
}

}  // namespace

Result<Answer> search_prefix(const Request& request, Context& context) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<SearchRequest>(body));
  TRY_LET(const auto contexts, contexts_of(asked.context, kContexts));
  const SnapshotPtr snapshot = context.frontend()->snapshot();
  Matches matches;
  for (const std::string& name : contexts) find_in(matches, name, request, asked.prefix, *snapshot);
  return Answer{.body = search_answer(matches, contexts, MatchShape::Ids, snapshot->index())};
}

}  // namespace drover::api
