#include "api/nosana.h"

#include "api/find.h"
#include "codec/json.h"
#include "expose/directory.h"
#include "jobspec/nosana_flow.h"

namespace drover::api {
namespace {

using codec::Value;

constexpr Duration kKeepAlive = std::chrono::seconds(15);
constexpr state::TableSet kTables = {state::Table::Jobs, state::Table::Allocations, state::Table::Services};

state::Row<model::Allocation> newest_alloc(const state::Snapshot& snapshot, const model::JobKey& job) {
  state::Row<model::Allocation> newest;
  for (const auto& entry : snapshot.allocs_of_job(job)) {
    if (!newest || entry.value->create_index > newest->create_index) newest = entry.value;
  }
  return newest;
}

std::vector<jobspec::FlowEndpoint> endpoints_of(const Context& context, const state::Snapshot& snapshot,
                                                const model::Job& job) {
  const ApiOptions& options = context.options();
  std::vector<jobspec::FlowEndpoint> out;
  for (const expose::ExposedPort& port : expose::exposed_ports(job)) {
    if (port.id.empty()) continue;
    const model::TaskGroup* group = job.find_group(port.group);
    const model::Task* task = group ? group->find_task(port.task) : nullptr;
    const auto services = snapshot.services_named(job.ns, expose::service_name(port.id));
    const bool online =
        std::ranges::any_of(services, [](const auto& service) { return service->health != "critical"; });
    out.push_back({.id = port.id,
                   .op = task ? jobspec::flow_op_id(*task) : port.task,
                   .port = port.port,
                   .url = options.expose_scheme + "://" + port.id + "." + options.expose_domain,
                   .status = online ? "ONLINE" : "OFFLINE"});
  }
  return out;
}

Value flow_of(const Context& context, const state::Snapshot& snapshot, const model::Job& job) {
  const auto alloc = newest_alloc(snapshot, job.key());
  return jobspec::nosana_flow_state(
      {.job = job, .alloc = alloc.get(), .logs = {}, .endpoints = endpoints_of(context, snapshot, job)});
}

Value operations_of(const state::Snapshot& snapshot, const model::Job& job) {
  const auto alloc = newest_alloc(snapshot, job.key());
  Value out = Value::Object{};
  if (job.task_groups.empty()) return out;
  for (const model::Task& task : job.task_groups.front().tasks) {
    out.set(jobspec::flow_op_id(task), jobspec::flow_progress(job, alloc.get(), task));
  }
  return out;
}

class FlowEvents final : public net::BodyStream {
 public:
  FlowEvents(Context& context, model::JobKey job) : context_(context), job_(std::move(job)) {}

  net::Task<Result<std::optional<std::string>>> next() override {
    while (true) {
      const auto snapshot = context_.frontend()->snapshot();
      const auto job = snapshot->job(job_);
      if (!job) co_return std::optional<std::string>();  // it was purged
      Value flow = flow_of(context_, *snapshot, *job);
      flow.set("operations", Value::Object{{"all", operations_of(*snapshot, *job)}});
      std::string text = codec::dump(flow);
      if (text != last_) {
        last_ = text;
        co_return std::optional("data: " + text + "\n\n");
      }
      const MonoTime before = context_.mono();
      co_await context_.frontend()->wait_for_change(kTables, snapshot->table_index(kTables), kKeepAlive);
      if (context_.mono() - before >= kKeepAlive) co_return std::optional<std::string>(": keep-alive\n\n");
    }
  }

 private:
  Context& context_;
  const model::JobKey job_;
  std::string last_;
};

}  // namespace

Result<std::unique_ptr<net::BodyStream>> stream_flow(const Request& request, Context& context) {
  TRY_LET(const auto job, find_job(request, *context.frontend()->snapshot()));
  return std::make_unique<FlowEvents>(context, job->key());
}

Result<Answer> get_flow_state(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  TRY_LET(const auto job, find_job(request, *snapshot));
  return Answer{.body = codec::dump(flow_of(context, *snapshot, *job))};
}

Result<Answer> get_flow_operations(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  TRY_LET(const auto job, find_job(request, *snapshot));
  return Answer{.body = codec::dump(operations_of(*snapshot, *job))};
}

}  // namespace drover::api
