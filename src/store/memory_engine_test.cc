#include "store/memory_engine.h"

#include "store/engine_test.h"

namespace drover::store {
namespace {

TEST(MemoryEngine, GivesBackWhatWasWritten) {
  MemoryEngine engine(2);
  for (uint64_t index = 1; index <= 50; ++index) ASSERT_TRUE(engine.write(index, numbered_batch(index)));
  const auto loaded = load_all(engine);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->index, 50u);
  EXPECT_EQ(loaded->rows, rows_after(50));
  EXPECT_EQ(engine.usage().writes, 50u);
}

TEST(MemoryEngine, RefusesWritesWhileTheDiskIsFullAndRecovers) {
  MemoryEngine engine(2);
  engine.fail_next_write(MemoryEngine::Fault::DiskFull, 2);
  const std::vector<RowChange> changes{put(kJobs, "web", "1")};
  expect_code(engine.write(1, changes), ErrorCode::ResourceExhausted);
  expect_code(engine.write(1, changes), ErrorCode::ResourceExhausted);
  EXPECT_TRUE(load_all(engine)->rows.empty());
  EXPECT_TRUE(engine.write(1, changes));
}

TEST(MemoryEngine, FailsForGoodAfterAnIoErrorOrTheLossOfLeadership) {
  using Fault = MemoryEngine::Fault;
  for (const auto& [fault, code] :
       {std::pair(Fault::WriteError, ErrorCode::Internal), {Fault::Deposed, ErrorCode::Conflict}}) {
    MemoryEngine engine(2);
    engine.fail_next_write(fault);
    expect_code(engine.write(1, numbered_batch(1)), code);
    expect_code(engine.write(2, numbered_batch(2)), code);
    EXPECT_EQ(engine.usage().writes, 0u);
    engine.restart();
    EXPECT_TRUE(engine.write(1, numbered_batch(1)));
  }
}

TEST(MemoryEngine, RefusesBatchesThatBreakTheContract) {
  MemoryEngine engine(2, {.changes = 2, .bytes = 100});
  ASSERT_TRUE(engine.write(5, {}));
  const std::vector<std::vector<RowChange>> bad{
      {put(TableId{2}, "k", "v")},
      {put(kJobs, "", "v")},
      {put(kJobs, "a", ""), put(kJobs, "b", ""), put(kJobs, "c", "")},
      {put(kJobs, "k", std::string(100, 'v'))},
  };
  for (const auto& changes : bad) expect_code(engine.write(6, changes), ErrorCode::InvalidArgument);
  expect_code(engine.write(5, {}), ErrorCode::InvalidArgument);
}

TEST(MemoryEngine, AnErrorOfTheSinkEndsTheLoad) {
  MemoryEngine engine(2);
  ASSERT_TRUE(engine.write(1, std::vector{put(kJobs, "a", "1"), put(kJobs, "b", "2")}));
  int calls = 0;
  const auto loaded = engine.load([&](TableId, std::string_view, std::string_view) -> Status {
    ++calls;
    return err(ErrorCode::Internal, "cannot decode");
  });
  EXPECT_FALSE(loaded);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace drover::store
