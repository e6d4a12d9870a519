#include "gotmpl/records.h"

namespace drover::gotmpl {

Value to_value(const NomadServiceInstance& service) {
  return Value::record("*dependency.NomadService", {{"ID", service.id},
                                                    {"Name", service.name},
                                                    {"Node", service.node_id},
                                                    {"Address", service.address},
                                                    {"Port", service.port},
                                                    {"Datacenter", service.datacenter},
                                                    {"Tags", Value::strings(service.tags)},
                                                    {"JobID", service.job_id},
                                                    {"AllocID", service.alloc_id},
                                                    {"Namespace", service.namespace_name}});
}

Value to_value(const NomadServiceName& service) {
  return Value::record("*dependency.NomadServicesSnippet",
                       {{"Name", service.name}, {"Tags", Value::strings(service.tags)}});
}

Value to_value(const KeyPair& pair) {
  return Value::record("*dependency.KeyPair",
                       {{"Path", pair.path}, {"Key", pair.key}, {"Value", pair.value}, {"Exists", true}});
}

Value variable_items(const std::map<std::string, std::string>& items) {
  return Value::string_map({items.begin(), items.end()});
}

}  // namespace drover::gotmpl
