#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "model/allocation.h"
#include "model/deployment.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/launches.h"
#include "model/market.h"
#include "model/node.h"
#include "model/plan.h"
#include "model/scheduler_config.h"
#include "model/service_registration.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Everything that can change the state. A command carries all it needs (time, ids): applying it twice to equal states
// gives equal states. The contract of each apply(), and the errors it may answer, stand with the struct.
namespace drover::state {

// Creates a job or a new version of it; `eval` is created with it in the same write. A specification equal to the
// stored one makes no new version. A child with a dispatch_token that another one of its parent has changes nothing:
// the answer names that one (cases.md 27). Errors: Conflict (check index, change of type or periodic-ness).
struct RegisterJob {
  model::Job
      job;  // canonical and valid; of what the server sets, only parent_id, dispatched, dispatch_token and stop count
  // 0: must not exist; else must equal job_modify_index.
  std::optional<uint64_t> enforce_modify_index;
  std::optional<model::Evaluation> eval;  // indexes and times are filled in
  WallTime time;
};
void describe(codec::StructBuilder& d, RegisterJob& r);

// Gives a job another timeout, in place. Errors: NotFound, Conflict (it is stopped, has none, or would get less).
struct ExtendJob {
  std::string ns;
  std::string job_id;
  Duration timeout{0};
};
void describe(codec::StructBuilder& d, ExtendJob& r);

// Notes how the exchange of a confidential job (model/logistics.h) ended. A job whose definition has not come is
// stopped. Errors: NotFound; Conflict (it is not the specification that this is about, or it was noted already).
struct SettleLogistics {
  std::string ns;
  std::string job_id;
  uint64_t job_modify_index = 0;
  std::string outcome;  // Job::logistics_outcome
  WallTime time;
};
void describe(codec::StructBuilder& d, SettleLogistics& r);

// Creates or replaces a market; its nodes take no work until they have what it requires. Errors: InvalidArgument (what
// model::validate says), Conflict (another market has the slug as its address, or the address).
struct PutMarket {
  model::Market market;
  WallTime time;
};
void describe(codec::StructBuilder& d, PutMarket& r);

// Forgets a market; jobs and nodes stay, the queue ends. Errors: NotFound.
struct DeleteMarket {
  std::string slug;
  WallTime time;
};
void describe(codec::StructBuilder& d, DeleteMarket& r);

// Stops a job, or removes it with its evaluations when `purge` is set: its active deployment is cancelled then. The
// versions that allocations still run stay until those are collected. Errors: NotFound.
struct DeregisterJob {
  std::string ns;
  std::string job_id;
  bool purge = false;
  std::string reason;  // Job::stop_reason
  std::optional<model::Evaluation> eval;
  WallTime time;
};
void describe(codec::StructBuilder& d, DeregisterJob& r);

// Marks a version as one to go back to: the newest stable one is kept however old. Errors: NotFound.
struct SetJobStability {
  std::string ns;
  std::string job_id;
  uint64_t version = 0;
  bool stable = false;
};
void describe(codec::StructBuilder& d, SetJobStability& r);

// A node says what it is; keeps status, eligibility and events of a known one. A node that was down or new becomes
// Initializing until its first heartbeat. Errors: PermissionDenied (other secret).
struct RegisterNode {
  model::Node node;
  WallTime time;
};
void describe(codec::StructBuilder& d, RegisterNode& r);

// Ready or Down. Down marks the node's running allocations Lost only through the evaluations given here, which the
// control loop makes for each job on the node, and removes their services at once. Errors: NotFound.
struct UpdateNodeStatus {
  model::NodeId node_id;
  model::NodeStatus status = model::NodeStatus::Ready;
  std::string description;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateNodeStatus& r);

// Errors: NotFound, Conflict (a node that drains cannot be made eligible).
struct UpdateNodeEligibility {
  model::NodeId node_id;
  model::NodeEligibility eligibility = model::NodeEligibility::Eligible;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateNodeEligibility& r);

// Forgets a node; its allocations become Lost through the evaluations. Errors: NotFound.
struct DeregisterNode {
  model::NodeId node_id;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, DeregisterNode& r);

// What a node reports of its allocations: only the client's fields are taken, and a terminal client status never goes
// back (cases.md 28). Unknown ids are skipped, and so are allocations of another node than a report names. `evals` are
// for jobs whose allocations failed or completed.
struct UpdateAllocs {
  std::vector<model::Allocation> allocs;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateAllocs& r);

// Writes evaluations as they are (new, or new status of known ones); one that has ended stays so. A job keeps its
// newest blocked evaluation only, and none once one of its evaluations completes with everything placed: the others
// become Cancelled.
struct UpsertEvals {
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpsertEvals& r);

// Commits what still fits of a plan, checked node by node against the draft (facts 5.4): the rest is left out and the
// answer says so. With all_at_once a single misfit drops the whole plan. A new deployment is created if any of its
// placements is committed or it has none; its counts follow from what is committed. `evals` look after the jobs that
// lose allocations to this one: those whose job has really lost some are written. Errors: InvalidArgument (a placement
// of a group that its job version does not have, or of one allocation twice).
struct ApplyPlan {
  model::Plan plan;
  WallTime time;
  std::vector<model::Evaluation> evals;
};
void describe(codec::StructBuilder& d, ApplyPlan& r);

// The work on an evaluation: its plan and, if nothing of it had to be left out, what became of the evaluation, in one
// write. Errors: those of ApplyPlan and UpsertEvals; Conflict (the evaluation has ended: somebody else worked on it);
// NotFound (there is no such evaluation any more).
struct ApplyWork {
  ApplyPlan plan;
  std::vector<model::Evaluation> outcome;
};
void describe(codec::StructBuilder& d, ApplyWork& r);

// What an ApplyPlan committed.
struct PlanResult {
  std::vector<model::AllocId> placed;
  std::vector<model::AllocId> preempted;
  std::vector<model::NodeId> rejected_nodes;  // nodes on which something did not fit any more
  uint64_t refresh_index = 0;                 // not 0: plan again on a snapshot of at least this index
};

// The services and their health that a node has for one allocation: replaces what was known of that allocation. A
// terminal one has none. Errors: NotFound, InvalidArgument (a service id that belongs to another allocation).
struct SetServices {
  model::AllocId alloc_id;
  std::vector<model::ServiceRegistration> services;
  WallTime time;
};
void describe(codec::StructBuilder& d, SetServices& r);

// Gives a deployment a new status; success makes its job version stable, the end of a pause renews the time by which
// its groups have to make progress. `revert` (the job's specification as it was in
// a stable version) is registered with it, unless the job has a newer version meanwhile. A deployment that has ended
// stays so. Errors: NotFound, Conflict (it has ended, `revert` is another kind of job).
struct UpdateDeployment {
  model::DeploymentUpdate update;
  std::optional<model::Job> revert;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateDeployment& r);

// Lets the canaries of the groups (none named: of all) take over, and renews the time by which the groups have to make
// progress. Errors: NotFound, Conflict (it has ended, or a group
// has nothing to promote), InvalidArgument (not enough healthy canaries: `Task group "x" has 1/2 healthy allocations`).
struct PromoteDeployment {
  model::DeploymentId deployment_id;
  std::vector<std::string> groups;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, PromoteDeployment& r);

// Health as somebody says it by hand, counted in the deployment. Errors: NotFound (deployment, or an allocation that is
// not one of its), Conflict (it has ended).
struct SetAllocHealth {
  model::DeploymentId deployment_id;
  std::vector<model::AllocId> healthy;
  std::vector<model::AllocId> unhealthy;
  std::optional<model::DeploymentUpdate> update;
  std::optional<model::Job> revert;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, SetAllocHealth& r);

struct AllocTransition {
  model::AllocId alloc_id;
  model::DesiredTransition transition;  // its given members replace the allocation's
};
void describe(codec::StructBuilder& d, AllocTransition& r);

// What is wanted of allocations; the evaluations bring it about. Unknown ids are skipped.
struct UpdateTransitions {
  std::vector<AllocTransition> transitions;
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateTransitions& r);

// Starts, changes or (no strategy) ends the draining of a node. A draining node is ineligible; when the drain ends it
// becomes eligible only with `mark_eligible`. Errors: NotFound.
struct UpdateNodeDrain {
  model::NodeId node_id;
  std::optional<model::DrainStrategy> drain;
  bool mark_eligible = false;
  bool complete = false;                    // ended because nothing is left, not by somebody
  std::map<std::string, std::string> meta;  // for LastDrain
  std::vector<model::Evaluation> evals;
  WallTime time;
};
void describe(codec::StructBuilder& d, UpdateNodeDrain& r);

// Notes that a periodic job was due, and creates the child that runs then (none: it was skipped, because another one
// still runs). A launch that is not later than the noted one changes nothing, so that none happens twice; but one that
// was noted from the future (model::from_the_future) does not count. Errors: NotFound.
struct LaunchPeriodic {
  std::string ns;
  std::string job_id;
  WallTime launch;
  std::optional<model::Job> child;
  std::optional<model::Evaluation> eval;
  WallTime time;
};
void describe(codec::StructBuilder& d, LaunchPeriodic& r);

// Sets the count of a group, if one is given, and notes the event. Errors: NotFound (job, group), Conflict (a
// deployment of the job runs, the job is stopped), InvalidArgument (count outside of the group's scaling policy, or
// above 1 where a job runs once on every node).
struct ScaleJob {
  std::string ns;
  std::string job_id;
  std::string group;
  model::ScalingEvent event;
  std::optional<model::Evaluation> eval;
  WallTime time;
};
void describe(codec::StructBuilder& d, ScaleJob& r);

// Errors: Conflict (`check_index` is not the index of the current configuration).
struct SetSchedulerConfig {
  model::SchedulerConfig config;
  std::optional<uint64_t> check_index;
};
void describe(codec::StructBuilder& d, SetSchedulerConfig& r);

// Removes rows for good: what garbage collection found in an older snapshot. What is alive again by now (or not
// terminal; for a node: not down or with live allocations; for a deployment: with live allocations) stays. The
// deployments of a job go with it.
struct Collect {
  std::vector<model::EvalId> evals;
  std::vector<model::AllocId> allocs;
  std::vector<model::JobKey> jobs;
  std::vector<model::NodeId> nodes;
  std::vector<model::DeploymentId> deployments;
};
void describe(codec::StructBuilder& d, Collect& r);

}  // namespace drover::state
