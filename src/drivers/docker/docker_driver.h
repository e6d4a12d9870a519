#pragma once

#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "model/held_item.h"
#include "net/loop.h"

#include <memory>

namespace drover::drivers {

struct DockerShared;

// Containers, through the Docker Engine API: Docker's daemon or Podman's.
class DockerDriver final : public Driver {
 public:
  static Result<std::unique_ptr<DockerDriver>> create(DriverContext context, DockerOptions options);

  ~DockerDriver() override;

  std::string_view name() const override { return "docker"; }
  Capabilities capabilities() const override { return {.fs_isolation = FsIsolation::Image, .mounts = true}; }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  bool holds_networks() const override { return true; }
  net::Task<Result<HeldNetwork>> create_network(std::string alloc_id, std::string hostname) override;
  net::Task<Status> destroy_network(std::string alloc_id) override;
  net::Task<Result<std::string>> create_private_network(std::string alloc_id) override;
  net::Task<Status> destroy_private_network(std::string alloc_id) override;
  // Brings images here, with the node's credentials, and keeps them until it is called with others.
  net::Task<Status> keep_images(std::vector<std::string> images) const;
  // The images that the daemon has, by each of their names.
  net::Task<std::vector<model::HeldItem>> images() const;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 private:
  explicit DockerDriver(std::shared_ptr<const DockerShared> shared);

  const std::shared_ptr<const DockerShared> shared_;
  net::Spawned sweeper_;
};

}  // namespace drover::drivers
