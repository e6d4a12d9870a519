#include "cli/test_support.h"

#include <gmock/gmock.h>

// `job list`: jobs in Nosana's words.
namespace drover::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobList : public CliTest {
 protected:
  JobList() {
    const auto job = [](const char* id, const char* rest, int second) {
      return fmt::format(R"({{"ID":"{}","NodePool":"small","SubmitTime":{}000000000,{}}})", id, second, rest);
    };
    api_.answer("GET /v1/jobs", "[" + job("waits", R"("Status":"pending")", 1) + "," +
                                    job("runs", R"("Status":"running")", 4) + "," +
                                    job("done", R"("Status":"dead")", 2) + "," +
                                    job("late", R"("Status":"dead","Stop":true,"StopReason":"expired")", 5) + "," +
                                    job("ended", R"("Status":"dead","Stop":true)", 3) + "]");
  }
};

TEST_F(JobList, ShowsTheNewestFirst) {
  EXPECT_EQ(ask({"job", "list", "-limit", "3", "-offset", "1"}), 0) << err();
  EXPECT_THAT(out(), ::testing::MatchesRegex("ADDRESS +STATE +MARKET +TIME\n"
                                             "runs +RUNNING +small +1970-01-01T00:00:04Z\n"
                                             "ended +STOPPED +small +1970-01-01T00:00:03Z\n"
                                             "done +COMPLETED +small +1970-01-01T00:00:02Z\n"));
}

TEST_F(JobList, ShowsThoseOfAStateAndAMarket) {
  api_.answer("GET /v1/market/0x1", R"({"slug":"small"})");
  EXPECT_EQ(ask({"job", "list", "-state", "COMPLETED", "-market", "0x1", "-format", "json"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr(R"("address": "late")"));
  EXPECT_THAT(out(), HasSubstr(R"("totalJobs": 2)"));
  EXPECT_THAT(out(), Not(HasSubstr("runs")));
  EXPECT_EQ(ask({"job", "list", "-market", "large"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("No jobs"));
}

TEST_F(JobList, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(ask({"job", "list", "-state", "LOST"}), 0);
  EXPECT_THAT(err(), HasSubstr("-state is QUEUED, RUNNING, COMPLETED or STOPPED, not \"LOST\""));
  EXPECT_NE(ask({"job", "list", "-limit", "51"}), 0);
  EXPECT_THAT(err(), HasSubstr("-limit is from 1 to 50"));
}

}  // namespace
}  // namespace drover::cli
