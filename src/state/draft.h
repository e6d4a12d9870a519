#pragma once

#include "state/ask.h"
#include "state/columns_editor.h"
#include "state/view.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::state {

// A row to be made durable: its table, its stored key, and its record (nothing: deleted).
struct RowChange {
  Table table{};
  std::string key;
  std::optional<std::string> value;
};

// The next snapshot while commands are applied to it. Rows are written here and nowhere else, so that indexes, columns,
// summaries and the status of jobs always agree with them.
//
// A command is applied between begin_command() and end_command(). Applying functions validate first and write after:
// a command that fails has written nothing, which state::apply() checks. Reads see the rows written so far; summaries,
// activity and the status of jobs follow in end_command().
//
// Owned by one thread. The snapshot that it was made from does not change.
class Draft {
 public:
  explicit Draft(Snapshot base);
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  // All rows written so far. Its columns are those of the base: use columns().
  const Snapshot& view() const { return next_; }
  const Columns& columns() const { return columns_.view(); }

  // Blocked evaluations of a job, those written by the command in progress included.
  int64_t blocked_evals(const model::JobKey& key) const;

  // The index of the command being applied: one more than that of the last command that changed anything.
  uint64_t index() const { return next_.index() + 1; }

  void begin_command();
  // Whether the command has written anything.
  bool command_wrote() const { return changes_.size() > command_start_; }
  // Uses up the index if the command has written anything.
  void end_command();

  // Writes a row, sets its modify_index and, if it is new, its create_index. A job is written as the row of its version
  // too. alloc_modify_index is the caller's.
  void put_node(model::Node node);
  void put_job(model::Job job);
  void put_old_version(model::Job version);  // REQUIRES that it is not the current one
  void put_eval(model::Evaluation eval);
  void put_alloc(model::Allocation alloc);  // REQUIRES that its job version exists
  void put_service(model::ServiceRegistration service);
  void put_deployment(model::Deployment deployment);
  void put_launch(model::PeriodicLaunch launch);
  void put_scaling_events(model::JobScalingEvents events);
  void put_scheduler_config(model::SchedulerConfig config);
  void put_market(model::Market market);

  // Does nothing if there is no such row. Erasing a job takes its launch and scaling events with it and
  // leaves the versions that allocations run.
  void erase_node(const model::NodeId& id);
  void erase_job(const model::JobKey& key);
  void erase_eval(const model::EvalId& id);
  void erase_alloc(const model::AllocId& id);
  void erase_services_of(const model::AllocId& id);
  void erase_service(const std::string& id);
  void erase_deployment(const model::DeploymentId& id);
  void erase_market(const std::string& slug);

  // Removes versions that are neither current, among the newest kTrackedVersions, the newest stable one nor in use.
  void trim_versions(const model::JobKey& key);

  // What the allocations of a group of a job version take; null if there is no such version or group. Valid until the
  // next write of a job.
  const GroupAsk* ask_of(const model::JobKey& job, uint64_t version, std::string_view group);
  const GroupAsk* ask_of(const model::Allocation& alloc);

  // The rows written by all commands since the last call, in order, and the row that remembers the indexes of the
  // tables. A row may occur more than once.
  std::vector<RowChange> take_changes();
  size_t change_count() const { return changes_.size(); }
  size_t change_bytes() const { return change_bytes_; }

  // REQUIRES no command in progress. The draft may be edited on after that.
  Snapshot freeze();

 private:
  // What a command has changed around one job.
  struct JobDelta {
    JobActivity activity;
    std::map<std::string, GroupSummary, std::less<>> groups;
    Row<model::Evaluation> queued;  // the last written that counts queued allocations
    bool recount_queued = false;
    bool created = false;
    bool written = false;
  };
  struct AskKey {
    model::JobKey job;
    uint64_t version;
    std::string group;
    friend auto operator<=>(const AskKey&, const AskKey&) = default;
  };
  using TouchedJob = std::pair<const model::JobKey, JobDelta>;
  using KnownAsk = std::pair<const AskKey, GroupAsk>;

  void record(Table table, std::string key, std::optional<std::string> value);
  TouchedJob& touch(const std::string& ns, const std::string& job_id);

  void write_job_row(Row<model::Job> row);
  void erase_version(const JobVersionKey& key);
  void erase_launches(const model::JobKey& key);
  void count(TouchedJob& job, const model::Allocation& alloc, int sign);
  void count(TouchedJob& job, const model::Evaluation& eval, int sign);
  void count_child(const model::Job& child, int sign);
  void forget_token(const model::Job& child);
  void occupy(const model::Allocation& alloc, int sign);
  void occupy_new_node(const model::NodeId& id);
  void unlink(const model::ServiceRegistration& service);

  void finish_job(const model::JobKey& key, const JobDelta& delta);
  void finish_summary(const Row<model::Job>& job, const JobDelta& delta);
  void finish_parent(const model::JobKey& key, const ChildrenSummary& change);

  Snapshot next_;
  ColumnsEditor columns_;
  std::vector<RowChange> changes_;
  size_t change_bytes_ = 0;

  // Of the command in progress.
  bool in_command_ = false;
  size_t command_start_ = 0;
  std::map<model::JobKey, JobDelta> jobs_;
  TouchedJob* last_job_ = nullptr;
  std::map<model::JobKey, ChildrenSummary> parents_;

  std::map<AskKey, GroupAsk> asks_;
  KnownAsk* last_ask_ = nullptr;
};

inline constexpr size_t kTrackedVersions = 6;

}  // namespace drover::state
