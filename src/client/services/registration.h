#pragma once

#include "base/result.h"
#include "drivers/driver.h"
#include "model/allocation.h"
#include "model/interpolate.h"
#include "model/node.h"
#include "model/service.h"
#include "model/service_registration.h"

#include <optional>
#include <string>

// Where a service of a task can be reached (facts 1.10). Pure.
namespace drover::client {

struct Endpoint {
  std::string address;
  int32_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// What a service belongs to.
struct ServiceOwner {
  const model::Allocation& alloc;
  const model::Node& node;
  std::string task;  // "" for a service of the group
  std::string group;
  std::optional<drivers::TaskNetwork> network;  // the task's own
  std::string alloc_ip;                         // in the network namespace of its group; "": it has none
};

// `mode` is "auto", "host", "driver" or "alloc"; `label` names a port of the task or its group, is a number, or empty
// (then the port is 0).
Result<Endpoint> resolve_endpoint(const ServiceOwner& owner, std::string_view mode, const std::string& label);

Result<model::ServiceRegistration> make_registration(const ServiceOwner& owner, const model::Service& service);

model::Service interpolate_service(const model::Service& service, const model::Interpolator& interpolate);

}  // namespace drover::client
