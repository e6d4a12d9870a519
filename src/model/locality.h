#pragma once

#include "model/job.h"
#include "model/node.h"

#include <string>
#include <vector>

// Which part of the cluster a job runs in, whatever the nodes there are like.
namespace drover::model {

// Whether a datacenter is named by one of the patterns; "*" stands for any run of characters.
bool in_datacenters(const std::string& datacenter, const std::vector<std::string>& patterns);

// Whether the job runs in this node pool.
bool in_node_pool(const Node& node, const Job& job);

}  // namespace drover::model
