#pragma once

#include "model/allocation.h"
#include "model/job.h"
#include "model/node.h"
#include "model/service.h"
#include "model/task_io.h"

#include <string>
#include <string_view>
#include <vector>

// The ports that a task exposes (facts/nosana.md 2.8), as services: the proxies of all agents find them by their ids.
namespace drover::client {

struct EndpointService {
  model::Service service;
  std::vector<model::EndpointCheck> checks;
};

// The id under which a port of a task is exposed: Nosana's, or for private endpoints one that nobody can guess and that
// is the same as long as the allocation is. `port` is a number or a range.
std::string endpoint_id(const model::Node& node, const model::AllocId& alloc, const model::Job& job,
                        const model::Task& task, std::string_view port);

// One for each endpoint of the task with a known port. `address_mode` is that of the services: where tasks have
// networks of their own, their addresses mean something on this node only.
std::vector<EndpointService> endpoint_services(const model::Node& node, const model::AllocId& alloc,
                                               const model::Job& job, const model::Task& task,
                                               std::string_view address_mode);

// How the checks of endpoints go (facts/nosana.md 2.9): until the first success soon again, then seldom, or never.
inline constexpr Duration kEndpointCheckStart = std::chrono::seconds(1);
inline constexpr Duration kEndpointCheckInterval = std::chrono::seconds(30);
inline constexpr Duration kEndpointCheckTimeout = std::chrono::seconds(10);

// The check in the shape that the runner knows.
model::Check to_check(const model::EndpointCheck& check);

}  // namespace drover::client
