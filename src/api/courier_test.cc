#include "api/flow_test_support.h"
#include "base/mutex.h"
#include "model/logistics.h"
#include "net/http_server.h"

#include <deque>
#include <thread>

namespace drover::api::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// What a job's owner runs: answers in order, the last one for ever.
class Endpoint {
 public:
  explicit Endpoint(net::Loop& loop)
      : http_({}, {&loop}, [this](net::HttpRequest request) { return answer(std::move(request)); }),
        port_(*http_.listen("127.0.0.1", 0)) {}
  ~Endpoint() { http_.stop(); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/%%global.job%%?key=1", port_); }
  void will_answer(int status, std::string body = "") {
    const MutexLock lock(mutex_);
    answers_.emplace_back(status, std::move(body));
  }
  std::vector<net::HttpRequest> asked() {
    const MutexLock lock(mutex_);
    return asked_;
  }

 private:
  net::Task<net::HttpResponse> answer(net::HttpRequest request) {
    const MutexLock lock(mutex_);
    asked_.push_back(std::move(request));
    const auto [status, body] = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    co_return net::json_response(status, body);
  }

  Mutex mutex_;
  std::deque<std::pair<int, std::string>> answers_ BASE_GUARDED_BY(mutex_);
  std::vector<net::HttpRequest> asked_ BASE_GUARDED_BY(mutex_);
  net::HttpServer http_;
  uint16_t port_;
};

class CourierTest : public ConfidentialTest {
 protected:
  ~CourierTest() override {
    carriers.stop();
    carriers.join();
  }

  void start(std::vector<std::string> allowed = {"127.0.0.0/8"}) {
    carriers.start();
    api->start_courier(carriers, {.allowed_networks = std::move(allowed), .between_tries = 1ms, .result_wait = 1ms});
  }
  void submit(const char* send, const char* receive) {
    model::Job job = state::testing::make_confidential_job("secret");
    const auto way = [&](const char* type) {
      const codec::Value args = codec::Value::Object{{"endpoint", endpoint.url()}};
      return codec::Value(codec::Value::Object{{"type", type}, {"args", args}});
    };
    job.logistics = codec::Value::Object{{"send", way(send)}, {"receive", way(receive)}};
    server.must(state::RegisterJob{.job = job});
  }
  // True once it is so.
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
    return condition();
  }
  std::string outcome() {
    comes_true([&] { return !job()->logistics_outcome.empty(); });
    return job()->logistics_outcome;
  }

  net::Loop carriers{"courier"};
  Endpoint endpoint{loop};
};

TEST_F(CourierTest, FetchesADefinitionUntilItCanBeTaken) {
  endpoint.will_answer(503);
  endpoint.will_answer(200, "{}");
  endpoint.will_answer(200, kDefinition);
  submit("api", "api-listen");
  start();
  ASSERT_TRUE(comes_true([&] { return !model::awaits_definition(*job()); }));
  EXPECT_EQ(job()->task_groups[0].tasks[0].name, "hidden");
  ASSERT_EQ(endpoint.asked().size(), 3u);
  EXPECT_EQ(endpoint.asked()[0].target, "/secret?key=1");
}

TEST_F(CourierTest, GivesUpAfterFourTries) {
  endpoint.will_answer(404);
  start();
  submit("api", "api-listen");
  EXPECT_THAT(outcome(), HasSubstr("the answer is 404"));
  EXPECT_EQ(endpoint.asked().size(), 4u);
  EXPECT_EQ(job()->stop_reason, model::kLogisticsError);
  EXPECT_EQ(at(get("/v1/job/secret/flow").json(), "status"), "logistics-error");
}

TEST_F(CourierTest, SaysWhereADefinitionIsWrongAndNothingOfWhatItSays) {
  endpoint.will_answer(200, R"({"version": "0.1", "type": "container", "ops": [{"type": "container/run", "id": "a",
    "args": {"image": 5, "env": {"PASSWORD": "very secret", "N": 1}}}]})");
  start();
  submit("api", "api-listen");
  EXPECT_THAT(outcome(), ::testing::AllOf(HasSubstr("the definition that came is wrong at 2:14, 2:61"),
                                          ::testing::Not(HasSubstr("secret"))));
}

TEST_F(CourierTest, GoesToNoPrivateAddressThatIsNotAllowed) {
  endpoint.will_answer(200, kDefinition);
  start({"10.0.0.0/8"});
  submit("api", "api-listen");
  EXPECT_THAT(outcome(), HasSubstr("127.0.0.1 has no public address"));
  EXPECT_TRUE(endpoint.asked().empty());
}

TEST_F(CourierTest, PostsTheResultUntilItIsTaken) {
  endpoint.will_answer(500);
  endpoint.will_answer(204);
  submit("api-listen", "api");
  end_the_job();
  start();
  EXPECT_EQ(outcome(), model::kDelivered);
  ASSERT_EQ(endpoint.asked().size(), 2u);
  EXPECT_EQ(endpoint.asked()[1].method, "POST");
  EXPECT_THAT(endpoint.asked()[1].body, HasSubstr(R"("operationId":"hidden")"));
}

TEST_F(CourierTest, AResultThatNobodyFetchesIsNotKeptWaiting) {
  submit("api-listen", "api-listen");
  start();
  end_the_job();
  EXPECT_THAT(outcome(), HasSubstr("nobody fetched the result"));
  EXPECT_EQ(get("/job/secret/results").status, 400);
}

}  // namespace
}  // namespace drover::api::testing
