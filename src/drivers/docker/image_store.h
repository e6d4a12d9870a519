#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/image_ref.h"
#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "drivers/schemas/docker_config.h"

#include <map>
#include <memory>
#include <string>

namespace drover::drivers {

struct ImageRequest {
  ImageRef ref;
  DockerAuth auth;
  bool auth_soft_fail = false;
  bool force_pull = false;
  Duration pull_timeout = std::chrono::minutes(5);
};

struct Image {
  std::string id;       // "sha256:…"
  bool pulled = false;  // For us, so that it may be removed when it is not used any more.
};

// The images of one daemon. Tasks that want the same image with the same credentials share one pull, which goes on even
// if they all give up. An image that was pulled is removed once it has been unused for a while. Owner: the loop's
// thread.
class ImageStore : public std::enable_shared_from_this<ImageStore> {
 public:
  ImageStore(DriverContext context, std::shared_ptr<const DockerApi> api, DockerOptions options);

  // NotFound says that there is no such image, PermissionDenied that the registry wants other credentials.
  net::Task<Result<Image>> ensure(ImageRequest request, EventSink events);

  // A task that uses `image` begins, or ends.
  void acquire(const std::string& image);
  void release(const std::string& image);

 private:
  struct Pull;
  struct Usage {
    uint32_t tasks = 0;
    net::Timer removal;
  };

  net::Task<Result<std::string>> find(ImageRef ref);
  net::Task<Result<std::string>> registry_auth(ImageRequest request);
  static net::Task<void> run_pull(std::shared_ptr<ImageStore> self, std::string key, std::shared_ptr<Pull> pull);
  net::Task<Status> pull(std::shared_ptr<Pull> pull);
  static net::Task<void> remove_unused(std::shared_ptr<ImageStore> self, std::string image);

  const DriverContext context_;
  const std::shared_ptr<const DockerApi> api_;
  const DockerOptions options_;
  std::map<std::string, std::shared_ptr<Pull>> pulls_;  // By image and credentials.
  std::map<std::string, Usage> usage_;
};

}  // namespace drover::drivers
