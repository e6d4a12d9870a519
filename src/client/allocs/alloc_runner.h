#pragma once

#include "base/thread_owner.h"
#include "client/agent_context.h"
#include "client/allocs/alloc_dir.h"
#include "client/allocs/alloc_health.h"
#include "client/allocs/task_graph.h"
#include "client/services/service_set.h"
#include "client/stats/disk_watch.h"
#include "client/tasks/task_runner.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drover::client {

class AllocRunner;

class AllocListener {
 public:
  virtual ~AllocListener() = default;
  // Its directories are there.
  virtual void on_alloc_ready(AllocRunner& alloc) = 0;
  // report() has something new.
  virtual void on_alloc_changed(AllocRunner& alloc) = 0;
  // services() has something new.
  virtual void on_alloc_services(AllocRunner& alloc) = 0;
  // All tasks are dead.
  virtual void on_alloc_dead(AllocRunner& alloc) = 0;
};

// Runs one allocation: its directories, its network, its tasks in the order of their graph, its services, its health.
// Owner: the loop's thread.
class AllocRunner final : public std::enable_shared_from_this<AllocRunner>, TaskListener, ServiceListener {
 public:
  AllocRunner(std::shared_ptr<AgentContext> agent, AllocSpec spec, AllocListener& listener);
  AllocRunner(const AllocRunner&) = delete;
  AllocRunner& operator=(const AllocRunner&) = delete;

  // One of these first. Tasks start once `data` is there, if any: that of `previous`, which is on this node and ends
  // before, or of an allocation on another one.
  void start(std::optional<PendingData> data, std::shared_ptr<AllocRunner> previous);
  void restore(std::map<std::string, std::optional<TaskRecord>> tasks, std::optional<PendingData> data,
               std::shared_ptr<AllocRunner> previous);
  // Runs nothing: the server knows of it, this agent does not any more.
  void start_lost(const std::string& reason);

  // What the server says now: another desired status, or a newer job for the same tasks.
  void update(AllocSpec spec);
  // For good, whatever the server says. `reason` is for the tasks' events, and what the allocation shows at its end.
  void stop(KillReason reason = {});
  bool stopping() const { return stopping_; }

  // What people ask for. Restarts are neither delayed nor counted. Without a task: all that run.
  Status restart_task(const std::string& task);
  // From the beginning, with what has ended already; but for poststop tasks.
  Status restart_all();
  // The same for some of the tasks; the others go on, but nothing starts before those have ended.
  Status restart_tasks(const std::vector<std::string>& tasks);
  // Ends those of the tasks that have not ended, for good. What waits for them goes on.
  Status stop_tasks(const std::vector<std::string>& tasks);
  // NotFound if the task, or every task, does not run.
  net::Task<Status> signal(std::string task, std::string signal);

  // True once it is dead, false when `limit` passed first or the agent goes.
  net::Task<bool> wait_dead(Duration limit);
  // While one lives, the directories stay.
  class DataReader {
   public:
    explicit DataReader(std::shared_ptr<AllocRunner> alloc);
    ~DataReader();
    DataReader(const DataReader&) = delete;
    DataReader& operator=(const DataReader&) = delete;

   private:
    const std::shared_ptr<AllocRunner> alloc_;
  };
  // Somebody has read all its data.
  void note_data_given() { data_given_ = true; }
  // REQUIRES dead(). Whether another node may still come for its data.
  bool data_is_awaited() const;

  // The agent goes, the tasks stay: nothing is done any more.
  void detach();
  net::Task<void> flush();
  // REQUIRES dead(). Removes its directories and state.
  net::Task<void> destroy();

  const model::Allocation& alloc() const { return *spec_.alloc; }
  const AllocSpec& spec() const { return spec_; }
  const AllocDir& dir() const { return dir_; }
  bool dead() const;
  WallTime dead_since() const { return dead_since_; }
  // The allocation with what the node has to say about it.
  model::Allocation report() const;
  std::vector<model::ServiceRegistration> services() const { return services_.registrations(); }
  const std::map<std::string, std::shared_ptr<TaskRunner>>& tasks() const { return tasks_; }
  // NotFound, with the names that there are.
  Result<std::shared_ptr<TaskRunner>> find_task(const std::string& task) const;

 private:
  void on_task_changed(TaskRunner& task) override;
  void on_task_running(TaskRunner& task) override;
  void on_task_not_running(TaskRunner& task) override;
  jobspec::LiteralContext literals() const override;
  void on_services_changed() override;
  void on_unhealthy(const std::string& task, const std::string& reason) override;
  std::shared_ptr<drivers::RunningTask> running_task(const std::string& task) const override;

  void begin_setup(std::shared_ptr<AllocRunner> previous);
  static net::Task<void> run_setup(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous);
  static net::Task<void> set_up(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous);
  AllocRecord record() const;
  static net::Task<void> obtain_data(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous);
  static net::Task<void> take_over_data(std::shared_ptr<AllocRunner> self, std::shared_ptr<AllocRunner> previous);
  static net::Task<void> migrate_data(std::shared_ptr<AllocRunner> self);
  static net::Task<void> until_not_needed(std::shared_ptr<AllocRunner> self);
  void tell_tasks(const char* type, const std::string& message);
  void make_tasks();
  static net::Task<Status> connect(std::shared_ptr<AllocRunner> self);
  static net::Task<Status> connect_privately(std::shared_ptr<AllocRunner> self);
  static net::Task<Status> attach(std::shared_ptr<AllocRunner> self, NetworkRecord& record);
  static net::Task<void> watch_disk(std::shared_ptr<AllocRunner> self);
  void on_disk_usage(DiskWatch& watch, uint64_t bytes);
  static net::Task<void> disconnect(std::shared_ptr<AllocRunner> self);
  void take_network(std::shared_ptr<const NetworkRecord> network);
  void leave_network();
  void keep_record();
  static net::Task<void> run_keep(std::shared_ptr<AllocRunner> self);
  void begin_stop();
  bool skips_delays() const;
  void watch_run_time();
  Status check_running() const;
  void begin_rewind(std::set<std::string> tasks, std::string reason);
  void rewind();
  bool any_runs() const;
  void schedule_plan();
  void plan();
  void carry_out(const TaskOrder& order);
  TaskViews views() const;
  void offer_task_services(TaskRunner& task);
  void offer_group_services();
  void update_health();
  void note_death();

  const std::shared_ptr<AgentContext> agent_kept_;  // what is under way may end after the client
  AgentContext& agent_;
  AllocSpec spec_;
  AllocListener* listener_;  // null once detached
  AllocDir dir_;
  std::map<std::string, std::shared_ptr<TaskRunner>> tasks_;
  ServiceSet services_;
  ThreadOwner owner_;

  bool ready_ = false;  // directories are there, tasks may start
  std::optional<PendingData> pending_data_;
  size_t data_readers_ = 0;
  bool data_given_ = false;
  std::string setup_error_;
  bool plan_scheduled_ = false;
  bool group_services_ = false;
  GroupGoal goal_ = GroupGoal::Run;
  bool stopping_ = false;
  std::set<std::string> rewinding_;  // these tasks end, to begin anew
  std::string rewind_reason_;
  KillReason stop_reason_;
  net::Timer stop_timer_;
  net::Timer run_timer_;  // max_run_duration
  net::Notifier died_;    // or detached
  WallTime dead_since_;
  bool told_dead_ = false;

  std::optional<AllocHealth> health_;
  std::optional<model::DeploymentStatus> deployment_status_;
  net::Timer health_timer_;
  bool setting_up_ = false;
  bool keeping_ = false;
  bool keep_again_ = false;
  bool disconnecting_ = false;
  net::Spawned disk_watch_;
  net::Notifier kept_;  // keeping_, setting_up_ or disconnecting_ has become false, or a reader has gone
};

}  // namespace drover::client
