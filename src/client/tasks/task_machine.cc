#include "client/tasks/task_machine.h"

namespace drover::client {
namespace {

using Action = TaskAction;
using Input = TaskInput;
using Phase = TaskPhase;

TaskStep when_waiting(Input input) {
  switch (input) {
    case Input::Go:
      return {Phase::Preparing, {Action::Prepare}};
    case Input::Resume:
      return {Phase::Recovering, {Action::Recover}};
    case Input::Retry:
      return {Phase::Backoff, {Action::AwaitRestart}};
    case Input::GiveUp:
    case Input::Kill:
      return {Phase::Dead, {Action::Finish}};
    default:
      return {Phase::Waiting, {}};
  }
}

TaskStep when_recovering(Input input) {
  switch (input) {
    case Input::Started:
      return {Phase::Running, {Action::Watch}};
    case Input::Retry:
      return {Phase::Backoff, {Action::AwaitRestart}};
    case Input::GiveUp:
    case Input::Aborted:
      return {Phase::Dead, {Action::Finish}};
    case Input::Kill:
      // Not cancelled: only a task that was found can be stopped.
      return {Phase::Aborting, {}};
    default:
      return {Phase::Recovering, {}};
  }
}

TaskStep when_preparing(Input input) {
  switch (input) {
    case Input::Prepared:
      return {Phase::Starting, {Action::Start}};
    case Input::Retry:
      return {Phase::Backoff, {Action::AwaitRestart}};
    case Input::GiveUp:
    case Input::Aborted:
      return {Phase::Dead, {Action::Finish}};
    case Input::Kill:
      return {Phase::Aborting, {Action::CancelWork}};
    default:
      return {Phase::Preparing, {}};
  }
}

TaskStep when_starting(Input input) {
  switch (input) {
    case Input::Started:
      return {Phase::Running, {Action::Watch}};
    case Input::Retry:
      return {Phase::Backoff, {Action::AwaitRestart}};
    case Input::GiveUp:
    case Input::Aborted:
      return {Phase::Dead, {Action::Finish}};
    case Input::Kill:
      return {Phase::Aborting, {Action::CancelWork}};
    default:
      return {Phase::Starting, {}};
  }
}

TaskStep when_aborting(Input input) {
  switch (input) {
    case Input::Started:
      return {Phase::Killing, {Action::Watch, Action::Deregister, Action::Stop}};
    case Input::Prepared:
    case Input::Retry:
    case Input::GiveUp:
    case Input::Aborted:
      return {Phase::Dead, {Action::Finish}};
    default:
      return {Phase::Aborting, {}};
  }
}

TaskStep when_running(Input input) {
  switch (input) {
    case Input::Retry:
      return {Phase::Backoff, {Action::Deregister, Action::AwaitRestart}};
    case Input::GiveUp:
      return {Phase::Dead, {Action::Deregister, Action::Finish}};
    case Input::Restart:
      return {Phase::Stopping, {Action::Deregister, Action::Stop}};
    case Input::Kill:
      return {Phase::ShutdownDelay, {Action::Deregister, Action::AwaitShutdown}};
    default:
      return {Phase::Running, {}};
  }
}

TaskStep when_stopping(Input input) {
  switch (input) {
    case Input::Retry:
      return {Phase::Backoff, {Action::AwaitRestart}};
    case Input::GiveUp:
      return {Phase::Dead, {Action::Finish}};
    case Input::Rewind:
      return {Phase::Waiting, {}};
    case Input::Kill:
      return {Phase::Killing, {}};
    default:
      return {Phase::Stopping, {}};
  }
}

TaskStep when_backoff(Input input) {
  switch (input) {
    case Input::DelayOver:
      return {Phase::Preparing, {Action::Prepare}};
    case Input::Restart:
      return {Phase::Preparing, {Action::CancelTimer, Action::Prepare}};
    case Input::Rewind:
      return {Phase::Waiting, {Action::CancelTimer}};
    case Input::Kill:
      return {Phase::Dead, {Action::CancelTimer, Action::Finish}};
    default:
      return {Phase::Backoff, {}};
  }
}

TaskStep when_shutdown_delay(Input input) {
  switch (input) {
    case Input::DelayOver:
      return {Phase::Killing, {Action::Stop}};
    case Input::Retry:
    case Input::GiveUp:
      return {Phase::Dead, {Action::CancelTimer, Action::Finish}};
    default:
      return {Phase::ShutdownDelay, {}};
  }
}

TaskStep when_killing(Input input) {
  if (input == Input::Retry || input == Input::GiveUp) return {Phase::Dead, {Action::Finish}};
  return {Phase::Killing, {}};
}

}  // namespace

TaskStep transition(TaskPhase phase, TaskInput input) {
  switch (phase) {
    case Phase::Waiting:
      return when_waiting(input);
    case Phase::Recovering:
      return when_recovering(input);
    case Phase::Preparing:
      return when_preparing(input);
    case Phase::Starting:
      return when_starting(input);
    case Phase::Aborting:
      return when_aborting(input);
    case Phase::Running:
      return when_running(input);
    case Phase::Stopping:
      return when_stopping(input);
    case Phase::Backoff:
      return when_backoff(input);
    case Phase::ShutdownDelay:
      return when_shutdown_delay(input);
    case Phase::Killing:
      return when_killing(input);
    case Phase::Dead:
      break;
  }
  return {input == Input::Rewind ? Phase::Waiting : Phase::Dead, {}};
}

std::string_view to_string(TaskPhase phase) {
  constexpr std::string_view kNames[] = {"waiting",  "recovering", "preparing",      "starting", "aborting", "running",
                                         "stopping", "backoff",    "shutdown delay", "killing",  "dead"};
  return kNames[static_cast<size_t>(phase)];
}

std::string_view to_string(TaskInput input) {
  constexpr std::string_view kNames[] = {"go",      "resume",     "prepared", "started", "retry", "give up",
                                         "aborted", "delay over", "restart",  "rewind",  "kill"};
  return kNames[static_cast<size_t>(input)];
}

bool is_ending(TaskPhase phase) {
  return phase == Phase::Aborting || phase == Phase::ShutdownDelay || phase == Phase::Killing;
}

}  // namespace drover::client
