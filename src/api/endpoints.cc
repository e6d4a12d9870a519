#include "api/exposures.h"
#include "api/find.h"
#include "api/handlers.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {

using codec::Value;

Result<Answer> find_route(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  const expose::Route route =
      context.exposed().find(snapshot, to_lower(request.id), model::NodeId::parse(request.param("node_id")));
  Answer answer;
  codec::encode(answer.body, codec::type_of<expose::Route>(), &route, {});
  return answer;
}

Result<Answer> get_job_endpoints(const Request& request, Context& context) {
  const auto snapshot = context.frontend()->snapshot();
  TRY_LET(const auto job, find_job(request, *snapshot));
  Value urls = Value::Object{};
  bool all_online = true;
  for (const jobspec::FlowEndpoint& endpoint : exposures_of(context, *snapshot, *job)) {
    all_online = all_online && endpoint.status == "ONLINE";
    urls.set(endpoint.id, jobspec::flow_endpoint_value(endpoint));
  }
  if (urls.as_object()->empty()) {
    return err(ErrorCode::InvalidArgument, "job \"{}\" has no exposed ports, or they are private and not there yet",
               job->id);
  }
  const Value body = Value::Object{{"urls", std::move(urls)}, {"status", all_online ? "ONLINE" : "OFFLINE"}};
  return Answer{.body = codec::dump(body)};
}

}  // namespace drover::api
