#include "base/persistent_map.h"

#include "base/random.h"
#include "base/uuid.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace drover {
namespace {

using Map = PersistentMap<uint64_t, std::shared_ptr<const uint64_t>>;
using Model = std::map<uint64_t, uint64_t>;

std::shared_ptr<const uint64_t> row(uint64_t value) {
  return std::make_shared<const uint64_t>(value);
}

template <class AnyMap>
void expect_same(const AnyMap& map, const Model& model) {
  ASSERT_EQ(map.size(), model.size());
  auto expected = model.begin();
  for (const auto& [key, value] : map) {
    ASSERT_NE(expected, model.end());
    ASSERT_EQ(key, expected->first);
    ASSERT_EQ(*value, expected->second);
    ++expected;
  }
  ASSERT_EQ(expected, model.end());
}

template <class AnyMap>
void expect_same_lookups(const AnyMap& map, const Model& model, uint64_t key) {
  const auto expected = model.find(key);
  const auto* found = map.find(key);
  ASSERT_EQ(found != nullptr, expected != model.end());
  if (found) ASSERT_EQ(**found, expected->second);

  auto it = map.lower_bound(key);
  auto expected_it = model.lower_bound(key);
  for (int step = 0; step < 40 && expected_it != model.end(); ++step, ++it, ++expected_it) {
    ASSERT_NE(it, map.end());
    ASSERT_EQ(it->key, expected_it->first);
  }
  if (expected_it == model.end()) ASSERT_EQ(it, map.end());
}

// A random walk whose phases grow and shrink the map, in random, ascending and descending key order.
class RandomWalk {
 public:
  explicit RandomWalk(uint64_t seed) : random_(seed), key_space_(16ULL << random_.below(12)) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (i % 500 == 0) start_phase();
      step();
      if (random_.below(100) == 0) expect_same_lookups(draft_, model_, random_.below(key_space_ + 2));
      if (random_.below(300) == 0) snapshots_.emplace_back(draft_.persistent(), model_);
      if (random_.below(1000) == 0) rewind();
    }
  }

  void verify_all() {
    expect_same(draft_, model_);
    for (const auto& [map, model] : snapshots_) expect_same(map, model);
  }

  void erase_to_empty() {
    while (!model_.empty()) {
      auto victim = model_.lower_bound(random_.below(key_space_));
      if (victim == model_.end()) victim = model_.begin();
      ASSERT_TRUE(draft_.erase(victim->first));
      model_.erase(victim);
    }
    EXPECT_EQ(draft_.begin(), draft_.end());
    EXPECT_TRUE(draft_.persistent().empty());
  }

 private:
  void start_phase() {
    erase_percent_ = random_.below(3) == 0 ? 80 : 20;
    direction_ = static_cast<int>(random_.below(3)) - 1;
    cursor_ = random_.below(key_space_);
  }

  void step() {
    cursor_ = direction_ == 0 ? random_.below(key_space_) : (cursor_ + static_cast<uint64_t>(direction_)) % key_space_;
    const uint64_t action = random_.below(100), value = random_.next();
    if (action < erase_percent_) {
      ASSERT_EQ(draft_.erase(cursor_), model_.erase(cursor_) == 1);
    } else if (action < erase_percent_ + 5) {
      auto* slot = draft_.edit(cursor_);
      const auto expected = model_.find(cursor_);
      ASSERT_EQ(slot != nullptr, expected != model_.end());
      if (slot) *slot = row(expected->second = value);
    } else {
      ASSERT_EQ(draft_.insert_or_assign(cursor_, row(value)), !model_.contains(cursor_));
      model_[cursor_] = value;
    }
  }

  // Goes on from an old version, dropping the newer one.
  void rewind() {
    if (snapshots_.empty()) return;
    const auto& [map, model] = snapshots_[random_.below(snapshots_.size())];
    draft_ = map.transient();
    model_ = model;
  }

  SeededRandom random_;
  uint64_t key_space_;
  uint64_t erase_percent_ = 0;
  uint64_t cursor_ = 0;
  int direction_ = 0;
  Map::Transient draft_ = Map().transient();
  Model model_;
  std::vector<std::pair<Map, Model>> snapshots_;
};

TEST(PersistentMap, BehavesAsStdMapAndKeepsEverySnapshot) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomWalk walk(seed);
    ASSERT_NO_FATAL_FAILURE(walk.run(6000));
    ASSERT_NO_FATAL_FAILURE(walk.verify_all());
    ASSERT_NO_FATAL_FAILURE(walk.erase_to_empty());
  }
}

TEST(PersistentMap, ErasesByAReferenceToItsOwnKey) {
  auto draft = PersistentMap<std::string, int>().transient();
  for (int i = 0; i < 100; ++i)
    draft.insert_or_assign("a key too long for the small string buffer " + std::to_string(i), i);
  const auto all = draft.persistent();
  while (!draft.empty()) ASSERT_TRUE(draft.erase(draft.begin()->key));
  EXPECT_EQ(all.size(), 100u);
}

TEST(PersistentMap, IsEmptyWhenNew) {
  const Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(uint64_t{1}), nullptr);
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_EQ(map.lower_bound(uint64_t{1}), map.end());
  auto draft = map.transient();
  EXPECT_FALSE(draft.erase(uint64_t{1}));
  EXPECT_EQ(draft.edit(uint64_t{1}), nullptr);
}

TEST(PersistentMap, BuildsFromSortedEntriesOfAnySizeAndCanBeEdited) {
  for (const uint64_t size : {0, 1, 15, 16, 17, 100, 512, 513, 5000, 40000}) {
    SCOPED_TRACE(size);
    std::vector<Map::Entry> entries;
    Model model;
    for (uint64_t i = 0; i < size; ++i) {
      entries.push_back({i * 2, row(i)});
      model[i * 2] = i;
    }
    const Map map = Map::from_sorted(std::move(entries));
    expect_same(map, model);

    auto draft = map.transient();
    Model edited = model;
    SeededRandom random(size + 1);
    for (int i = 0; i < 2000; ++i) {
      const uint64_t key = random.below(size * 2 + 10);
      if (random.below(2) == 0) {
        draft.insert_or_assign(key, row(key));
        edited[key] = key;
      } else {
        draft.erase(key);
        edited.erase(key);
      }
    }
    expect_same(draft, edited);
    expect_same(map, model);
  }
}

TEST(PersistentMap, ErasesADeepTreeFromEitherEnd) {
  Model model;
  auto draft = Map().transient();
  for (uint64_t i = 0; i < 30000; ++i) {
    draft.insert_or_assign(i, row(i));
    model[i] = i;
  }
  const Map full = draft.persistent();
  for (uint64_t i = 0; i < 30000; ++i) ASSERT_TRUE(draft.erase(i));
  EXPECT_TRUE(draft.empty());

  draft = full.transient();
  for (uint64_t i = 30000; i-- > 0;) ASSERT_TRUE(draft.erase(i));
  EXPECT_TRUE(draft.empty());
  expect_same(full, model);
}

TEST(PersistentMap, LooksUpByOtherTypesThatTheOrderAccepts) {
  auto draft = PersistentMap<std::string, int>().transient();
  for (const char* name : {"batch", "web", "cache", "a name too long for the small string buffer"}) {
    draft.insert_or_assign(name, 1);
  }
  const auto map = std::move(draft).persistent();
  EXPECT_TRUE(map.contains(std::string_view("web")));
  EXPECT_EQ(map.lower_bound(std::string_view("c"))->key, "cache");
  EXPECT_EQ(map.lower_bound("x"), map.end());
}

TEST(PersistentMap, RangesOverThePrefixOfATupleKey) {
  auto draft = PersistentSet<std::tuple<std::string, uint64_t>>().transient();
  for (uint64_t i = 0; i < 300; ++i) draft.insert_or_assign({"job" + std::to_string(i % 3), i});
  const auto index = draft.persistent();
  size_t found = 0;
  for (auto it = index.lower_bound(std::tuple("job1", uint64_t{0}));
       it != index.end() && std::get<0>(it->key) == "job1"; ++it) {
    EXPECT_EQ(std::get<1>(it->key) % 3, 1u);
    ++found;
  }
  EXPECT_EQ(found, 100u);
}

TEST(PersistentMap, AnEntryOfASetTakesNoMoreThanItsKey) {
  EXPECT_EQ(sizeof(PersistentSet<std::pair<Uuid, Uuid>>::Entry), sizeof(std::pair<Uuid, Uuid>));
  EXPECT_EQ(sizeof(Map), 2 * sizeof(void*));
}

TEST(PersistentMap, MovedFromIsEmpty) {
  auto draft = Map().transient();
  draft.insert_or_assign(1, row(1));
  Map map = std::move(draft).persistent();
  const Map moved = std::move(map);
  EXPECT_EQ(map.size(), 0u);  // NOLINT(bugprone-use-after-move): what the class promises
  EXPECT_EQ(moved.size(), 1u);
}

TEST(PersistentMap, FreesEveryValueWithTheLastVersion) {
  const auto value = row(7);
  {
    auto draft = Map().transient();
    for (uint64_t i = 0; i < 1000; ++i) draft.insert_or_assign(i, value);
    const Map first = draft.persistent();
    for (uint64_t i = 0; i < 1000; i += 3) draft.erase(i);
    const Map second = draft.persistent();
    draft.clear();
    EXPECT_EQ(first.size(), 1000u);
    EXPECT_EQ(second.size(), 666u);
  }
  EXPECT_EQ(value.use_count(), 1);
}

// Readers check that a version holds exactly the values of the round it was published in, while the writer edits on.
TEST(PersistentMap, OlderVersionsAreReadWhileAWriterEdits) {
  constexpr uint64_t kKeys = 2000, kRounds = 200;
  std::mutex mutex;
  Map published;
  uint64_t published_round = 0;
  std::atomic<bool> done = false;

  auto read = [&] {
    do {
      Map map;
      uint64_t round;
      {
        const std::lock_guard lock(mutex);
        map = published;
        round = published_round;
      }
      uint64_t newest = 0;
      for (const auto& entry : map) newest = std::max(newest, *entry.value);
      EXPECT_EQ(newest, round);
      EXPECT_EQ(map.size(), round == 0 ? 0 : kKeys - round);
    } while (!done);
  };
  std::thread first(read), second(read);

  SeededRandom random(1);
  auto draft = published.transient();
  for (uint64_t round = 1; round <= kRounds; ++round) {
    if (round == 1) {
      for (uint64_t key = 0; key < kKeys; ++key) draft.insert_or_assign(key, row(round));
    }
    draft.erase(round - 1);
    for (int i = 0; i < 50; ++i) draft.insert_or_assign(round + random.below(kKeys - round), row(round));
    Map next = draft.persistent();
    const std::lock_guard lock(mutex);
    std::swap(published, next);
    published_round = round;
  }
  done = true;
  first.join();
  second.join();
}

TEST(PersistentMap, ForEachChangeFindsExactlyWhatDiffers) {
  SeededRandom random(7);
  PersistentMap<uint64_t, uint64_t> before;
  for (int round = 0; round < 60; ++round) {
    auto draft = before.transient();
    const uint64_t edits = random.below(round % 3 == 0 ? 400 : 4);
    for (uint64_t i = 0; i < edits; ++i) {
      const uint64_t key = random.below(3000);
      if (random.below(3) == 0) {
        draft.erase(key);
      } else {
        draft.insert_or_assign(key, random.below(5));
      }
    }
    const PersistentMap<uint64_t, uint64_t> after = draft.persistent();
    std::map<uint64_t, std::pair<int64_t, int64_t>> expected, found;
    const auto value = [](const uint64_t* v) { return v ? static_cast<int64_t>(*v) : -1; };
    for (uint64_t key = 0; key < 3000; ++key) {
      const auto was = value(before.find(key)), is = value(after.find(key));
      if (was != is) expected[key] = {was, is};
    }
    PersistentMap<uint64_t, uint64_t>::for_each_change(
        before, after, [&](uint64_t key, const uint64_t* was, const uint64_t* is) {
          EXPECT_TRUE(found.emplace(key, std::pair(value(was), value(is))).second);
        });
    EXPECT_EQ(found, expected) << "round " << round;
    before = after;
  }
}

}  // namespace
}  // namespace drover
