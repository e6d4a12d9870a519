#include <array>

#include "api/handlers.h"
#include "api/listing.h"
#include "api/search_answer.h"
#include "api/stubs.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

// Finding things by a part of their name, and ids by their beginning.
namespace drover::api {
namespace {

constexpr std::array<std::string_view, 11> kContexts = {
    "jobs", "groups", "tasks", "services", "images", "commands", "classes", "nodes", "allocs", "evals", "deployment"};
constexpr size_t kMinText = 2;

class FuzzySearch {
 public:
  FuzzySearch(const Request& request, const std::string& text, std::vector<std::string> contexts)
      : request_(request), text_(to_lower(text)), contexts_(std::move(contexts)) {}

  Matches run(const state::Snapshot& snapshot) {
    for (const auto& entry : snapshot.jobs()) {
      if (in_namespace(request_, *entry.value)) look_at(*entry.value);
    }
    for (const auto& entry : snapshot.nodes()) offer("nodes", entry.value->name, {entry.key.str()});
    if (wants("allocs")) {
      for (const auto& entry : snapshot.allocs()) {
        if (matches_.truncated("allocs")) break;
        const model::Allocation& alloc = *entry.value;
        if (in_namespace(request_, alloc)) offer("allocs", alloc.name, {std::string(alloc.ns), alloc.id.str()});
      }
    }
    offer_ids("evals", snapshot.evals());
    offer_ids("deployment", snapshot.deployments());
    return std::move(matches_);
  }

 private:
  bool wants(std::string_view context) const { return std::ranges::find(contexts_, context) != contexts_.end(); }

  void offer(const std::string& context, const std::string& name, std::vector<std::string> scope) {
    if (!wants(context) || to_lower(name).find(text_) == std::string::npos) return;
    matches_.add(context, {.id = name, .scope = std::move(scope)});
  }

  template <class Table>
  void offer_ids(const std::string& context, const Table& table) {
    using Id = std::remove_cvref_t<decltype(table.begin()->key)>;
    const auto range = uuid_prefix_range(text_);
    if (!range || !wants(context)) return;
    for (auto at = table.lower_bound(Id(range->first)); at != table.end() && at->key.value <= range->last; ++at) {
      if (in_namespace(request_, *at->value)) matches_.add(context, {.id = at->key.str(), .scope = {at->value->ns}});
    }
  }

  void look_at(const model::Job& job) {
    offer("jobs", job.name, {job.ns, job.id});
    for (const model::TaskGroup& group : job.task_groups) {
      const std::vector<std::string> in_group = {job.ns, job.id, group.name};
      offer("groups", group.name, {job.ns, job.id});
      for (const model::Service& service : group.services) offer("services", service.name, in_group);
      for (const model::Task& task : group.tasks) look_at(task, in_group);
    }
  }

  void look_at(const model::Task& task, const std::vector<std::string>& in_group) {
    offer("tasks", task.name, in_group);
    std::vector<std::string> in_task = in_group;
    in_task.push_back(task.name);
    for (const model::Service& service : task.services) offer("services", service.name, in_task);
    for (const auto& [key, context] : {std::pair("image", "images"), {"command", "commands"}, {"class", "classes"}}) {
      const codec::Value* value = task.config.find(key);
      const std::string* text = value ? value->as_string() : nullptr;
      if (text) offer(context, *text, in_task);
    }
  }

  const Request& request_;
  const std::string text_;
  const std::vector<std::string> contexts_;
  Matches matches_;
};

}  // namespace

Result<Answer> search_fuzzy(const Request& request, Context& context) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<SearchRequest>(body));
  TRY_LET(const auto contexts, contexts_of(asked.context, kContexts));
  if (asked.text.size() < kMinText) {
    return err(ErrorCode::InvalidArgument, "fuzzy search query must be at least {} characters, got {}", kMinText,
               asked.text.size());
  }
  const SnapshotPtr snapshot = context.frontend()->snapshot();
  const Matches matches = FuzzySearch(request, asked.text, contexts).run(*snapshot);
  return Answer{.body = search_answer(matches, contexts, MatchShape::Scoped, snapshot->index())};
}

}  // namespace drover::api
