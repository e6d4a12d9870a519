#include "client/tasks/task_machine.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using A = TaskAction;
using I = TaskInput;
using P = TaskPhase;

constexpr int kPhases = static_cast<int>(P::Dead) + 1;
constexpr int kInputs = static_cast<int>(I::Kill) + 1;

struct Row {
  P phase;
  I input;
  P next;
  std::vector<A> actions;
};

// Every pair that changes something; all others have to leave the phase as it is, without actions.
const std::vector<Row> kTable = {
    {P::Waiting, I::Go, P::Preparing, {A::Prepare}},
    {P::Waiting, I::Resume, P::Recovering, {A::Recover}},
    {P::Waiting, I::Retry, P::Backoff, {A::AwaitRestart}},
    {P::Waiting, I::GiveUp, P::Dead, {A::Finish}},
    {P::Waiting, I::Kill, P::Dead, {A::Finish}},

    {P::Recovering, I::Started, P::Running, {A::Watch}},
    {P::Recovering, I::Retry, P::Backoff, {A::AwaitRestart}},
    {P::Recovering, I::GiveUp, P::Dead, {A::Finish}},
    {P::Recovering, I::Aborted, P::Dead, {A::Finish}},
    {P::Recovering, I::Kill, P::Aborting, {}},

    {P::Preparing, I::Prepared, P::Starting, {A::Start}},
    {P::Preparing, I::Retry, P::Backoff, {A::AwaitRestart}},
    {P::Preparing, I::GiveUp, P::Dead, {A::Finish}},
    {P::Preparing, I::Aborted, P::Dead, {A::Finish}},
    {P::Preparing, I::Kill, P::Aborting, {A::CancelWork}},

    {P::Starting, I::Started, P::Running, {A::Watch}},
    {P::Starting, I::Retry, P::Backoff, {A::AwaitRestart}},
    {P::Starting, I::GiveUp, P::Dead, {A::Finish}},
    {P::Starting, I::Aborted, P::Dead, {A::Finish}},
    {P::Starting, I::Kill, P::Aborting, {A::CancelWork}},

    {P::Aborting, I::Started, P::Killing, {A::Watch, A::Deregister, A::Stop}},
    {P::Aborting, I::Prepared, P::Dead, {A::Finish}},
    {P::Aborting, I::Retry, P::Dead, {A::Finish}},
    {P::Aborting, I::GiveUp, P::Dead, {A::Finish}},
    {P::Aborting, I::Aborted, P::Dead, {A::Finish}},

    {P::Running, I::Retry, P::Backoff, {A::Deregister, A::AwaitRestart}},
    {P::Running, I::GiveUp, P::Dead, {A::Deregister, A::Finish}},
    {P::Running, I::Restart, P::Stopping, {A::Deregister, A::Stop}},
    {P::Running, I::Kill, P::ShutdownDelay, {A::Deregister, A::AwaitShutdown}},

    {P::Stopping, I::Retry, P::Backoff, {A::AwaitRestart}},
    {P::Stopping, I::GiveUp, P::Dead, {A::Finish}},
    {P::Stopping, I::Rewind, P::Waiting, {}},
    {P::Stopping, I::Kill, P::Killing, {}},

    {P::Backoff, I::DelayOver, P::Preparing, {A::Prepare}},
    {P::Backoff, I::Restart, P::Preparing, {A::CancelTimer, A::Prepare}},
    {P::Backoff, I::Rewind, P::Waiting, {A::CancelTimer}},
    {P::Backoff, I::Kill, P::Dead, {A::CancelTimer, A::Finish}},

    {P::ShutdownDelay, I::DelayOver, P::Killing, {A::Stop}},
    {P::ShutdownDelay, I::Retry, P::Dead, {A::CancelTimer, A::Finish}},
    {P::ShutdownDelay, I::GiveUp, P::Dead, {A::CancelTimer, A::Finish}},

    {P::Killing, I::Retry, P::Dead, {A::Finish}},
    {P::Killing, I::GiveUp, P::Dead, {A::Finish}},

    {P::Dead, I::Rewind, P::Waiting, {}},
};

TEST(TaskMachine, FollowsTheTableForEveryPhaseAndInput) {
  for (int p = 0; p < kPhases; p++) {
    for (int i = 0; i < kInputs; i++) {
      const auto phase = static_cast<P>(p);
      const auto input = static_cast<I>(i);
      const auto row = std::ranges::find_if(kTable, [&](const Row& r) { return r.phase == phase && r.input == input; });
      const TaskStep step = transition(phase, input);
      const auto where = std::string(to_string(phase)) + " × " + std::string(to_string(input));
      EXPECT_EQ(step.phase, row == kTable.end() ? phase : row->next) << where;
      EXPECT_EQ(step.actions, row == kTable.end() ? std::vector<A>() : row->actions) << where;
    }
  }
}

TEST(TaskMachine, FinishesOnceAndOnlyWhenItDies) {
  for (int p = 0; p < kPhases; p++) {
    for (int i = 0; i < kInputs; i++) {
      const auto phase = static_cast<P>(p);
      const TaskStep step = transition(phase, static_cast<I>(i));
      const bool dies = phase != P::Dead && step.phase == P::Dead;
      EXPECT_EQ(std::ranges::count(step.actions, A::Finish), dies ? 1 : 0);
    }
  }
}

TEST(TaskMachine, NeverStartsAKilledTask) {
  for (int p = 0; p < kPhases; p++) {
    const auto killed = transition(static_cast<P>(p), I::Kill).phase;
    EXPECT_TRUE(is_ending(killed) || killed == P::Dead);
    for (int i = 0; i < kInputs; i++) {
      if (static_cast<I>(i) == I::Rewind) continue;  // Somebody wants it to run after all.
      const TaskStep step = transition(killed, static_cast<I>(i));
      EXPECT_TRUE(is_ending(step.phase) || step.phase == P::Dead);
      EXPECT_EQ(std::ranges::count(step.actions, A::Start) + std::ranges::count(step.actions, A::Prepare), 0);
    }
  }
}

}  // namespace
}  // namespace drover::client
