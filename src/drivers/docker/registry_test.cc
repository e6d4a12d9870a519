#include "base/strings.h"
#include "drivers/docker/docker_test_support.h"
#include "drivers/docker/registry_auth.h"
#include "sys/process.h"

#include <csignal>

#include <gmock/gmock.h>

namespace drover::drivers {
namespace {

using ::testing::HasSubstr;

constexpr const char* kUser = "drover";
constexpr const char* kPassword = "s3cret";
constexpr const char* kHtpasswd = "drover:$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG\n";

// A real registry on loopback that wants credentials (package docker-registry).
class RegistryTest : public testing::DockerTest {
 protected:
  void SetUp() override {
    DockerTest::SetUp();
    if (IsSkipped()) return;
    const auto program = sys::find_executable("docker-registry", "/usr/bin:/usr/local/bin", "/");
    if (!program) GTEST_SKIP() << "there is no docker-registry";
    const std::string config = "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: " + root_ +
                               "/registry}}\nhttp: {addr: \"127.0.0.1:" + std::to_string(port_) +
                               "\"}\nauth: {htpasswd: {realm: test, path: " + root_ + "/htpasswd}}\n";
    ASSERT_TRUE(sys::write_file_atomic(root_ + "/registry.yml", config));
    ASSERT_TRUE(sys::write_file_atomic(root_ + "/htpasswd", kHtpasswd));
    auto process = sys::spawn({.executable = *program, .argv = {*program, "serve", root_ + "/registry.yml"}});
    ASSERT_TRUE(process) << process.error().message();
    process_ = std::move(*process);
    const auto client = net::HttpClient::create("http://127.0.0.1:" + std::to_string(port_));
    ASSERT_TRUE(eventually([&] { return run(client->request({.target = "/"})).has_value(); }));
    push();
  }

  ~RegistryTest() override {
    if (api_) std::ignore = run(api_->remove("/images/" + image()));
    if (!process_.pidfd.valid()) return;
    std::ignore = sys::send_signal(process_, SIGKILL);
    std::ignore = sys::wait(process_, std::chrono::seconds(10));
  }

  std::string repository() const { return "127.0.0.1:" + std::to_string(port_) + "/team/app"; }
  std::string image() const { return repository() + ":1"; }

  // Puts the test image into the registry and removes it from the daemon.
  void push() {
    const std::string from = std::string("/images/") + kImage;
    ASSERT_TRUE(run(api_->post(from + "/tag?tag=1&repo=" + net::url_encode(repository()))));
    net::HttpClientRequest request{.method = "POST", .target = "/images/" + repository() + "/push?tag=1"};
    request.headers.set("X-Registry-Auth",
                        encode_auth({.auth = {.username = kUser, .password = kPassword}}, {.registry = "127.0.0.1"}));
    auto stream = run(api_->open(std::move(request), {}));
    ASSERT_TRUE(stream) << stream.error().message();
    const auto answer = run(stream->read_all(1 << 20));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->find("errorDetail"), std::string::npos) << *answer;
    ASSERT_TRUE(run(api_->remove("/images/" + image())));
  }

  TaskConfig app(std::string name, codec::Value auth) {
    codec::Value config = codec::Value::Object{{"image", std::move(name)}, {"command", "/bin/true"}};
    if (!auth.is_null()) config.set("auth", std::move(auth));
    return task_config("web", config);
  }
  static codec::Value credentials(const char* password) {
    return codec::Value::Array{codec::Value::Object{{"username", kUser}, {"password", password}}};
  }
  bool has_image() { return run(api_->get("/images/" + image() + "/json")).has_value(); }

  const int port_ = 10000 + ::getpid() % 10000;
  sys::Process process_;
};

TEST_F(RegistryTest, PullsWithTheTasksCredentials) {
  const auto task = start(app(image(), credentials(kPassword)));
  ASSERT_TRUE(task) << task.error().message();
  EXPECT_EQ(run((*task)->wait()).exit_code, 0);
  EXPECT_TRUE(has_image());
  EXPECT_EQ(codec::dump((*task)->handle().state).find(kPassword), std::string::npos);
}

TEST_F(RegistryTest, PullsWithTheNodesCredentials) {
  const std::string config = R"({"auths": {"127.0.0.1:)" + std::to_string(port_) + R"(": {"auth": ")" +
                             base64_encode(std::string(kUser) + ":" + kPassword) + R"("}}})";
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/config.json", config));
  restart_driver({.auth_config = root_ + "/config.json"});
  const auto task = start(app(image(), {}));
  ASSERT_TRUE(task) << task.error().message();
}

// A docker-credential program as the protocol wants it.
class CredentialHelperTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    if (IsSkipped()) return;
    path_ = std::getenv("PATH");
    ::setenv("PATH", (root_ + "/bin:" + path_).c_str(), 1);
    std::filesystem::create_directories(root_ + "/bin");
  }
  ~CredentialHelperTest() override {
    if (!path_.empty()) ::setenv("PATH", path_.c_str(), 1);
  }

  void make_helper(const std::string& script) {
    const std::string text = "#!/bin/sh\n[ \"$1\" = get ] || exit 9\nread -r server\n" + script;
    ASSERT_TRUE(sys::write_file_atomic(root_ + "/bin/docker-credential-test", text, 0755));
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  std::string path_;
};

TEST_F(CredentialHelperTest, PullsWithTheHelpersCredentials) {
  make_helper("[ \"$server\" = " + host() + " ] || exit 8\necho '" + R"({"ServerURL": "x", "Username": ")" + kUser +
              R"(", "Secret": ")" + kPassword + R"("}')" + "\n");
  restart_driver({.auth_helper = "test"});
  const auto task = start(app(image(), {}));
  EXPECT_TRUE(task) << task.error().message();
  ASSERT_TRUE(sys::write_file_atomic(root_ + "/config.json", R"({"credHelpers": {")" + host() + R"(": "test"}})"));
  EXPECT_EQ(node_credentials({.auth_config = root_ + "/config.json"}, host())->auth.password, kPassword);
}

TEST_F(CredentialHelperTest, SaysWhatTheHelperSays) {
  make_helper("echo 'the vault is locked'; exit 1\n");
  restart_driver({.auth_helper = "test"});
  const auto task = start(app(image(), {}));
  ASSERT_FALSE(task);
  EXPECT_THAT(task.error().message(), HasSubstr("docker-credential-test has no credentials for"));
  EXPECT_THAT(task.error().message(), HasSubstr("the vault is locked"));
  auto soft = app(image(), {});
  soft.config.set("auth_soft_fail", true);
  const auto anonymous = start(soft);
  ASSERT_FALSE(anonymous);
  EXPECT_THAT(anonymous.error().message(), HasSubstr("cannot pull image"));
}

TEST_F(CredentialHelperTest, TriesWithoutWhenTheHelperHasNone) {
  make_helper("echo 'credentials not found in native keychain'; exit 1\n");
  EXPECT_EQ(ask_helper("test", host()).error().code(), ErrorCode::NotFound);
}

TEST_F(RegistryTest, OnePullServesManyTasks) {
  std::vector<std::unique_ptr<RunningTask>> tasks;
  std::vector<DriverEvent> events;
  auto first = app(image(), credentials(kPassword));
  first.config.set("force_pull", true);  // So that the later one asks, too, even if the image has come meanwhile.
  auto second = first;
  second.task = "other";
  std::promise<void> done;
  int left = 2;
  const auto begin = [&](TaskConfig config) -> net::Task<void> {
    auto task = co_await driver_->start(std::move(config), [&](DriverEvent event) { events.push_back(event); });
    EXPECT_TRUE(task) << task.error().message();
    if (task) tasks.push_back(std::move(*task));
    if (--left == 0) done.set_value();
  };
  on_loop([&] {
    loop_.spawn("first", begin(first));
    loop_.spawn("second", begin(second));
  });
  done.get_future().get();
  EXPECT_EQ(events.size(), 2u);
  on_loop([&] {
    for (auto& task : tasks) tasks_.push_back(std::move(task));
  });
}

TEST_F(RegistryTest, AsksForLatestEachTimeAndTakesWhatIsThereIfItMust) {
  const std::string latest = repository() + ":latest";
  ASSERT_TRUE(
      run(api_->post(std::string("/images/") + kImage + "/tag?tag=latest&repo=" + net::url_encode(repository()))));
  const auto task = start(app(repository(), credentials(kPassword)));
  EXPECT_TRUE(task) << task.error().message();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_THAT(events_[1].message, HasSubstr("Using the image that is there: cannot pull image " + latest));
  auto forced = app(repository(), credentials(kPassword));
  forced.task = "forced";
  forced.config.set("force_pull", true);
  EXPECT_EQ(start(forced).error().code(), ErrorCode::NotFound);
  EXPECT_TRUE(run(tasks_.front()->destroy()));
  EXPECT_TRUE(run(api_->remove("/images/" + latest)));
}

TEST_F(RegistryTest, SaysWhenTheCredentialsAreWrongWithoutShowingThem) {
  const auto task = start(app(image(), credentials("wr0ng")));
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code(), ErrorCode::PermissionDenied) << task.error().message();
  EXPECT_FALSE(is_recoverable(task.error()));
  EXPECT_EQ(task.error().message().find("wr0ng"), std::string::npos);
}

TEST_F(RegistryTest, SaysWhenThereIsNoSuchImage) {
  const auto task = start(app(repository() + ":2", credentials(kPassword)));
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code(), ErrorCode::NotFound) << task.error().message();
  EXPECT_THAT(task.error().message(), HasSubstr("cannot pull image " + repository() + ":2"));
}

TEST_F(RegistryTest, RemovesAPulledImageThatIsNotUsedAnyMore) {
  restart_driver({.gc_image_delay = std::chrono::milliseconds(1)});
  const auto task = start(app(image(), credentials(kPassword)));
  ASSERT_TRUE(task) << task.error().message();
  run((*task)->wait());
  // Another task that found it there keeps it.
  auto other = app(image(), credentials(kPassword));
  other.task = "other";
  const auto second = start(other);
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_TRUE(run((*task)->destroy()));
  EXPECT_TRUE(has_image());
  EXPECT_TRUE(run((*second)->destroy()));
  EXPECT_TRUE(eventually([&] { return !has_image(); }));
}

TEST_F(RegistryTest, RemovesAPulledImageAlsoAfterARestart) {
  const std::string file = root_ + "/images";
  restart_driver({.gc_image_delay = std::chrono::hours(1), .pulled_images = file});
  const auto task = start(app(image(), credentials(kPassword)));
  ASSERT_TRUE(task) << task.error().message();
  run((*task)->wait());
  EXPECT_TRUE(run((*task)->destroy()));
  EXPECT_TRUE(eventually([&] { return sys::read_file(file).value_or("") == image() + "\n"; }));
  restart_driver({.gc_image_delay = std::chrono::milliseconds(1), .pulled_images = file});
  EXPECT_TRUE(eventually([&] { return !has_image(); }));
  EXPECT_TRUE(eventually([&] { return sys::read_file(file).value_or("?").empty(); }));
}

}  // namespace
}  // namespace drover::drivers
