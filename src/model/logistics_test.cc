#include "model/logistics.h"

#include "model/validate_test_support.h"

namespace drover::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Job job_with(std::string_view logistics) {
  Job job{.id = "secret", .status = JobStatus::Dead};
  job.logistics = *codec::parse_json(logistics);
  job.task_groups = {{.name = "ops", .tasks = {{.name = kAwaitedDefinition, .driver = "noop"}}}};
  return job;
}

std::vector<std::string> errors_in(std::string_view logistics) {
  return found_in(Snippet{.job = fmt::format(R"("Logistics": {})", logistics)}).errors;
}

TEST(Logistics, SaysWhoComesToWhom) {
  const Job job = job_with(R"({"send": {"type": "api", "args": {"endpoint": "https://x.example/%%global.job%%"}},
                               "receive": {"type": "api-listen", "args": {}}})");
  const Logistics logistics = logistics_of(job);
  ASSERT_TRUE(logistics.send && logistics.receive);
  EXPECT_EQ(endpoint_for(job, *logistics.send), "https://x.example/secret");
  EXPECT_TRUE(logistics.receive->listens());
  EXPECT_TRUE(is_confidential(job));
  EXPECT_FALSE(is_confidential(Job{}));
}

TEST(Logistics, AJobAwaitsItsDefinitionUntilItHasOperations) {
  Job job = job_with(R"({"send": {"type": "api-listen", "args": {}}})");
  EXPECT_TRUE(awaits_definition(job));
  EXPECT_FALSE(awaits_definition(job_with(R"({"receive": {"type": "api-listen", "args": {}}})")));
  // An operation that somebody has called so.
  job.task_groups[0].tasks[0].meta = {{"nosana.op", kAwaitedDefinition}};
  EXPECT_FALSE(awaits_definition(job));
}

TEST(Logistics, AResultIsOwedFromTheEndUntilItIsSettled) {
  Job job = job_with(R"({"receive": {"type": "api-listen", "args": {}}})");
  EXPECT_TRUE(owes_result(job));
  job.status = JobStatus::Running;
  EXPECT_FALSE(owes_result(job));
  job.status = JobStatus::Dead;
  job.logistics_outcome = kDelivered;
  EXPECT_FALSE(owes_result(job));
}

TEST(Logistics, PeopleAreToldWhatAJobWaitsFor) {
  Job job = job_with(R"({"send": {"type": "api-listen", "args": {}}, "receive": {"type": "api-listen", "args": {}}})");
  EXPECT_EQ(logistics_note(job), "waits for its definition: POST /job/secret/job-definition");
  job.task_groups[0].tasks[0].name = "op";
  EXPECT_EQ(logistics_note(job), "waits for somebody to fetch its result: GET /job/secret/results");
  job.logistics_outcome = "404";
  EXPECT_EQ(logistics_note(job), "its result was not delivered: 404");
  EXPECT_EQ(logistics_note(Job{}), "");
}

TEST(Logistics, WhatIsNoWayIsAnErrorAtItsPlace) {
  EXPECT_THAT(errors_in(R"({"send": {"type": "api", "args": {}}, "receive": {"type": "mail", "args": {}}})"),
              ElementsAre(R"(Logistics.send.args.endpoint: type "api" needs an http or https address)",
                          R"(Logistics.receive.type: must be "api" or "api-listen")"));
  EXPECT_THAT(errors_in(R"({"send": {"type": "api", "args": {"endpoint": "file:///etc/passwd"}}})"),
              ElementsAre(R"(Logistics.send.args.endpoint: type "api" needs an http or https address)"));
  EXPECT_THAT(errors_in(R"({"send": {"type": "api-listen", "args": {}}})"), IsEmpty());
}

}  // namespace
}  // namespace drover::model
