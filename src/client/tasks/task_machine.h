#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

// The life of one task on its node, as a table. TaskRunner feeds it and carries out what it says.
namespace drover::client {

enum class TaskPhase : uint8_t {
  Waiting,        // for the graph of the group to let it start
  Recovering,     // looking for a task that an earlier agent started
  Preparing,      // hooks run
  Starting,       // the driver starts it
  Aborting,       // killed while one of the three above was under way
  Running,        //
  Stopping,       // is being stopped, to be started again
  Backoff,        // waits to be started again
  ShutdownDelay,  // killed: services are gone, the signal is still to come
  Killing,        // is being stopped for good
  Dead,
};

enum class TaskInput : uint8_t {
  Go,         // the graph lets it start
  Resume,     // there is a handle from an earlier agent
  Prepared,   // hooks are done
  Started,    // there is a running task, started or found again
  Retry,      // it ended or did not start; the restart policy starts it again
  GiveUp,     // the same, and the restart policy does not
  Aborted,    // what was under way has been cancelled
  DelayOver,  // the time of Backoff or ShutdownDelay is over
  Restart,    // somebody wants it restarted
  Rewind,     // once it has ended: it waits for the graph again, as if it had never run
  Kill,
};

enum class TaskAction : uint8_t {
  Recover,
  Prepare,
  Start,
  Watch,          // for its end; services are registered
  Deregister,     // its services
  AwaitRestart,   // the restart delay; then DelayOver
  AwaitShutdown,  // the shutdown delay; then DelayOver
  CancelTimer,
  CancelWork,  // hooks or the driver's start; then Aborted, if nothing else comes first
  Stop,        // by the driver
  Finish,      // nothing of it runs any more and nothing will
};

struct TaskStep {
  TaskPhase phase = TaskPhase::Waiting;
  std::vector<TaskAction> actions;
};

// Inputs that mean nothing in a phase change nothing: they are late.
TaskStep transition(TaskPhase phase, TaskInput input);

std::string_view to_string(TaskPhase phase);
std::string_view to_string(TaskInput input);

// Killed, but not dead yet.
bool is_ending(TaskPhase phase);

}  // namespace drover::client
