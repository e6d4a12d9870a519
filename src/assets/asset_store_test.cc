#include "assets/asset_store.h"

#include "assets/scripted_server.h"
#include "testutil/fake_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <future>

namespace drover::assets {
namespace {

using ::testing::HasSubstr;

// With real helper processes (main() in fetcher_test.cc) and a server that counts.
class AssetStoreTest : public ::testing::Test {
 protected:
  AssetStoreTest() {
    std::string path = "/tmp/drover-store-XXXXXX";
    root_ = ::mkdtemp(path.data());
    options_.directory = root_ + "/assets";
    loop_.start();
  }
  ~AssetStoreTest() override {
    close();
    loop_.stop();
    loop_.join();
    std::ignore = sys::Directory::open(root_).value().remove_tree("");
    ::rmdir(root_.c_str());
  }

  template <class T>
  static net::Task<void> deliver(net::Task<T> task, std::promise<T>* out) {
    T value = co_await std::move(task);
    out->set_value(std::move(value));
  }
  template <class T>
  T await(std::function<net::Task<T>()> make) {
    std::promise<T> done;
    loop_.post("test", [&] { loop_.spawn("test", deliver(make(), &done)); });
    return done.get_future().get();
  }
  void on_loop(std::function<void()> work) {
    std::promise<void> done;
    loop_.post("test", [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void advance(Duration by) {
    on_loop([&] { clock_.advance(by); });
  }

  void open(std::function<bool(const std::string&)> lives = [](const std::string&) { return true; }) {
    on_loop([&] { store_ = AssetStore::create(loop_, clock_, options_); });
    const auto opened = await<Status>([&] { return store_->open(lives); });
    ASSERT_TRUE(opened) << opened.error().message();
  }
  // Returns when it has written what it had to: two stores never share a directory.
  void close() {
    std::weak_ptr<AssetStore> closing;
    on_loop([&] {
      if (store_) store_->stop();
      closing = store_;
      store_.reset();
    });
    while (!closing.expired()) on_loop([] {});
  }
  Result<std::string> acquire(const model::Asset& asset, const std::string& user) {
    return await<Result<std::string>>([&] { return store_->acquire(asset, Hold::Use, user, {}); });
  }
  void release(const std::string& user) {
    on_loop([&] { store_->release(user); });
  }
  std::vector<AssetInfo> list() {
    std::vector<AssetInfo> out;
    on_loop([&] { out = store_->list(); });
    return out;
  }
  static std::string read(const std::string& path) {
    const size_t slash = path.rfind('/');
    const auto directory = sys::Directory::open(path.substr(0, slash));
    return directory ? directory->read(path.substr(slash + 1)).value_or("(none)") : "(none)";
  }

  model::Asset asset(const std::string& name, const std::string& key = {}) const {
    model::Asset out;
    out.type = "S3";
    out.url = server_.url() + "/bucket/" + name;
    out.files = {"file"};
    out.access_key_id = key;
    out.secret_access_key = key;
    return out;
  }

  std::string root_;
  AssetStoreOptions options_;
  testing::FakeClock clock_;
  net::Loop loop_{"test"};
  ScriptedServer server_{[](const std::string&) { return reply("200 OK", "1234567890", "ETag: \"e\"\r\n"); }};
  std::shared_ptr<AssetStore> store_;
};

TEST_F(AssetStoreTest, DownloadsOnceForAllWhoAsk) {
  open();
  std::promise<Result<std::string>> first, second;
  on_loop([&] {
    loop_.spawn("test", deliver(store_->acquire(asset("a"), Hold::Use, "1/t", {}), &first));
    loop_.spawn("test", deliver(store_->acquire(asset("a"), Hold::Use, "2/t", {}), &second));
  });
  const auto path = first.get_future().get();
  ASSERT_TRUE(path) << path.error().message();
  EXPECT_EQ(read(*path + "/file"), "1234567890");
  EXPECT_EQ(second.get_future().get().value(), *path);
  EXPECT_EQ(server_.requests(), 1);
  EXPECT_EQ(acquire(asset("a"), "3/t").value(), *path);
  EXPECT_EQ(server_.requests(), 1);
  EXPECT_EQ(list().at(0).record.users.size(), 3u);
  EXPECT_EQ(list().at(0).record.bytes, 10u);
}

TEST_F(AssetStoreTest, NobodyCanWriteToWhatItHolds) {
  open();
  const std::string path = acquire(asset("a"), "1/t").value();
  struct stat info = {};
  ASSERT_EQ(::stat((path + "/file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0444u);
  EXPECT_EQ(info.st_uid, ::getuid());
}

TEST_F(AssetStoreTest, GivesNothingToWhoHasOtherCredentials) {
  open();
  const std::string path = acquire(asset("a", "key"), "1/t").value();
  EXPECT_NE(acquire(asset("a"), "2/t").value(), path);
  EXPECT_NE(acquire(asset("a", "other"), "3/t").value(), path);
  EXPECT_EQ(server_.requests(), 3);
}

TEST_F(AssetStoreTest, FindsEverythingAgainAfterARestart) {
  open();
  const std::string path = acquire(asset("a"), "1/t").value();
  std::ignore = acquire(asset("b"), "2/t");
  close();
  open([](const std::string& user) { return user == "1/t"; });
  EXPECT_EQ(acquire(asset("a"), "3/t").value(), path);
  EXPECT_EQ(server_.requests(), 2);
  size_t users = 0;
  for (const AssetInfo& info : list()) users += info.record.users.size();
  EXPECT_EQ(users, 2u);
}

TEST_F(AssetStoreTest, ExpiresADayAfterTheDownloadUnlessItIsInUse) {
  open();
  std::ignore = acquire(asset("a"), "1/t");
  advance(std::chrono::hours(25));
  std::ignore = acquire(asset("a"), "2/t");
  EXPECT_EQ(server_.requests(), 1);
  release("1/t");
  release("2/t");
  bool holds = true;
  on_loop([&] { holds = store_->holds(asset("a")); });
  EXPECT_FALSE(holds);
  std::ignore = acquire(asset("a"), "3/t");
  EXPECT_EQ(server_.requests(), 2);
}

TEST_F(AssetStoreTest, MakesRoomByWhatWasUsedLongestAgo) {
  options_.max_bytes = 25;
  open();
  for (const char* name : {"a", "b"}) {
    std::ignore = acquire(asset(name), "1/t");
    advance(std::chrono::seconds(1));
  }
  release("1/t");
  advance(std::chrono::seconds(1));
  std::ignore = acquire(asset("b"), "2/t");
  ASSERT_TRUE(acquire(asset("c"), "2/t"));
  EXPECT_EQ(list().size(), 2u);
  const auto refused = acquire(asset("d"), "2/t");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::ResourceExhausted);
  EXPECT_EQ(list().size(), 2u);
}

TEST_F(AssetStoreTest, KeepsWhatIsPinned) {
  open();
  ASSERT_TRUE(await<Status>([&] { return store_->prefetch(asset("a")); }));
  advance(std::chrono::hours(100));
  const auto evicted = await<Result<uint64_t>>([&] { return store_->evict(""); });
  EXPECT_EQ(evicted.value(), 0u);
  EXPECT_EQ(list().size(), 1u);
  on_loop([&] { store_->unpin_all_but({asset("a"), asset("b")}); });
  EXPECT_EQ(await<Result<uint64_t>>([&] { return store_->evict(""); }).value(), 0u);
  on_loop([&] { store_->unpin_all_but({asset("b")}); });
  EXPECT_EQ(await<Result<uint64_t>>([&] { return store_->evict(""); }).value(), 10u);
}

TEST_F(AssetStoreTest, EvictsByKeyWhatIsNotInUse) {
  open();
  std::ignore = acquire(asset("a"), "1/t");
  const std::string key = list().at(0).key;
  EXPECT_EQ(await<Result<uint64_t>>([&] { return store_->evict(key); }).error().code(), ErrorCode::Conflict);
  release("1/t");
  EXPECT_EQ(await<Result<uint64_t>>([&] { return store_->evict(key); }).value(), 10u);
  EXPECT_EQ(await<Result<uint64_t>>([&] { return store_->evict(key); }).error().code(), ErrorCode::NotFound);
}

TEST_F(AssetStoreTest, SaysWhyADownloadFailed) {
  ScriptedServer refusing([](const std::string&) { return reply("403 Forbidden", ""); });
  open();
  model::Asset secret = asset("a", "key");
  secret.url = refusing.url() + "/bucket/a";
  const auto failed = acquire(secret, "1/t");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::PermissionDenied);
  EXPECT_THAT(failed.error().message(), HasSubstr("403 Forbidden"));
  EXPECT_TRUE(list().empty());
}

}  // namespace
}  // namespace drover::assets
