#include "client/templates/template_machine.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using gotmpl::Dependency;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using Mode = TemplateChangeMode;
using TaskState = TemplateMachine::TaskState;

Dependency service(const std::string& name) {
  return {.kind = Dependency::Kind::NomadService, .args = {name}};
}

class TemplateMachineTest : public ::testing::Test {
 protected:
  MonoTime at(Duration time) const { return MonoTime{} + time; }

  // All that are due, which find these texts changed or not, and use service "a".
  size_t render_all(TemplateMachine& machine, Duration time, bool changed = true, double chance = 0.5) {
    size_t count = 0;
    while (const auto index = machine.next_render(at(time))) {
      machine.rendered(*index, {.ready = true, .changed = changed, .used = {service("a")}}, at(time), chance);
      ++count;
    }
    return count;
  }
  void touch(TemplateMachine& machine, Duration time, const std::string& name = "a") {
    machine.touch([&](const Dependency& d) { return d == service(name); }, at(time));
  }
};

TEST_F(TemplateMachineTest, TheFirstTextsChangeNothingForATaskThatHasNotStarted) {
  TemplateMachine machine({{.mode = Mode::Restart}, {.mode = Mode::Signal, .signal = "SIGHUP"}}, TaskState::Preparing,
                          at({}));
  EXPECT_FALSE(machine.ready());
  EXPECT_EQ(render_all(machine, {}), 2u);
  EXPECT_TRUE(machine.ready());
  machine.running();
  EXPECT_FALSE(machine.take_change(at(seconds(60))));
  EXPECT_FALSE(machine.wake_at());
}

TEST_F(TemplateMachineTest, OneRestartForSeveralTemplatesAfterAPartOfTheSplay) {
  TemplateMachine machine(
      {{.mode = Mode::Restart, .splay = seconds(4)}, {.mode = Mode::Signal, .signal = "SIGHUP"}, {.mode = Mode::Noop}},
      TaskState::Preparing, at({}));
  render_all(machine, {});
  machine.running();
  touch(machine, seconds(10));
  EXPECT_EQ(render_all(machine, seconds(10)), 3u);
  EXPECT_FALSE(machine.take_change(at(milliseconds(11'999))));
  EXPECT_EQ(machine.wake_at(), at(seconds(12)));
  const auto change = machine.take_change(at(seconds(12)));
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->restart);
  EXPECT_TRUE(change->signals.empty());
  EXPECT_FALSE(machine.take_change(at(seconds(20))));
}

TEST_F(TemplateMachineTest, OneRestartForTemplatesOfWhichOneStillRests) {
  TemplateMachine machine({{.mode = Mode::Restart}, {.mode = Mode::Restart}}, TaskState::Preparing, at({}));
  const auto render = [&](Duration time) {
    const auto index = machine.next_render(at(time));
    if (!index) return false;
    machine.rendered(*index, {.ready = true, .changed = true, .used = {service("a")}}, at(time), 0);
    return true;
  };
  ASSERT_TRUE(render({}));
  ASSERT_TRUE(render(milliseconds(100)));
  machine.running();
  touch(machine, milliseconds(300));
  EXPECT_TRUE(render(milliseconds(300)));
  EXPECT_FALSE(render(milliseconds(300)));
  EXPECT_FALSE(machine.take_change(at(milliseconds(300))));
  EXPECT_EQ(machine.wake_at(), at(milliseconds(350)));
  touch(machine, milliseconds(340));  // later news do not keep the task waiting
  EXPECT_TRUE(render(milliseconds(350)));
  const auto change = machine.take_change(at(milliseconds(350)));
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->restart);
}

TEST_F(TemplateMachineTest, EachSignalIsSentOnceAndScriptsRun) {
  TemplateMachine machine({{.mode = Mode::Signal, .signal = "SIGHUP"},
                           {.mode = Mode::Signal, .signal = "SIGUSR1"},
                           {.mode = Mode::Signal, .signal = "SIGHUP"},
                           {.mode = Mode::Script}},
                          TaskState::Preparing, at({}));
  render_all(machine, {});
  machine.running();
  touch(machine, seconds(10));
  render_all(machine, seconds(10));
  const auto change = machine.take_change(at(seconds(10)));
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->restart);
  EXPECT_THAT(change->signals, ElementsAre("SIGHUP", "SIGUSR1"));
  EXPECT_THAT(change->scripts, ElementsAre(3u));
}

TEST_F(TemplateMachineTest, NothingHappensWhenTheTextIsTheSameOrNobodyIsToBeTold) {
  TemplateMachine same({{}}, TaskState::Preparing, at({}));
  render_all(same, {});
  same.running();
  touch(same, seconds(10));
  render_all(same, seconds(10), false);
  EXPECT_FALSE(same.take_change(at(seconds(60))));

  TemplateMachine noop({{.mode = Mode::Noop}}, TaskState::Preparing, at({}));
  render_all(noop, {});
  noop.running();
  touch(noop, seconds(10));
  EXPECT_EQ(render_all(noop, seconds(10)), 1u);
  EXPECT_FALSE(noop.take_change(at(seconds(60))));
}

TEST_F(TemplateMachineTest, ATaskThatWasFoundRunningHearsOnlyOfTextsThatChanged) {
  TemplateMachine same({{}}, TaskState::Running, at({}));
  render_all(same, {}, false);
  EXPECT_FALSE(same.take_change(at(seconds(60))));

  TemplateMachine other({{}}, TaskState::Running, at({}));
  render_all(other, {}, true);
  EXPECT_TRUE(other.take_change(at(seconds(60))));
}

TEST_F(TemplateMachineTest, AChangeWaitsForATaskThatIsBeingStartedAndNotForOneThatReadsTheFilesAnyway) {
  TemplateMachine machine({{}}, TaskState::Preparing, at({}));
  render_all(machine, {});
  touch(machine, seconds(1));
  render_all(machine, seconds(1));
  EXPECT_FALSE(machine.take_change(at(seconds(60)))) << "it does not run";
  EXPECT_FALSE(machine.wake_at());
  machine.running();
  EXPECT_TRUE(machine.take_change(at(seconds(61))));

  touch(machine, seconds(62));
  render_all(machine, seconds(62));
  machine.preparing();
  machine.running();
  EXPECT_FALSE(machine.take_change(at(seconds(90))));
}

TEST_F(TemplateMachineTest, WaitsForQuietButNotForever) {
  TemplateMachine machine({{.wait_min = seconds(5), .wait_max = seconds(12)}}, TaskState::Preparing, at({}));
  EXPECT_EQ(render_all(machine, {}), 1u) << "the first text does not wait";
  touch(machine, seconds(10));
  touch(machine, seconds(14));
  EXPECT_EQ(machine.wake_at(), at(seconds(19)));
  EXPECT_EQ(render_all(machine, seconds(18)), 0u);
  touch(machine, seconds(18));
  EXPECT_EQ(machine.wake_at(), at(seconds(22)));
  EXPECT_EQ(render_all(machine, seconds(22)), 1u);
}

TEST_F(TemplateMachineTest, ATemplateThatIsRenderedOnceIsNotWatched) {
  TemplateMachine machine({{.once = true}}, TaskState::Preparing, at({}));
  render_all(machine, {});
  EXPECT_TRUE(machine.watched().empty());
  touch(machine, seconds(10));
  EXPECT_EQ(render_all(machine, seconds(10)), 0u);
}

TEST_F(TemplateMachineTest, RenderingTakesATenthOfTheTimeAtMost) {
  TemplateMachine machine({{}}, TaskState::Preparing, at({}));
  ASSERT_TRUE(machine.next_render(at({})));
  machine.rendered(0, {.ready = true, .used = {service("a")}, .cost = seconds(2)}, at(seconds(2)), 0);
  touch(machine, seconds(3));
  EXPECT_EQ(machine.wake_at(), at(seconds(22)));
  EXPECT_EQ(render_all(machine, seconds(22)), 1u);
  touch(machine, seconds(22));
  EXPECT_EQ(machine.wake_at(), at(milliseconds(22'250))) << "and not more than four times a second";
}

TEST_F(TemplateMachineTest, WhatChangesWhileItIsBeingRenderedIsRenderedAgain) {
  TemplateMachine machine({{}}, TaskState::Preparing, at({}));
  render_all(machine, {});
  touch(machine, seconds(1));
  ASSERT_TRUE(machine.next_render(at(seconds(1))));
  touch(machine, seconds(1));
  EXPECT_FALSE(machine.next_render(at(seconds(1))));
  machine.rendered(0, {.ready = true, .used = {service("a")}}, at(seconds(1)), 0);
  EXPECT_EQ(render_all(machine, seconds(2)), 1u);
}

TEST_F(TemplateMachineTest, SaysWhatItWaitsForAfterAWhileAndWhenThatChanges) {
  TemplateMachine machine({{}}, TaskState::Preparing, at({}));
  const auto miss = [&](Duration time, std::vector<Dependency> missing) {
    ASSERT_TRUE(machine.next_render(at(time)));
    machine.rendered(0, {.used = missing, .missing = missing}, at(time), 0);
  };
  miss({}, {service("a"), service("b"), service("c"), service("d"), service("e")});
  EXPECT_FALSE(machine.take_missing(at(seconds(2))));
  EXPECT_EQ(machine.wake_at(), at(seconds(3)));
  EXPECT_EQ(machine.take_missing(at(seconds(3))),
            "Missing: nomad.service(a), nomad.service(b), nomad.service(c), and 2 more");
  EXPECT_FALSE(machine.take_missing(at(seconds(30)))) << "it is known";
  touch(machine, seconds(31));
  miss(seconds(31), {service("b")});
  EXPECT_EQ(machine.take_missing(at(seconds(31))), "Missing: nomad.service(b)");
  touch(machine, seconds(32), "b");
  EXPECT_EQ(render_all(machine, seconds(32)), 1u);
  EXPECT_TRUE(machine.ready());
  EXPECT_FALSE(machine.take_missing(at(seconds(60))));
}

}  // namespace
}  // namespace drover::client
