#pragma once

#include "base/thread_owner.h"
#include "client/agent_context.h"
#include "client/allocs/task_graph.h"
#include "client/tasks/restart_tracker.h"
#include "client/tasks/task_env.h"
#include "client/tasks/task_machine.h"
#include "drivers/driver.h"
#include "jobspec/nosana_literals.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::client {

class TaskRunner;

// Who looks after the tasks of an allocation. Called on the loop, also from within calls of the runner.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  virtual void on_task_changed(TaskRunner& task) = 0;
  virtual void on_task_running(TaskRunner& task) = 0;
  // It is about to be stopped, or has ended.
  virtual void on_task_not_running(TaskRunner& task) = 0;
  // What literals stand for at this moment.
  virtual jobspec::LiteralContext literals() const = 0;
};

// Why a task is told to end: the event that says so.
struct KillReason {
  std::string event;  // "Sibling Task Failed"; "": none but Killing
  std::string message;
  bool fails = false;  // the task counts as failed, however it ends
};

// Runs one task of an allocation: carries out what the task machine says, keeps the task's record, writes its events.
// Owner: the loop's thread. Kept alive by what it has under way.
class TaskRunner : public std::enable_shared_from_this<TaskRunner> {
 public:
  TaskRunner(std::shared_ptr<AgentContext> agent, AllocSpec spec, const model::Task& task, drivers::TaskDirs dirs,
             TaskListener& listener);
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  // The first call for a task is one of these two. restore() without a record: it could not be read, the task fails.
  void receive();
  void restore(std::optional<TaskRecord> record);

  // The graph's orders.
  void start();
  void kill(KillReason reason);
  void fail(const std::string& reason);

  // Restarts a running task: Failure counts for the restart policy, Triggered does not.
  void restart(RestartCause cause, std::string reason);
  // `reason`: what the event says of it; "": that it is being sent.
  net::Task<Status> signal(std::string signal, std::string reason = {});
  // Ends the task if it runs, and lets it wait for the graph as if it had never run. A task that is about to run, or is
  // ending, is left alone.
  void rewind(std::string reason);

  // Something for people to see, of a type of its own.
  void tell(const char* type, std::string message);

  // A newer version of the job that needs no new task.
  void update(AllocSpec spec, const model::Task& task);

  // The agent goes: nothing is done any more, the task is left as it is.
  void detach();
  // Returns when the record that is kept says what this object knows.
  net::Task<void> flush();

  const model::Task& task() const { return task_; }
  const model::TaskState& state() const { return record_.state; }
  TaskView view() const;
  bool dead() const { return phase_ == TaskPhase::Dead; }
  // While the task runs.
  const std::shared_ptr<drivers::RunningTask>& running() const { return running_; }
  MonoTime running_since() const { return running_since_; }
  const model::Interpolator& interpolator() const { return interpolator_; }

 private:
  class Work;
  struct Failure {
    Error error;
    const char* event;
  };

  void feed(TaskInput input);
  void perform(TaskAction action);
  void begin_watch();
  void begin_await(Duration delay);
  void begin_shutdown_delay();
  void finish();

  void ended(RestartCause cause, const std::string& reason);
  void work_failed(const Failure& failure);
  void process_ended(const ExitRecord& exit);
  void begin_anew();
  bool ends_with_success() const;
  Duration kill_timeout() const;
  RestartCause cause_of(const ExitRecord& exit) const;

  void spawn_work(const char* name, net::Task<void> work);
  static net::Task<void> run_kill_leftover(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_recover(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_prepare(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_start(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_watch(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_stop(std::shared_ptr<TaskRunner> self);
  static net::Task<void> run_persist(std::shared_ptr<TaskRunner> self);

  net::Task<std::optional<Failure>> run_hooks();
  std::shared_ptr<TaskHookContext> hook_context();
  void add_controls(TaskHookContext& context);
  void tell_hooks_found();
  void build_env();
  std::optional<Failure> resolve_literals();
  void take_task(const model::Task& task);
  net::Task<void> keep_results();
  std::optional<Failure> missing_hook() const;
  std::optional<Failure> check_config() const;
  drivers::TaskConfig task_config() const;
  drivers::NetworkPlace network_place() const;
  void take_cpus();
  net::Task<void> persist_now();

  void emit(model::TaskEvent event);
  void emit(const char* type, std::string message, std::map<std::string, std::string> details = {});
  void changed();
  void persist();
  WallTime now() const { return agent_.clock.now(); }

  const std::shared_ptr<AgentContext> agent_kept_;  // what is under way may end after the client
  AgentContext& agent_;
  AllocSpec spec_;
  model::Task given_;  // as the job has it
  model::Task task_;   // with its literals replaced, once it is prepared
  drivers::TaskDirs dirs_;
  TaskListener* listener_;  // null once detached
  std::shared_ptr<drivers::Driver> driver_;
  ThreadOwner owner_;

  TaskPhase phase_ = TaskPhase::Waiting;
  std::deque<TaskInput> inputs_;
  bool feeding_ = false;
  TaskRecord record_;
  TaskEnv env_;
  std::vector<drivers::TaskMount> mounts_;
  std::vector<drivers::TaskDevice> devices_;
  model::Interpolator interpolator_{{}, {}};
  std::shared_ptr<CpuPartition::Place> cpus_;  // from its first start until it is dead
  std::shared_ptr<drivers::RunningTask> running_;
  MonoTime running_since_;
  bool recovered_ = false;
  bool give_up_failed_ = false;
  std::optional<RestartCause> restart_cause_;  // somebody asked for a restart
  std::string restart_reason_;
  bool rewinding_ = false;  // it is being stopped to begin anew
  Duration restart_delay_{0};

  net::Spawned work_;
  net::Spawned watch_;
  net::Spawned stop_;
  net::Timer timer_;
  uint64_t timer_generation_ = 0;
  uint64_t wanted_version_ = 0;  // of the record
  uint64_t written_version_ = 0;
  bool writing_ = false;
  net::Notifier written_;
};

}  // namespace drover::client
