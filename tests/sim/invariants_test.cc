#include "sim/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testutil/builders.h"

// That each invariant can fail: states that no server would make.
namespace drover::sim {
namespace {

using model::ClientStatus;
using ::testing::HasSubstr;

class InvariantsTest : public ::testing::Test {
 protected:
  InvariantsTest() {
    job.version = 0;
    draft.begin_command();
    draft.put_node(node);
    draft.put_job(job);
  }

  model::Allocation alloc(uint64_t n) {
    model::Allocation made{.id = model::AllocId(Uuid{.hi = 1, .lo = n})};
    made.name = model::alloc_name("web", "g", static_cast<int32_t>(n));
    made.job_id = "web";
    made.task_group = "g";
    made.node_id = node.id;
    return made;
  }
  state::Snapshot with(const std::vector<model::Allocation>& allocs) {
    for (const model::Allocation& made : allocs) draft.put_alloc(made);
    draft.end_command();
    return draft.freeze();
  }
  static std::string message(const Status& status) { return status ? "" : status.error().message(); }

  model::Node node = testing::make_node("a").cpu(1000).memory(1024).build();
  model::Job job = testing::make_job("web").group("g", 2).task("t").cpu(400).memory(64).build();
  state::Draft draft{state::Snapshot()};
};

TEST_F(InvariantsTest, WhatFitsIsFine) {
  node.status = model::NodeStatus::Ready;
  draft.put_node(node);
  const auto snapshot = with({alloc(1), alloc(2)});
  EXPECT_EQ(message(check_node(snapshot, node.id)), "");
  EXPECT_EQ(message(check_counts(snapshot, job.key())), "");
}

TEST_F(InvariantsTest, APortThatIsHeldTwiceIsFound) {
  auto first = alloc(1), second = alloc(2);
  first.ports = second.ports = {{.label = "http", .value = 8080}};
  EXPECT_THAT(message(check_node(with({first, second}), node.id)), HasSubstr("port 8080 is held twice"));
}

TEST_F(InvariantsTest, ACoreThatTwoTasksHaveAtATimeIsFound) {
  auto made = alloc(1);
  made.cores = {{.task = "t", .cores = {0}}, {.task = "u", .cores = {0}}};
  EXPECT_THAT(message(check_node(with({made}), node.id)), HasSubstr("core 0 is held twice at a time"));
}

TEST_F(InvariantsTest, TooMuchOnANodeIsFound) {
  EXPECT_THAT(message(check_node(with({alloc(1), alloc(2), alloc(3)}), node.id)), HasSubstr("more than it has"));
}

TEST_F(InvariantsTest, TooManyOfAGroupAreFound) {
  node.status = model::NodeStatus::Ready;
  draft.put_node(node);
  EXPECT_THAT(message(check_counts(with({alloc(1), alloc(2), alloc(3)}), job.key())), HasSubstr("wants 2"));
}

TEST_F(InvariantsTest, AnEndThatIsTakenBackIsFound) {
  auto before = alloc(1), after = alloc(1);
  before.client_status = ClientStatus::Failed;
  after.client_status = ClientStatus::Running;
  EXPECT_THAT(message(check_successor(before, after)), HasSubstr("had ended"));
  after.client_status = ClientStatus::Complete;
  EXPECT_THAT(message(check_successor(before, after)), HasSubstr("two ways"));
}

TEST_F(InvariantsTest, RowsThatDoNotFollowFromTheCommandsAreFound) {
  const std::vector<state::Command> history{state::make_command(state::RegisterNode{.node = node})};
  EXPECT_FALSE(check_replay(history, {}));
}

}  // namespace
}  // namespace drover::sim
