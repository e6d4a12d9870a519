#include <map>
#include <set>

#include "api/handlers.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "expose/directory.h"
#include "model/service_choice.h"

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

// "3|some key": so many instances, the same ones for the same key as long as they exist.
struct Choice {
  size_t count = 0;
  std::string key;
};

Result<Choice> read_choice(std::string_view text) {
  const size_t bar = text.find('|');
  const auto count = bar == std::string_view::npos ? std::nullopt : parse_uint(text.substr(0, bar));
  if (!count || *count == 0 || bar + 1 == text.size()) {
    return err(ErrorCode::InvalidArgument, "invalid choose parameter \"{}\": it must be <number>|<key>",
               printable(text));
  }
  return Choice{.count = *count, .key = std::string(text.substr(bar + 1))};
}

}  // namespace

Result<Answer> list_services(const Request& request, const SnapshotPtr& snapshot) {
  std::map<std::string, TagsByName> namespaces;
  for (const auto& entry : snapshot->services()) {
    const model::ServiceRegistration& service = *entry.value;
    if (expose::is_exposure(service)) continue;  // an id is all that protects a private one
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
  if (const std::string_view asked = request.param("choose"); !asked.empty()) {
    TRY_LET(const Choice choice, read_choice(asked));
    model::choose_services(found, choice.count, choice.key);
  }
  return list_answer(snapshot, std::move(found),
                     [](std::string& out, const model::ServiceRegistration& service, const state::Snapshot&) {
                       codec::encode(out, codec::type_of<model::ServiceRegistration>(), &service, kApiStyle);
                     });
}

}  // namespace drover::api
