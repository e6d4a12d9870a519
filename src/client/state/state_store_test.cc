#include "client/state/state_store.h"

#include "client/testing.h"
#include "sys/files.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

class StateStoreTest : public ::testing::Test {
 protected:
  StateStore open() {
    auto store = StateStore::open(dir.path());
    EXPECT_TRUE(store);
    return *store;
  }
  AllocRecord record(uint64_t number) {
    const auto job = make_job(model::JobType::Service, {mock_task("t", {})});
    return {.alloc = make_alloc(job, number), .job = job};
  }

  TestDir dir;
  SeededRandom random{1};
};

TEST_F(StateStoreTest, KeepsTheIdentity) {
  const auto first = open().identity(random);
  ASSERT_TRUE(first);
  const auto second = open().identity(random);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->node_id, first->node_id);
  EXPECT_EQ(second->secret_id, first->secret_id);
}

TEST_F(StateStoreTest, RefusesADamagedIdentity) {
  ASSERT_TRUE(open().identity(random));
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/identity", "junk"));
  EXPECT_FALSE(open().identity(random));
}

TEST_F(StateStoreTest, RestoresWhatWasWritten) {
  const auto alloc = record(1);
  ASSERT_TRUE(open().write_alloc(alloc));
  TaskRecord task{.state = {.state = model::TaskStateKind::Running, .restarts = 3}, .prepared = true};
  task.handle = drivers::TaskHandle{.driver = "mock_driver"};
  ASSERT_TRUE(open().write_task(alloc.alloc.id, "t", task));
  const auto restored = open().load();
  ASSERT_TRUE(restored);
  ASSERT_EQ(restored->allocs.size(), 1u);
  const auto& back = restored->allocs[0].tasks.at("t");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state.restarts, 3u);
  EXPECT_EQ(back->handle->driver, "mock_driver");
  EXPECT_TRUE(back->prepared);
}

TEST_F(StateStoreTest, ATaskWithoutARecordIsNew) {
  ASSERT_TRUE(open().write_alloc(record(1)));
  const auto restored = open().load();
  ASSERT_TRUE(restored);
  EXPECT_TRUE(restored->allocs.at(0).tasks.at("t"));
}

// cases.md 6
TEST_F(StateStoreTest, DamageCostsOnlyWhatIsDamaged) {
  const auto bad = record(1);
  const auto good = record(2);
  ASSERT_TRUE(open().write_alloc(bad));
  ASSERT_TRUE(open().write_alloc(good));
  ASSERT_TRUE(open().write_task(good.alloc.id, "t", {}));
  ASSERT_TRUE(sys::write_file_atomic(dir.path() + "/client/allocs/" + bad.alloc.id.str() + "/alloc", "junk"));
  ASSERT_TRUE(sys::write_file_atomic(open().task_directory(good.alloc.id, "t") + "/record", ""));
  const auto restored = open().load();
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->unreadable, std::vector<model::AllocId>{bad.alloc.id});
  ASSERT_EQ(restored->allocs.size(), 1u);
  EXPECT_FALSE(restored->allocs[0].tasks.at("t"));
}

TEST_F(StateStoreTest, ForgetsARemovedAllocation) {
  const auto alloc = record(1);
  ASSERT_TRUE(open().write_alloc(alloc));
  ASSERT_TRUE(open().remove_alloc(alloc.alloc.id));
  EXPECT_TRUE(open().load()->allocs.empty());
}

}  // namespace
}  // namespace drover::client
