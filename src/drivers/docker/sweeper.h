#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/options.h"
#include "drivers/docker/private_network.h"
#include "drivers/driver.h"

#include <memory>
#include <string>
#include <unordered_set>

namespace drover::drivers {

// Ids of the containers that a task is known for. Loop thread only.
using KnownContainers = std::unordered_multiset<std::string>;

class KnownContainer {
 public:
  KnownContainer(std::shared_ptr<KnownContainers> all, std::string id) : all_(std::move(all)), id_(std::move(id)) {
    all_->insert(id_);
  }
  ~KnownContainer() { all_->erase(all_->find(id_)); }
  KnownContainer(const KnownContainer&) = delete;
  KnownContainer& operator=(const KnownContainer&) = delete;

 private:
  const std::shared_ptr<KnownContainers> all_;
  const std::string id_;
};

struct Known {
  std::shared_ptr<const KnownContainers> containers;
  std::shared_ptr<const KnownNetworks> networks;
};

// Removes this node's containers and private networks that outlived their task and allocation, and containers that hold
// a network which is gone: their removal failed, or the agent lost its state. From time to time for ever; the first
// time after a period, when those of before a restart have been found again.
net::Task<void> sweep(DriverContext context, std::shared_ptr<const DockerApi> api, DockerOptions options, Known known);

}  // namespace drover::drivers
