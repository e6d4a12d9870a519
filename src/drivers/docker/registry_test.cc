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
                        encode_auth({.username = kUser, .password = kPassword}, {.registry = "127.0.0.1"}));
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
  EXPECT_TRUE(has_image());
  EXPECT_TRUE(run((*task)->destroy()));
  EXPECT_TRUE(eventually([&] { return !has_image(); }));
}

}  // namespace
}  // namespace drover::drivers
