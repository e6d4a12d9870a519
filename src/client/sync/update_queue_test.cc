#include "client/sync/update_queue.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

const model::AllocId kA(Uuid{.hi = 1, .lo = 1});
const model::AllocId kB(Uuid{.hi = 2, .lo = 2});

model::Allocation report(model::AllocId id, model::ClientStatus status) {
  model::Allocation out;
  out.id = id;
  out.client_status = status;
  return out;
}

TEST(UpdateQueue, SendsTheNewestReportOfEachAllocation) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Pending));
  queue.put(report(kB, model::ClientStatus::Pending));
  queue.put(report(kA, model::ClientStatus::Running));
  const auto updates = queue.take_allocs(10);
  ASSERT_TRUE(updates);
  EXPECT_EQ(updates->sequence, 1u);
  ASSERT_EQ(updates->allocs.size(), 2u);
  EXPECT_EQ(updates->allocs[0].client_status, model::ClientStatus::Running);
  EXPECT_FALSE(queue.take_allocs(10));
}

TEST(UpdateQueue, KeepsWhatIsNotAcknowledgedForTheNextStream) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Running));
  const auto first = queue.take_allocs(10);
  queue.put(report(kB, model::ClientStatus::Running));
  queue.take_allocs(10);
  queue.ack(first->sequence);
  queue.resend();
  const auto again = queue.take_allocs(10);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->allocs.size(), 1u);
  EXPECT_EQ(again->allocs[0].id, kB);
  EXPECT_GT(again->sequence, 2u);
}

TEST(UpdateQueue, AnAckOfAnOldReportLeavesTheNewOne) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Pending));
  const auto old = queue.take_allocs(10);
  queue.put(report(kA, model::ClientStatus::Running));
  queue.ack(old->sequence);
  EXPECT_TRUE(queue.has_unsent());
  EXPECT_EQ(queue.take_allocs(10)->allocs[0].client_status, model::ClientStatus::Running);
}

TEST(UpdateQueue, ServicesShareTheSequence) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Running));
  queue.put(rpc::AllocServices{.alloc_id = kA});
  EXPECT_EQ(queue.take_allocs(10)->sequence, 1u);
  EXPECT_EQ(queue.take_services(10)->sequence, 2u);
  queue.ack(2);
  EXPECT_TRUE(queue.empty());
}

TEST(UpdateQueue, SplitsLongLists) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Running));
  queue.put(report(kB, model::ClientStatus::Running));
  EXPECT_EQ(queue.take_allocs(1)->allocs.size(), 1u);
  EXPECT_TRUE(queue.has_unsent());
  EXPECT_EQ(queue.take_allocs(1)->allocs[0].id, kB);
  EXPECT_FALSE(queue.has_unsent());
}

TEST(UpdateQueue, ForgetsWhatTheServersForgot) {
  UpdateQueue queue;
  queue.put(report(kA, model::ClientStatus::Complete));
  queue.forget(kA);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace drover::client
