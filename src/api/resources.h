#pragma once

#include "api/stubs.h"
#include "model/allocation.h"
#include "model/job.h"
#include "model/node.h"
#include "model/resources.h"

#include <map>
#include <string>

// What an allocation holds and what a node has, in the old and the new shape of Nomad's API.
namespace drover::api {

struct AllocResources {
  model::Resources total;
  model::Resources shared;                        // of the group: its disk and networks
  std::map<std::string, model::Resources> tasks;  // with the ports that were given
  AllocatedResources allocated;
};

// `group` is that of the job version that the allocation runs; `node` may be null.
AllocResources resources_of(const model::Allocation& alloc, const model::TaskGroup& group, const model::Node* node);

NodeResources resources_of(const model::Node& node);
ReservedResources reserved_of(const model::Node& node);
model::Resources legacy_resources_of(const model::Node& node);
model::Resources legacy_reserved_of(const model::Node& node);

}  // namespace drover::api
