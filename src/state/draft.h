#pragma once

#include "state/ask.h"
#include "state/columns_editor.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

  const Snapshot& view() const { return next_; }

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

  // Does nothing if there is no such row. Erasing a job leaves the versions that allocations run.
  void erase_node(const model::NodeId& id);
  void erase_job(const model::JobKey& key);
  void erase_eval(const model::EvalId& id);
  void erase_alloc(const model::AllocId& id);
  void erase_services_of(const model::AllocId& id);
  void erase_service(const std::string& id);

  // Removes versions that are neither current, among the newest kTrackedVersions, the newest stable one nor in use.
  void trim_versions(const model::JobKey& key);

  // What the allocations of a group of a job version take; null if there is no such version or group. Valid until the
  // next write of a job.
  const GroupAsk* ask_of(const model::JobKey& job, uint64_t version, std::string_view group);
  const GroupAsk* ask_of(const model::Allocation& alloc);

  // The rows written by all commands so far, in order; a row may occur more than once. Includes the row that remembers
  // the indexes of the tables.
  std::vector<RowChange> take_changes();
  size_t change_count() const { return changes_.size(); }
  size_t change_bytes() const { return change_bytes_; }

  // REQUIRES no command in progress. The draft may be edited on after that.
  Snapshot freeze();

 private:
  // What a command has changed around one job.
  struct JobDelta {
    JobActivity activity;
    std::map<std::string, GroupSummary> groups;
    const model::Evaluation* newest_queued = nullptr;  // written by this command
    bool eval_erased = false;
    bool created = false;
  };
  struct AskKey {
    model::JobKey job;
    uint64_t version;
    std::string group;
    friend auto operator<=>(const AskKey&, const AskKey&) = default;
  };

  void record(Table table, std::string key, std::optional<std::string> value);
  JobDelta& delta_of(const std::string& ns, const std::string& job_id);
  void write_job_row(Row<model::Job> row);
  void count_alloc(const model::Allocation& alloc, int sign);
  void count_eval(const model::Evaluation& eval, int sign);
  void occupy(const model::Allocation& alloc, int sign);
  void finish_job(const model::JobKey& key, const JobDelta& delta);
  void refresh_summary(const model::Job& job, const JobDelta& delta);
  void count_child(const model::Job& child, model::JobStatus status, int sign);
  void flush_children();
  void erase_version(const model::JobKey& key, uint64_t version);

  Snapshot next_;
  ColumnsEditor columns_;
  std::vector<RowChange> changes_;
  size_t change_bytes_ = 0;
  size_t command_start_ = 0;
  bool in_command_ = false;
  TableSet touched_;
  std::map<model::JobKey, JobDelta> jobs_;
  std::pair<const model::JobKey, JobDelta>* last_job_ = nullptr;
  std::map<model::JobKey, ChildrenSummary> children_;
  std::map<AskKey, GroupAsk> asks_;
  std::pair<const AskKey, GroupAsk>* last_ask_ = nullptr;
};

inline constexpr size_t kTrackedVersions = 6;

}  // namespace drover::state
