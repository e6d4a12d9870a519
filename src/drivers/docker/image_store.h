#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/image_ref.h"
#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "drivers/schemas/docker_config.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace drover::drivers {

class ImageStore;

// An image is not removed while one of these names it. Loop thread only.
class ImageUse {
 public:
  ImageUse(std::weak_ptr<ImageStore> store, std::string image) : store_(std::move(store)), image_(std::move(image)) {}
  ~ImageUse();
  ImageUse(const ImageUse&) = delete;
  ImageUse& operator=(const ImageUse&) = delete;

  // The image came for a task, so that it may be removed when no task uses it any more.
  bool pulled() const;

 private:
  const std::weak_ptr<ImageStore> store_;
  const std::string image_;
};

struct ImageRequest {
  ImageRef ref;
  DockerAuth auth;
  bool auth_soft_fail = false;
  bool force_pull = false;
  Duration pull_timeout = std::chrono::minutes(5);
  std::string load;      // An archive in place of a registry, beneath …
  std::string task_dir;  // … its "local" or itself.

  // The image may have changed since it was pulled: Nomad, too, asks each time for "latest".
  bool always() const { return force_pull || (ref.digest.empty() && ref.tag == "latest"); }
};

// The images of one daemon. Tasks that want the same image with the same credentials share one pull, which goes on even
// if they all give up. An image that was pulled is removed once it has been unused for a while. Owner: the loop's
// thread.
class ImageStore : public std::enable_shared_from_this<ImageStore> {
 public:
  ImageStore(DriverContext context, std::shared_ptr<const DockerApi> api, DockerOptions options);

  // Images that were pulled before a restart, and whose tasks may be gone since. Called once, from any thread.
  void restore();

  // `pulled`: by this task, before the agent was restarted.
  std::unique_ptr<ImageUse> use(const ImageRef& ref) { return use(ref.str(), false); }
  std::unique_ptr<ImageUse> use(std::string image, bool pulled);

  // Makes the image be there; REQUIRES that it is in use. NotFound says that there is no such image, PermissionDenied
  // that the registry wants other credentials. What is there will do for "latest" if nothing else can be had.
  net::Task<Status> ensure(ImageRequest request, EventSink events);

  // Makes these be there, with the node's credentials, and keeps them in use until it is called with others.
  net::Task<Status> keep(std::vector<ImageRef> refs);

 private:
  friend class ImageUse;
  struct Pull;
  struct Usage {
    uint32_t tasks = 0;
    bool pulled = false;
    net::Timer removal;
  };

  net::Task<Result<std::string>> find(ImageRef ref);
  net::Task<Result<std::string>> registry_auth(ImageRequest request);
  net::Task<Status> fetch(ImageRequest request, EventSink events);
  static net::Task<void> run_pull(std::shared_ptr<ImageStore> self, std::string key, std::shared_ptr<Pull> pull);
  net::Task<Status> pull(std::shared_ptr<Pull> pull);
  void release(const std::string& image);
  void remove_later(const std::string& image, Usage& usage);
  static net::Task<void> remove_unused(std::shared_ptr<ImageStore> self, std::string image);
  static net::Task<void> run_restore(std::shared_ptr<ImageStore> self);
  void remember(const std::string& image);
  void forget(const std::string& image);
  void write_remembered();
  static net::Task<void> run_write(std::shared_ptr<ImageStore> self);

  const DriverContext context_;
  const std::shared_ptr<const DockerApi> api_;
  const DockerOptions options_;
  std::map<std::string, std::shared_ptr<Pull>> pulls_;  // By image and credentials.
  std::map<std::string, Usage> usage_;
  std::vector<std::unique_ptr<ImageUse>> kept_;
  std::set<std::string> remembered_;  // Pulled for tasks, not yet removed: as options_.pulled_images has them.
  bool writing_ = false;
  bool changed_ = false;  // Since it was last written.
};

}  // namespace drover::drivers
