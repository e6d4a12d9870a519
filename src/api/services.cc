#include <map>
#include <set>

#include "api/handlers.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "codec/describe.h"
#include "model/service_registration.h"

namespace drover::api {
namespace {

using TagsByName = std::map<std::string, std::set<std::string>>;

void write_namespace(std::string& out, const std::string& ns, const TagsByName& services) {
  JsonObject object(out);
  object.text("Namespace", ns);
  object.list("Services", services, [](std::string& text, const TagsByName::value_type& service) {
    JsonObject stub(text);
    stub.text("ServiceName", service.first);
    stub.member("Tags", std::vector<std::string>(service.second.begin(), service.second.end()));
    stub.end();
  });
  object.end();
}

}  // namespace

Result<Answer> list_services(const Request& request, const SnapshotPtr& snapshot) {
  std::map<std::string, TagsByName> namespaces;
  for (const auto& entry : snapshot->services()) {
    const model::ServiceRegistration& service = *entry.value;
    if (!in_namespace(request, service) || !service.service_name.starts_with(request.prefix)) continue;
    namespaces[service.ns][service.service_name].insert(service.tags.begin(), service.tags.end());
  }
  Answer answer;
  char separator = '[';
  for (const auto& [ns, services] : namespaces) {
    answer.body += separator;
    write_namespace(answer.body, ns, services);
    separator = ',';
  }
  answer.body += namespaces.empty() ? "[]" : "]";
  return answer;
}

Result<Answer> get_service(const Request& request, const SnapshotPtr& snapshot) {
  std::vector<const model::ServiceRegistration*> found;
  for (const auto& service : snapshot->services_named(request.object_namespace(), request.id)) {
    found.push_back(service.get());
  }
  return list_answer(snapshot, std::move(found),
                     [](std::string& out, const model::ServiceRegistration& service, const state::Snapshot&) {
                       codec::encode(out, codec::type_of<model::ServiceRegistration>(), &service, kApiStyle);
                     });
}

}  // namespace drover::api
