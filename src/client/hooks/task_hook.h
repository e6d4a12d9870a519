#pragma once

#include "base/result.h"
#include "drivers/driver.h"
#include "model/allocation.h"
#include "model/job.h"
#include "net/task.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drover::client {

// What a hook sees of the task that is about to start. Shared: outlives a hook that is cancelled.
struct TaskHookContext {
  std::shared_ptr<const model::Allocation> alloc;
  std::shared_ptr<const model::Job> job;
  model::Task task;  // artifacts, templates and config not yet interpolated
  drivers::TaskDirs dirs;
  std::function<std::string(std::string_view)> interpolate;  // "${…}" with the task's environment and the node
  std::shared_ptr<std::map<std::string, std::string>> env;   // the task's; what a hook adds wins (env templates)
  // Of `env`, what nothing that comes later may change.
  std::shared_ptr<std::map<std::string, std::string>> own_env;
  // What the task sees beside its own directories; a hook adds to it, every time that the task is prepared.
  std::shared_ptr<std::vector<drivers::TaskMount>> mounts;
  std::shared_ptr<std::vector<drivers::TaskDevice>> devices;  // what it may use; as `mounts`
  drivers::FsIsolation fs_isolation = drivers::FsIsolation::None;
  std::function<void(std::string type, std::string message)> emit_event;

  // For later, as long as somebody looks after the task (template changes). The task runs, and is not being stopped.
  std::function<bool()> is_running;
  // A triggered restart; nothing while the task does not run.
  std::function<void(std::string reason)> restart_task;
  std::function<net::Task<Status>(std::string signal, std::string reason)> signal_task;
  // A command in the running task's surroundings.
  std::function<net::Task<Result<drivers::ExecResult>>(drivers::ExecRequest request)> exec;
  // Kills the task, which counts as failed; nothing once it is dead.
  std::function<void(std::string reason)> fail_task;
};

// Something to be done before a task starts. One object for all tasks. Runs on the client's loop.
class TaskHook {
 public:
  virtual ~TaskHook() = default;
  virtual std::string_view name() const = 0;

  // Whether the task has any need of it: what no hook of the agent can do fails the task's setup.
  virtual bool wanted(const model::Task& task) const = 0;

  // Whether it runs again before a restart of a task that it has prepared once.
  virtual bool repeats() const { return false; }

  // The type of the task event for a failure: "Setup Failure", "Failed Artifact Download".
  virtual const char* failure_event() const { return "Setup Failure"; }

  // Errors: drivers::is_recoverable() says whether the restart policy applies. Cancelled when the task is killed.
  virtual net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) = 0;

  // The task was found running by a new agent, so prestart was not called in this one.
  virtual void found(std::shared_ptr<TaskHookContext> context) { static_cast<void>(context); }

  // It runs, for the first time or again.
  virtual void started(const model::AllocId& alloc, const std::string& task) {
    static_cast<void>(alloc);
    static_cast<void>(task);
  }

  // The task is gone for good: what watches for it ends.
  virtual void stopped(const model::AllocId& alloc, const std::string& task) {
    static_cast<void>(alloc);
    static_cast<void>(task);
  }
};

}  // namespace drover::client
