#include "api/events.h"

#include <algorithm>
#include <tuple>

#include "api/json_object.h"
#include "api/shapes.h"
#include "codec/compare.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

using model::Allocation;
using model::Deployment;
using model::Evaluation;
using model::Job;
using model::Node;
using model::ServiceRegistration;

// What each topic's objects are called, who they are and what a change of one is. `before` or `after` may be null.
struct JobEvents {
  static constexpr Topic kTopic = Topic::Job;
  static std::string_view type(const Job* before, const Job* after) {
    if (!after || (after->stop && !(before && before->stop))) return "JobDeregistered";
    const bool respecified = !before || before->job_modify_index != after->job_modify_index;
    return respecified ? "JobRegistered" : "JobUpdated";
  }
  static std::vector<std::string> filter_keys(const Job& job) {
    return job.parent_id.empty() ? std::vector<std::string>() : std::vector{job.parent_id};
  }
};

struct EvalEvents {
  static constexpr Topic kTopic = Topic::Evaluation;
  static std::string_view type(const Evaluation*, const Evaluation* after) {
    return after ? "EvaluationUpdated" : "EvaluationDeleted";
  }
  static std::vector<std::string> filter_keys(const Evaluation& eval) {
    std::vector<std::string> keys = {eval.job_id};
    if (!eval.deployment_id.empty()) keys.push_back(eval.deployment_id.str());
    return keys;
  }
};

struct AllocEvents {
  static constexpr Topic kTopic = Topic::Allocation;
  static std::string_view type(const Allocation* before, const Allocation* after) {
    if (!after) return "AllocationDeleted";
    if (!before) return "AllocationCreated";
    const bool decided = before->alloc_modify_index != after->alloc_modify_index;
    return decided ? "AllocationUpdateDesiredStatus" : "AllocationUpdated";
  }
  static std::vector<std::string> filter_keys(const Allocation& alloc) {
    std::vector<std::string> keys = {std::string(alloc.job_id)};
    if (!alloc.deployment_id.empty()) keys.push_back(alloc.deployment_id.str());
    return keys;
  }
};

struct DeploymentEvents {
  static constexpr Topic kTopic = Topic::Deployment;
  static int promoted(const Deployment& deployment) {
    return static_cast<int>(
        std::ranges::count_if(deployment.task_groups, [](const auto& g) { return g.second.promoted; }));
  }
  static std::string_view type(const Deployment* before, const Deployment* after) {
    if (!after) return "DeploymentDeleted";
    if (!before || before->status != after->status) return "DeploymentStatusUpdate";
    return promoted(*before) != promoted(*after) ? "DeploymentPromotion" : "DeploymentAllocHealth";
  }
  static std::vector<std::string> filter_keys(const Deployment& deployment) { return {deployment.job_id}; }
};

struct NodeEvents {
  static constexpr Topic kTopic = Topic::Node;
  static std::string_view type(const Node* before, const Node* after) {
    if (!after) return "NodeDeregistration";
    if (!before) return "NodeRegistration";
    const auto drain = [](const Node& node) {
      return node.drain ? std::pair(true, node.drain->force_deadline.unix_nanos) : std::pair(false, int64_t{0});
    };
    if (drain(*before) != drain(*after)) return "NodeDrain";
    if (before->eligibility != after->eligibility) return "NodeEligibility";
    return before->status != after->status ? "NodeStatusUpdate" : "NodeEvent";
  }
  static std::vector<std::string> filter_keys(const Node&) { return {}; }
};

struct ServiceEvents {
  static constexpr Topic kTopic = Topic::Service;
  static std::string_view type(const ServiceRegistration*, const ServiceRegistration* after) {
    return after ? "ServiceRegistration" : "ServiceDeregistration";
  }
  static std::vector<std::string> filter_keys(const ServiceRegistration& service) {
    return {service.job_id, service.service_name};
  }
};

std::string text_of(const std::string& id) {
  return id;
}
template <class Tag>
std::string text_of(const StrongUuid<Tag>& id) {
  return id.str();
}
std::string namespace_of(const Node&) {
  return {};
}
template <class Row>
std::string namespace_of(const Row& row) {
  return std::string(row.ns);
}

template <class Kind, class Row>
Event make_event(const Row* before, const Row* after, std::shared_ptr<const Row> row, uint64_t index) {
  return {.topic = Kind::kTopic,
          .type = Kind::type(before, after),
          .key = text_of(row->id),
          .ns = namespace_of(*row),
          .filter_keys = Kind::filter_keys(*row),
          .index = index,
          .row = std::move(row)};
}

template <class Kind, class Table>
void add_changes(std::vector<Event>& out, const Table& before, const Table& after, uint64_t removed_at) {
  using Pointer = std::remove_cvref_t<decltype(before.begin()->value)>;
  Table::for_each_change(before, after, [&](const auto&, const Pointer* old_row, const Pointer* new_row) {
    const Pointer& shown = new_row ? *new_row : *old_row;
    out.push_back(make_event<Kind>(old_row ? old_row->get() : nullptr, new_row ? new_row->get() : nullptr, shown,
                                   new_row ? shown->modify_index : removed_at));
  });
}

// Rows of before `index` are told from new ones only by when they were created. Stops once there are too many.
template <class Kind, class Table>
void add_newer(std::vector<Event>& out, const Table& table, uint64_t index, size_t limit) {
  for (const auto& entry : table) {
    const auto& row = entry.value;
    if (row->modify_index <= index) continue;
    if (out.size() > limit) return;
    out.push_back(make_event<Kind>(row->create_index > index ? nullptr : row.get(), row.get(), row, row->modify_index));
  }
}

void sort_by_index(std::vector<Event>& events) {
  std::ranges::sort(events, {}, [](const Event& e) { return std::tuple(e.index, e.topic, std::string_view(e.key)); });
}

void write_payload(std::string& out, const Event& event, const state::Snapshot& snapshot) {
  switch (event.topic) {
    case Topic::Job:
      return write_job(out, *static_cast<const Job*>(event.row.get()));
    case Topic::Evaluation:
      return write_eval(out, *static_cast<const Evaluation*>(event.row.get()));
    case Topic::Allocation:
      // Without the job, which has events of its own.
      return write_alloc_stub(out, *static_cast<const Allocation*>(event.row.get()), snapshot);
    case Topic::Deployment:
      return write_deployment(out, *static_cast<const Deployment*>(event.row.get()));
    case Topic::Node:
      return write_node(out, *static_cast<const Node*>(event.row.get()));
    case Topic::Service:
      return codec::encode(out, codec::type_of<ServiceRegistration>(), event.row.get(), kApiStyle);
  }
}

}  // namespace

std::string_view topic_name(Topic topic) {
  static constexpr std::string_view kNames[kTopicCount] = {"Job",        "Evaluation", "Allocation",
                                                           "Deployment", "Node",       "Service"};
  return kNames[static_cast<size_t>(topic)];
}

state::TableSet event_tables() {
  using enum state::Table;
  return {Jobs, Evaluations, Allocations, Deployments, Nodes, Services};
}

std::vector<Event> events_between(const state::Snapshot& before, const state::Snapshot& after) {
  using state::Table;
  std::vector<Event> out;
  add_changes<JobEvents>(out, before.jobs(), after.jobs(), after.table_index(Table::Jobs));
  add_changes<EvalEvents>(out, before.evals(), after.evals(), after.table_index(Table::Evaluations));
  add_changes<AllocEvents>(out, before.allocs(), after.allocs(), after.table_index(Table::Allocations));
  add_changes<DeploymentEvents>(out, before.deployments(), after.deployments(), after.table_index(Table::Deployments));
  add_changes<NodeEvents>(out, before.nodes(), after.nodes(), after.table_index(Table::Nodes));
  add_changes<ServiceEvents>(out, before.services(), after.services(), after.table_index(Table::Services));
  sort_by_index(out);
  return out;
}

Result<std::vector<Event>> events_since(const state::Snapshot& now, uint64_t index, size_t limit) {
  std::vector<Event> out;
  add_newer<JobEvents>(out, now.jobs(), index, limit);
  add_newer<EvalEvents>(out, now.evals(), index, limit);
  add_newer<AllocEvents>(out, now.allocs(), index, limit);
  add_newer<DeploymentEvents>(out, now.deployments(), index, limit);
  add_newer<NodeEvents>(out, now.nodes(), index, limit);
  add_newer<ServiceEvents>(out, now.services(), index, limit);
  if (out.size() > limit) {
    return err(ErrorCode::ResourceExhausted, "more than {} objects have changed since index {}: begin without an index",
               limit, index);
  }
  sort_by_index(out);
  return out;
}

void write_event(std::string& out, const Event& event, const state::Snapshot& snapshot) {
  JsonObject object(out);
  object.text("Topic", topic_name(event.topic));
  object.text("Type", event.type);
  object.text("Key", event.key);
  object.text("Namespace", event.ns);
  object.member("FilterKeys", event.filter_keys);
  object.number("Index", event.index);
  JsonObject payload(object.value("Payload"));
  write_payload(payload.value(topic_name(event.topic)), event, snapshot);
  payload.end();
  object.end();
}

}  // namespace drover::api
