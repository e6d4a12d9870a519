#include "client/templates/template_sources.h"

#include "base/strings.h"
#include "gotmpl/records.h"
#include "model/service_choice.h"
#include "sys/directory.h"

#include <algorithm>
#include <vector>

namespace drover::client {
namespace {

using gotmpl::Answer;
using gotmpl::Dependency;
using gotmpl::Value;
using model::ServiceRegistration;

constexpr size_t kMaxFileBytes = 4 << 20;

// consul-template's "[tag.]name[@region][~near][|filter]", as far as it can be answered here.
struct ServiceName {
  std::string tag;
  std::string name;
  std::string region;
};

std::optional<ServiceName> read_service_name(std::string_view text) {
  if (text.find_first_of("~|") != std::string_view::npos) return std::nullopt;
  ServiceName out;
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    out.region = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const size_t dot = text.rfind('.'); dot != std::string_view::npos) {
    out.tag = text.substr(0, dot);
    text = text.substr(dot + 1);
  }
  out.name = text;
  if (out.name.empty()) return std::nullopt;
  return out;
}

Value instance(const ServiceRegistration& service) {
  return gotmpl::to_value(gotmpl::NomadServiceInstance{.id = service.id,
                                                       .name = service.service_name,
                                                       .node_id = service.node_id.str(),
                                                       .address = service.address,
                                                       .port = service.port,
                                                       .namespace_name = service.ns,
                                                       .datacenter = service.datacenter,
                                                       .tags = service.tags,
                                                       .job_id = service.job_id,
                                                       .alloc_id = service.alloc_id.str()});
}

Answer instances(const Dependency& dependency, const std::vector<ServiceRegistration>& all) {
  const auto asked = read_service_name(dependency.args.back());
  std::vector<const ServiceRegistration*> chosen;
  for (const auto& service : all) {
    if (asked->tag.empty() || std::ranges::find(service.tags, asked->tag) != service.tags.end()) {
      chosen.push_back(&service);
    }
  }
  if (dependency.args.size() == 3) {
    model::choose_services(chosen, parse_uint(dependency.args[0]).value_or(0), dependency.args[1]);
  }
  std::vector<Value> out;
  for (const auto* service : chosen) out.push_back(instance(*service));
  return Answer::known(Value::list(std::move(out)));
}

Answer names(const std::vector<ServiceRegistration>& all) {
  std::vector<Value> out;
  for (const auto& service : all) {
    out.push_back(gotmpl::to_value(gotmpl::NomadServiceName{.name = service.service_name, .tags = service.tags}));
  }
  return Answer::known(Value::list(std::move(out)));
}

Answer not_there(Dependency::Kind kind) {
  using Kind = Dependency::Kind;
  switch (kind) {
    case Kind::Secret:
    case Kind::SecretList:
    case Kind::PkiCert:
      return Answer::failed("no Vault is configured");
    case Kind::NomadVar:
    case Kind::NomadVarList:
      return Answer::failed("this cluster keeps no variables");
    default:
      return Answer::failed("no Consul is configured");
  }
}

}  // namespace

FileStamp stamp_of(const Sandbox& sandbox, const std::string& path) {
  const auto place = sandbox.resolve(path);
  if (!place) return {};
  const auto root = sys::Directory::open(place->root, "task's directory");
  if (!root) return {};
  const auto info = root->stat(place->path);
  if (!info) return {};
  return {.inode = info->inode, .size = info->size, .modified_unix_nanos = info->modified_unix_nanos};
}

std::optional<rpc::ServiceQuery> service_query_of(const Dependency& dependency, const TemplateWorld& world) {
  if (dependency.kind == Dependency::Kind::NomadServices && dependency.args.empty()) {
    return rpc::ServiceQuery{.ns = world.ns, .name = ""};
  }
  if (dependency.kind != Dependency::Kind::NomadService || dependency.args.empty()) return std::nullopt;
  const auto asked = read_service_name(dependency.args.back());
  if (!asked || (!asked->region.empty() && asked->region != world.region)) return std::nullopt;
  return rpc::ServiceQuery{.ns = world.ns, .name = asked->name};
}

Answer TemplateSources::answer(const Dependency& dependency) {
  switch (dependency.kind) {
    case Dependency::Kind::Env:
      return environment(dependency.args.at(0));
    case Dependency::Kind::File:
      return file(dependency.args.at(0));
    case Dependency::Kind::NomadService:
    case Dependency::Kind::NomadServices:
      return service(dependency);
    default:
      return not_there(dependency.kind);
  }
}

Answer TemplateSources::environment(const std::string& name) const {
  const auto found = world_->env.find(name);
  return found == world_->env.end() ? Answer::absent() : Answer::known(found->second);
}

Answer TemplateSources::file(const std::string& path) {
  stamps_[path] = stamp_of(world_->sandbox, path);
  const auto read = [&]() -> Result<std::string> {
    TRY_LET(const auto place, world_->sandbox.resolve(path));
    TRY_LET(const auto root, sys::Directory::open(place.root, "task's directory"));
    return root.read(place.path, kMaxFileBytes);
  };
  auto bytes = read();
  if (bytes) return Answer::known(std::move(*bytes));
  if (bytes.error().code() == ErrorCode::NotFound) return Answer::absent();
  return Answer::failed(bytes.error().message());
}

Answer TemplateSources::service(const Dependency& dependency) const {
  const auto query = service_query_of(dependency, *world_);
  if (!query) {
    return Answer::failed(dependency.to_string() +
                          " cannot be answered: services of this region and namespace are known, by \"name\" or "
                          "\"tag.name\"");
  }
  const auto found = services_.find(*query);
  if (found == services_.end()) return Answer::pending();
  return query->name.empty() ? names(*found->second) : instances(dependency, *found->second);
}

}  // namespace drover::client
