#include "api/nosana.h"

#include "api/find.h"
#include "api/flow.h"
#include "api/flow_output.h"
#include "api/redact.h"
#include "codec/json.h"
#include "jobspec/convert_nosana.h"
#include "model/logistics.h"

namespace drover::api {
namespace {

using codec::Value;

constexpr Duration kKeepAlive = std::chrono::seconds(15);
constexpr const char* kCurrentGroup = "current";

Result<Flow> flow_of(const Request& request, const Context& context) {
  return find_flow(job_key_of(request), *context.frontend()->snapshot());
}

class FlowEvents final : public net::BodyStream {
 public:
  FlowEvents(Context& context, model::JobKey job) : context_(context), job_(std::move(job)) {}

  net::Task<Result<std::optional<std::string>>> next() override {
    while (true) {
      const auto snapshot = context_.frontend()->snapshot();
      const auto flow = find_flow(job_, *snapshot);
      if (!flow) co_return std::optional<std::string>();  // it was purged
      std::string text = codec::dump(flow_info(context_, *snapshot, *flow));
      if (text != last_) {
        last_ = text;
        co_return std::optional("data: " + text + "\n\n");
      }
      const MonoTime before = context_.mono();
      co_await context_.frontend()->wait_for_change(kFlowTables, snapshot->table_index(kFlowTables), kKeepAlive);
      if (context_.mono() - before >= kKeepAlive) co_return std::optional<std::string>(": keep-alive\n\n");
    }
  }

 private:
  Context& context_;
  const model::JobKey job_;
  std::string last_;
};

void hide(std::string& secret) {
  if (!secret.empty()) secret = codec::kRedacted;
}

model::Job without_secrets(const model::Job& job) {
  model::Job shown = redacted(job);
  for (model::TaskGroup& group : shown.task_groups) {
    for (model::Task& task : group.tasks) {
      for (model::Asset& asset : task.assets) {
        hide(asset.secret_access_key);
        hide(asset.access_token);
      }
    }
  }
  return shown;
}

// As it was before its definition came.
model::Job undelivered(const model::Job& job) {
  model::Job stub{.type = job.type};
  stub.logistics = job.logistics;
  for (const char* key : {"nosana.version", "nosana.trigger"}) {
    if (const auto at = job.meta.find(key); at != job.meta.end()) stub.meta.insert(*at);
  }
  return stub;
}

}  // namespace

Result<std::unique_ptr<net::BodyStream>> stream_flow(const Request& request, Context& context) {
  TRY_LET(const auto job, find_job(request, *context.frontend()->snapshot()));
  return std::make_unique<FlowEvents>(context, job->key());
}

net::Task<Result<Answer>> get_flow_state(Request request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  CO_TRY_LET(const bool with_logs, bool_param(request, "logs", true));
  CO_TRY_LET(const Flow flow, find_flow(job_key_of(request), *snapshot));
  FlowLogs logs;
  if (with_logs && !model::is_confidential(*flow.job)) logs = co_await read_flow_logs(context, flow);
  co_return Answer{.body = codec::dump(flow_state(context, *snapshot, flow, {.logs = std::move(logs)}))};
}

Result<Answer> get_flow_operations(const Request& request, Context& context) {
  TRY_LET(const Flow flow, flow_of(request, context));
  return Answer{.body = codec::dump(flow_operations(flow))};
}

Result<Answer> get_flow_operation(const Request& request, Context& context) {
  TRY_LET(const Flow flow, flow_of(request, context));
  const Value all = flow_operations(flow);
  const Value* status = all.find(request.more.at(0));
  if (!status) return err(ErrorCode::NotFound, "the job has no operation \"{}\"", printable(request.more.at(0)));
  return Answer{.body = codec::dump(*status)};
}

Result<Answer> get_flow_group(const Request& request, Context& context) {
  TRY_LET(const Flow flow, flow_of(request, context));
  std::string group = request.more.at(0);
  if (group == kCurrentGroup) {
    group = jobspec::flow_current_group(*flow.job, flow.alloc.get());
  } else if (flow.tasks_of(group).empty()) {
    return err(ErrorCode::NotFound, "the job has no group \"{}\"", printable(group));
  }
  return Answer{.body = codec::dump(flow_operations_of(flow, group))};
}

Result<Answer> get_job_definition(const Request& request, Context& context) {
  TRY_LET(const Flow flow, flow_of(request, context));
  if (!flow.job->meta.contains("nosana.version")) {
    return err(ErrorCode::InvalidArgument, "job \"{}\" was not submitted as a definition of Nosana's", flow.job->id);
  }
  const bool delivered = model::logistics_of(*flow.job).send.has_value();
  const model::Job shown = delivered ? undelivered(*flow.job) : without_secrets(*flow.job);
  return Answer{.body = codec::dump(jobspec::to_nosana(shown).definition)};
}

}  // namespace drover::api
