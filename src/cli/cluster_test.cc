#include "cli/test_support.h"

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kAlloc = "33333333-aaaa-bbbb-cccc-000000000003";
constexpr const char* kNode = "44444444-aaaa-bbbb-cccc-000000000004";
constexpr const char* kEval = "11111111-aaaa-bbbb-cccc-000000000001";

// Allocations, nodes, evaluations, services and the agent.
class ClusterCommands : public CliTest {
 protected:
  static std::string list(const std::string& id) { return fmt::format(R"([{{"ID":"{}"}}])", id); }

  void have_alloc(const std::string& tasks = R"({"Name":"redis"})") {
    api_.answer("GET /v1/allocations", list(kAlloc));
    api_.answer(std::string("GET /v1/allocation/") + kAlloc,
                fmt::format(R"({{"ID":"{}","EvalID":"{}","NodeID":"{}","NodeName":"box","JobID":"web","TaskGroup":"g",
      "Name":"web.g[0]","ClientStatus":"running","DesiredStatus":"run","CreateTime":1700000095000000000,
      "Job":{{"TaskGroups":[{{"Name":"g","Tasks":[{}]}}]}},
      "AllocatedResources":{{"Shared":{{"DiskMB":300,"Networks":[{{"IP":"10.0.0.5","DynamicPorts":[
         {{"Label":"db","Value":20001,"To":6379}}]}}]}},
         "Tasks":{{"redis":{{"Cpu":{{"CpuShares":500}},"Memory":{{"MemoryMB":256}}}}}}}},
      "Checks":[{{"Check":"alive","Service":"redis","Status":"failure","Output":"refused\u001b[2J\n"}}],
      "Metrics":{{"NodesEvaluated":1,"ScoreMetaData":[{{"NodeID":"{}","NormScore":0.5,"Scores":{{"binpack":0.5}}}}]}},
      "TaskStates":{{"redis":{{"State":"running","StartedAt":"2026-01-01T00:00:00Z","Events":[
         {{"Type":"Received","Time":1700000090000000000,"DisplayMessage":"Task received by client"}},
         {{"Type":"Started","Time":1700000091000000000,"DisplayMessage":"Task started"}}]}}}}}})",
                            kAlloc, kEval, kNode, tasks, kNode));
  }

  const std::string logs_path_ = std::string("GET /v1/client/fs/logs/") + kAlloc;
};

TEST_F(ClusterCommands, ShowsAnAllocation) {
  have_alloc();
  EXPECT_EQ(ask({"alloc", "status", "333"}), 0) << err();
  EXPECT_EQ(api_.seen()[0].line, "GET /v1/allocations?prefix=33");
  EXPECT_THAT(out(), HasSubstr("Node Name           = box\n"));
  EXPECT_THAT(out(), HasSubstr("Created             = 5s ago\n"));
  EXPECT_THAT(out(), HasSubstr("db     <group>  yes      10.0.0.5:20001 -> 6379"));
  EXPECT_THAT(out(), HasSubstr("redis    <none>  alive  failure  refused\\x1b[2J"));
  EXPECT_THAT(out(), HasSubstr("Task \"redis\" is \"running\"\nTask Resources\nCPU      Memory   Disk\n"
                               "500 MHz  256 MiB  300 MiB\n"));
  EXPECT_THAT(out(), HasSubstr("2023-11-14T22:14:51Z  Started   Task started\n"
                               "2023-11-14T22:14:50Z  Received  Task received by client\n"));
  EXPECT_THAT(out(), Not(HasSubstr("binpack")));
  EXPECT_EQ(ask({"alloc-status", "-verbose", "333"}), 0);
  EXPECT_THAT(out(), HasSubstr("Node                                  binpack  final score\n"));
  EXPECT_THAT(out(), HasSubstr("\nEval ID             = 11111111-aaaa"));
}

TEST_F(ClusterCommands, FindsNoAllocationAndSaysSo) {
  api_.answer("GET /v1/allocations", "[]");
  EXPECT_EQ(ask({"alloc", "status", "ab"}), 1);
  EXPECT_EQ(err(), "Error querying allocations: no allocation with id or prefix \"ab\"\n");
}

TEST_F(ClusterCommands, PrintsLogsAsTheyAre) {
  have_alloc();
  api_.answer(logs_path_, "one\n\x1b[31mtwo\n");
  EXPECT_EQ(ask({"logs", "333"}), 0) << err();
  EXPECT_EQ(out(), "one\n\x1b[31mtwo\n");
  EXPECT_THAT(api_.last(logs_path_).line, HasSubstr("task=redis&type=stdout&plain=true&origin=start&offset=0"));
  EXPECT_EQ(ask({"logs", "-stderr", "-f", "-c", "7", "333", "redis"}), 0);
  EXPECT_THAT(api_.last(logs_path_).line, HasSubstr("type=stderr&plain=true&origin=end&offset=7&follow=true"));
}

TEST_F(ClusterCommands, PrintsTheLastLines) {
  have_alloc();
  api_.answer(logs_path_, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
  EXPECT_EQ(ask({"logs", "-n", "2", "333"}), 0);
  EXPECT_EQ(out(), "11\n12\n");
  EXPECT_EQ(ask({"logs", "-tail", "333"}), 0);
  EXPECT_THAT(out(), testing::StartsWith("3\n4\n"));
}

TEST_F(ClusterCommands, FollowsFromTheLastLines) {
  have_alloc();
  api_.answer(logs_path_, "1\n2\n3\n");
  api_.answer(logs_path_, "1\n2\n3\n4\n");  // …and what was written while it follows.
  EXPECT_EQ(ask({"logs", "-f", "-n", "1", "333"}), 0);
  EXPECT_EQ(out(), "3\n4\n");
}

TEST_F(ClusterCommands, AsksForTheTaskWhereThereAreSeveral) {
  have_alloc(R"({"Name":"redis"},{"Name":"sidecar"})");
  EXPECT_EQ(ask({"logs", "333"}), 1);
  EXPECT_THAT(err(), HasSubstr("  * redis\n  * sidecar"));
}

TEST_F(ClusterCommands, TakesTheRunningAllocationOfAJob) {
  have_alloc();
  api_.answer("GET /v1/jobs", list("web"));
  api_.answer("GET /v1/job/web/allocations", fmt::format(R"([{{"ID":"{}","ClientStatus":"running","CreateIndex":1}},
                              {{"ID":"dead","ClientStatus":"failed","CreateIndex":2}}])",
                                                         kAlloc));
  api_.answer(logs_path_, "hello\n");
  EXPECT_EQ(ask({"alloc", "logs", "-job", "web"}), 0) << err();
  EXPECT_EQ(out(), "hello\n");
}

TEST_F(ClusterCommands, ShowsTheErrorOfALogThatIsNotThere) {
  have_alloc();
  api_.answer(logs_path_, "unknown task \"nope\"", 404);
  EXPECT_EQ(ask({"logs", "333", "nope"}), 1);
  EXPECT_EQ(err(), "Error reading logs: unknown task \"nope\"\n");
}

TEST_F(ClusterCommands, LooksIntoAnAllocationsDirectory) {
  have_alloc();
  const std::string stat = std::string("GET /v1/client/fs/stat/") + kAlloc;
  api_.answer(stat, R"({"Name":"/","IsDir":true})");
  api_.answer(stat, R"({"Name":"a.txt","IsDir":false,"Size":3})");
  api_.answer(std::string("GET /v1/client/fs/ls/") + kAlloc,
              R"([{"Name":"alloc","IsDir":true,"Size":4096,"FileMode":"drwxr-xr-x"},{"Name":"x\u001b","Size":1}])");
  api_.answer(std::string("GET /v1/client/fs/cat/") + kAlloc, "abc");
  EXPECT_EQ(ask({"fs", "333"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("drwxr-xr-x  4.0 KiB                 alloc/\n"));
  EXPECT_THAT(out(), HasSubstr("x\\x1b"));
  EXPECT_EQ(ask({"alloc", "fs", "333", "alloc/a.txt"}), 0);
  EXPECT_EQ(out(), "abc");
  EXPECT_EQ(ask({"alloc", "fs", "-stat", "333", "alloc/a.txt"}), 0);
  EXPECT_THAT(out(), HasSubstr("3 B"));
}

TEST_F(ClusterCommands, ListsAndShowsNodes) {
  api_.answer("GET /v1/nodes", fmt::format(R"([{{"ID":"{}","Datacenter":"dc1","Name":"box","Status":"ready",
      "SchedulingEligibility":"eligible"}}])",
                                           kNode));
  EXPECT_EQ(ask({"node", "status"}), 0);
  EXPECT_EQ(out(),
            "ID        DC   Name  Class   Drain  Eligibility  Status\n"
            "44444444  dc1  box   <none>  false  eligible     ready\n");
  api_.answer(std::string("GET /v1/node/") + kNode, fmt::format(R"({{"ID":"{}","Name":"box","Status":"ready",
      "Drivers":{{"docker":{{"Detected":true,"Healthy":false}},"raw_exec":{{"Detected":true,"Healthy":true}},
                  "java":{{"Detected":false}}}},
      "NodeResources":{{"Cpu":{{"CpuShares":4000}},"Memory":{{"MemoryMB":2048}},"Disk":{{"DiskMB":10240}}}},
      "ReservedResources":{{"Cpu":{{"CpuShares":500}}}},"Attributes":{{"os.name":"debian","arch":"amd64"}}}})",
                                                                kNode));
  api_.answer(std::string("GET /v1/node/") + kNode + "/allocations",
              R"([{"ID":"a1","JobID":"web","ClientStatus":"running","AllocatedResources":{"Shared":{"DiskMB":300},
                   "Tasks":{"t":{"Cpu":{"CpuShares":100},"Memory":{"MemoryMB":256}}}}},
                  {"ID":"a2","JobID":"old","ClientStatus":"complete","AllocatedResources":{"Shared":{"DiskMB":300}}}])");
  EXPECT_EQ(ask({"node-status", "444"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Drivers     = docker (unhealthy),raw_exec\n"));
  EXPECT_THAT(out(), HasSubstr("100/3500 MHz  256 MiB/2.0 GiB  300 MiB/10 GiB\n"));
  EXPECT_THAT(out(), Not(HasSubstr("os.name")));
  EXPECT_EQ(ask({"node", "status", "-verbose", "444"}), 0);
  EXPECT_THAT(out(), HasSubstr("arch    = amd64\nos.name = debian"));
  EXPECT_EQ(ask({"node", "status", "-allocs"}), 0);
  EXPECT_THAT(out(), HasSubstr("ready   1\n"));
}

TEST_F(ClusterCommands, SetsTheEligibilityOfANode) {
  api_.answer("GET /v1/agent/self", fmt::format(R"({{"stats":{{"client":{{"node_id":"{}"}}}}}})", kNode));
  api_.answer(std::string("PUT /v1/node/") + kNode + "/eligibility", "{}");
  EXPECT_EQ(ask({"node", "eligibility", "-disable", "-self"}), 0) << err();
  EXPECT_EQ(out(), "Node \"44444444\" scheduling eligibility set: ineligible for scheduling\n");
  EXPECT_THAT(api_.last("PUT").body, HasSubstr("\"Eligibility\":\"ineligible\""));
  EXPECT_EQ(ask({"node", "eligibility", "x"}), 1);
  EXPECT_THAT(err(), HasSubstr("-enable or -disable"));
}

TEST_F(ClusterCommands, ShowsAnEvaluation) {
  const std::string eval = fmt::format(R"({{"ID":"{}","Status":"blocked","JobID":"web","TriggeredBy":"job-register",
      "CreateTime":1700000095000000000,
      "FailedTGAllocs":{{"g":{{"NodesEvaluated":1,"NodesAvailable":{{"dc1":0}}}}}}}})",
                                       kEval);
  api_.answer("GET /v1/evaluations", "[" + eval + "]");
  api_.answer(std::string("GET /v1/evaluation/") + kEval, eval);
  EXPECT_EQ(ask({"eval-status", "1111"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("ID                 = 11111111\n"));
  EXPECT_THAT(out(), HasSubstr("  * No nodes are available in datacenter \"dc1\"\n"));
}

TEST_F(ClusterCommands, ShowsWhateverHasAnId) {
  have_alloc();
  api_.answer("GET /v1/jobs", R"([{"ID":"33a"}])");
  api_.answer("GET /v1/deployments", "[]");
  api_.answer("GET /v1/evaluations", "[]");
  api_.answer("GET /v1/nodes", "[]");
  EXPECT_EQ(ask({"status", "3333"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Name                = web.g[0]"));
  EXPECT_EQ(ask({"status", "33"}), 1);
  EXPECT_THAT(err(), HasSubstr("Jobs\n33a\n\nAllocations\n33333333-"));
}

TEST_F(ClusterCommands, ListsServices) {
  api_.answer("GET /v1/services", R"([{"Namespace":"default","Services":[{"ServiceName":"db","Tags":["a","b"]}]}])");
  api_.answer("GET /v1/service/db", fmt::format(R"([{{"JobID":"web","Address":"::1","Port":5432,"Tags":["a"],
      "NodeID":"{}","AllocID":"{}"}}])",
                                                kNode, kAlloc));
  EXPECT_EQ(ask({"service", "list"}), 0);
  EXPECT_EQ(out(), "Service Name  Namespace  Tags\ndb            default    [a, b]\n");
  EXPECT_EQ(ask({"service", "info", "db"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("web     [::1]:5432  <none>  [a]   44444444  33333333"));
  EXPECT_EQ(ask({"service", "info", "none"}), 1);
}

TEST_F(ClusterCommands, ShowsTheAgentAndTheServers) {
  api_.answer("GET /v1/agent/self", R"({"stats":{"nomad":{"server":"true"},"client":{"z":"1","a":"2"}}})");
  EXPECT_EQ(ask({"agent-info"}), 0);
  EXPECT_EQ(out(), "client\n  a = 2\n  z = 1\nnomad\n  server = true\n");
  api_.answer("GET /v1/agent/members", R"({"Members":[{"Name":"s1.global","Addr":"127.0.0.1","Port":4648,
      "Status":"alive","Tags":{"port":"4647","region":"global","dc":"dc1","build":"1.0"}}]})");
  api_.answer("GET /v1/status/leader", "\"127.0.0.1:4647\"");
  EXPECT_EQ(ask({"server", "members"}), 0);
  EXPECT_THAT(out(), HasSubstr("s1.global  127.0.0.1  4648  alive   true    1.0    dc1         global\n"));
}

TEST_F(ClusterCommands, PrintsJsonWhereAsked) {
  api_.answer("GET /v1/nodes", list(kNode));
  EXPECT_EQ(ask({"node", "status", "-json"}), 0);
  EXPECT_THAT(out(), HasSubstr(fmt::format("\"ID\": \"{}\"", kNode)));
}

}  // namespace
}  // namespace drover::cli
