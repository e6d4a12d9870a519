#pragma once

#include "base/mutex.h"
#include "expose/route.h"
#include "model/job.h"
#include "state/view.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::expose {

// A port that a job exposes. Its id is Nosana's (facts/nosana.md 2.8): of the task's place among all tasks of the job,
// the port and the job's id. A private one has an id of its own in each allocation, which only its node can make.
struct ExposedPort {
  std::string id;  // "" for private ones
  std::string
      deployment;  // the id that a task's first port shares with its replicas in other jobs, "" if there is none
  std::string group;
  std::string task;
  size_t op = 0;
  std::string port;
};

// Those whose port is known before the job runs: numbers and ranges.
std::vector<ExposedPort> exposed_ports(const model::Job& job);

// What a node registers for an exposed port: a service of this name, in the job's namespace.
inline constexpr std::string_view kServicePrefix = "drover-expose-";
std::string service_name(std::string_view id);
bool is_exposure(const model::ServiceRegistration& service);

// In the meta of such a service.
inline constexpr const char* kMetaId = "id";            // as it is written, with upper case
inline constexpr const char* kMetaPort = "port";        // as the job says it
inline constexpr const char* kMetaPrivate = "private";  // "true"
inline constexpr const char* kMetaReach = "reach";      // "node": the address means something on its node only
inline constexpr const char* kNodeReach = "node";

// A node's attribute: where its agent's proxy listens, "http://10.0.0.1:4650".
inline constexpr const char* kProxyAttribute = "unique.expose.address";

// Who has exposed what, by id in lower case, and the way there. Follows the table of jobs. Thread-safe.
class Directory {
 public:
  // `own` is the node of the asking agent, if it has one: what is there needs no other proxy.
  Route find(const std::shared_ptr<const state::Snapshot>& snapshot, const std::string& id,
             const std::optional<model::NodeId>& own);

 private:
  struct Owner {
    model::JobKey job;
    std::string group;
    std::string task;
  };
  void follow(const std::shared_ptr<const state::Snapshot>& snapshot) __attribute__((exclusive_locks_required(mutex_)));
  void note(const model::Job& job, bool there) __attribute__((exclusive_locks_required(mutex_)));
  static Route find_one(const state::Snapshot& snapshot, const std::string& id, const std::optional<Owner>& owner,
                        const std::optional<model::NodeId>& own);
  // Of an id, or of what belongs to the deployment whose id it is: by id, nothing where no job is known.
  std::vector<std::pair<std::string, std::optional<Owner>>> owners_of(
      const std::shared_ptr<const state::Snapshot>& snapshot, const std::string& id);

  Mutex mutex_;
  std::shared_ptr<const state::Snapshot> seen_ BASE_GUARDED_BY(mutex_);
  std::map<std::string, Owner, std::less<>> owners_ BASE_GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::string>, std::less<>> deployments_ BASE_GUARDED_BY(mutex_);  // ids by theirs
};

// Why nothing answers for a task of the job: the state of its newest allocation, or of its job.
Route why_silent(const state::Snapshot& snapshot, const model::JobKey& job, const std::string& group,
                 const std::string& task);

}  // namespace drover::expose
