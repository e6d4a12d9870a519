#include "client/tasks/task_env.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

struct Fixture {
  model::Allocation alloc;
  model::Job job;
  model::TaskGroup group;
  model::Task task;
  model::Node node;
  std::map<std::string, int32_t> port_map;
  std::map<std::string, std::string> host_env;
  std::string alloc_ip;

  Fixture() {
    alloc.id = *model::AllocId::parse("11111111-2222-3333-4444-555555555555");
    alloc.name = "shop.api[3]";
    job.id = "shop";
    job.name = "shop";
    group.name = "api";
    task.name = "web";
    node.datacenter = "dc7";
    node.node_class = "big";
    node.attributes["kernel.name"] = "linux";
    node.meta["rack"] = "r1";
  }

  TaskEnv build() const {
    return build_task_env({.alloc = alloc,
                           .job = job,
                           .group = group,
                           .task = task,
                           .node = node,
                           .region = "global",
                           .alloc_dir = "/a/alloc",
                           .task_dir = "/a/web/local",
                           .secrets_dir = "/a/web/secrets",
                           .port_map = port_map,
                           .host_env = host_env,
                           .alloc_interface = alloc_ip.empty() ? "" : "eth0",
                           .alloc_ip = alloc_ip});
  }
};

TEST(TaskEnv, NamesTheAllocationAndItsPlace) {
  const auto env = Fixture().build().variables;
  const std::map<std::string, std::string> expected = {{"NOMAD_ALLOC_DIR", "/a/alloc"},
                                                       {"NOMAD_TASK_DIR", "/a/web/local"},
                                                       {"NOMAD_SECRETS_DIR", "/a/web/secrets"},
                                                       {"NOMAD_MEMORY_LIMIT", "300"},
                                                       {"NOMAD_CPU_LIMIT", "100"},
                                                       {"NOMAD_ALLOC_ID", "11111111-2222-3333-4444-555555555555"},
                                                       {"NOMAD_SHORT_ALLOC_ID", "11111111"},
                                                       {"NOMAD_ALLOC_NAME", "shop.api[3]"},
                                                       {"NOMAD_ALLOC_INDEX", "3"},
                                                       {"NOMAD_TASK_NAME", "web"},
                                                       {"NOMAD_GROUP_NAME", "api"},
                                                       {"NOMAD_JOB_NAME", "shop"},
                                                       {"NOMAD_JOB_ID", "shop"},
                                                       {"NOMAD_NAMESPACE", "default"},
                                                       {"NOMAD_DC", "dc7"},
                                                       {"NOMAD_REGION", "global"}};
  EXPECT_EQ(env, expected);
}

TEST(TaskEnv, ShowsPortsOfTheTaskAndItsGroup) {
  Fixture f;
  f.alloc.ports = {{.task = "web", .label = "http", .value = 21000, .host_ip = "10.0.0.1"},
                   {.label = "db", .value = 22000, .to = 5432, .host_ip = "10.0.0.1"}};
  f.port_map = {{"http", 80}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("NOMAD_PORT_http"), "80");
  EXPECT_EQ(env.at("NOMAD_HOST_PORT_http"), "21000");
  EXPECT_EQ(env.at("NOMAD_ADDR_http"), "10.0.0.1:21000");
  EXPECT_EQ(env.at("NOMAD_IP_http"), "10.0.0.1");
  EXPECT_EQ(env.at("NOMAD_PORT_db"), "5432");
  EXPECT_EQ(env.at("NOMAD_HOST_PORT_db"), "22000");
}

TEST(TaskEnv, ShowsPortsOfOtherTasks) {
  Fixture f;
  f.alloc.ports = {{.task = "my-db", .label = "sql", .value = 23000, .host_ip = "10.0.0.1"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("NOMAD_ADDR_my_db_sql"), "10.0.0.1:23000");
  EXPECT_EQ(env.at("NOMAD_PORT_my_db_sql"), "23000");
  EXPECT_EQ(env.at("NOMAD_IP_my_db_sql"), "10.0.0.1");
  EXPECT_FALSE(env.contains("NOMAD_PORT_sql"));
}

TEST(TaskEnv, MergesMetaAndShowsItInBothCases) {
  Fixture f;
  f.job.meta = {{"owner", "job"}, {"tier", "job"}};
  f.group.meta = {{"tier", "group"}};
  f.task.meta = {{"my-key", "${node.class}"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("NOMAD_META_owner"), "job");
  EXPECT_EQ(env.at("NOMAD_META_OWNER"), "job");
  EXPECT_EQ(env.at("NOMAD_META_tier"), "group");
  EXPECT_EQ(env.at("NOMAD_META_my_key"), "big");
  EXPECT_EQ(env.at("NOMAD_META_MY_KEY"), "big");
}

TEST(TaskEnv, ExpandsTheTasksOwnVariables) {
  Fixture f;
  f.alloc.ports = {{.task = "web", .label = "http", .value = 21000, .host_ip = "10.0.0.1"}};
  f.task.env = {{"URL", "http://${NOMAD_ADDR_http}/${meta.rack}"}, {"OTHER", "${URL}"}, {"ODD", "${unknown} $x ${"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("URL"), "http://10.0.0.1:21000/r1");
  EXPECT_EQ(env.at("OTHER"), "${URL}");
  EXPECT_EQ(env.at("ODD"), "${unknown} $x ${");
}

TEST(TaskEnv, TheHostsEnvironmentHidesNothing) {
  Fixture f;
  f.host_env = {{"PATH", "/bin"}, {"LANG", "C"}};
  f.task.env = {{"LANG", "de_DE"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("PATH"), "/bin");
  EXPECT_EQ(env.at("LANG"), "de_DE");
}

TEST(TaskEnv, CredentialsAreNotInherited) {
  const std::map<std::string, std::string> host = {
      {"PATH", "/bin"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"NOMAD_TOKEN", "t"}, {"DROVER_KEY", "k"}};
  EXPECT_EQ(inheritable_env(host, ""), (std::map<std::string, std::string>{{"PATH", "/bin"}}));
  EXPECT_FALSE(inheritable_env(host, "PATH, OTHER").contains("PATH"));
}

TEST(TaskEnv, NothingHidesWhatDroverSays) {
  Fixture f;
  f.job.meta = {{"owner", "job"}};
  f.host_env = {{"NOMAD_DC", "host"}};
  f.task.env = {{"NOMAD_DC", "task"}, {"NOMAD_META_owner", "task"}, {"NOMAD_ADDR", "http://10.0.0.1:4646"}};
  auto env = f.build();
  EXPECT_EQ(env.variables.at("NOMAD_DC"), "dc7");
  EXPECT_EQ(env.variables.at("NOMAD_META_owner"), "job");
  EXPECT_EQ(env.variables.at("NOMAD_ADDR"), "http://10.0.0.1:4646");  // not ours: programs are told their server so

  auto changed = env.variables;
  changed["NOMAD_TASK_DIR"] = "/elsewhere";
  changed["FROM_TEMPLATE"] = "1";
  changed.erase("NOMAD_ADDR");
  env.adopt(changed);
  EXPECT_EQ(env.variables.at("NOMAD_TASK_DIR"), "/a/web/local");
  EXPECT_EQ(env.variables.at("FROM_TEMPLATE"), "1");
  EXPECT_FALSE(env.variables.contains("NOMAD_ADDR"));
}

TEST(TaskEnv, MakesNamesOfVariables) {
  Fixture f;
  f.task.env = {{"a-b", "1"}, {"discovery.type", "2"}, {"9x", "3"}, {"x=y", "4"}, {"${meta.rack}", "5"}, {"", "6"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("a_b"), "1");
  EXPECT_EQ(env.at("discovery.type"), "2");
  EXPECT_EQ(env.at("_x"), "3");
  EXPECT_EQ(env.at("x_y"), "4");
  EXPECT_EQ(env.at("r1"), "5");
  EXPECT_FALSE(env.contains(""));
}

TEST(TaskEnv, NamesWhatOnlySomeTasksHave) {
  Fixture f;
  f.job.parent_id = "nightly";
  f.task.resources.memory_max_mb = 512;
  f.alloc.cores = {{.task = "other", .cores = {5}}, {.task = "web", .cores = {12, 0, 2, 1, 7, 13}}};
  f.alloc.ports = {{.label = "db-1", .value = 22000, .to = 5432, .host_ip = "::1"}};
  const auto env = f.build().variables;
  EXPECT_EQ(env.at("NOMAD_JOB_PARENT_ID"), "nightly");
  EXPECT_EQ(env.at("NOMAD_MEMORY_MAX_LIMIT"), "512");
  EXPECT_EQ(env.at("NOMAD_CPU_CORES"), "0-2,7,12-13");
  EXPECT_EQ(cpuset_of(f.alloc, "other"), "5");
  EXPECT_EQ(cpuset_of(f.alloc, "none"), "");
  EXPECT_EQ(env.at("NOMAD_HOST_ADDR_db_1"), "[::1]:22000");
  EXPECT_EQ(env.at("NOMAD_HOST_IP_db_1"), "::1");
  EXPECT_EQ(env.at("NOMAD_HOST_PORT_db_1"), "22000");
  EXPECT_EQ(env.at("NOMAD_ALLOC_PORT_db_1"), "5432");
}

TEST(TaskEnv, TellsWhereTheGroupIsOnANetworkOfItsOwn) {
  Fixture f;
  f.alloc.ports = {{.label = "http", .value = 22000, .to = 80, .host_ip = "10.0.0.1"}};
  auto env = f.build().variables;
  EXPECT_FALSE(env.contains("NOMAD_ALLOC_IP_http"));
  f.alloc_ip = "172.26.64.2";
  env = f.build().variables;
  EXPECT_EQ(env.at("NOMAD_ALLOC_ADDR_http"), "172.26.64.2:80");
  EXPECT_EQ(env.at("NOMAD_ALLOC_INTERFACE_http"), "eth0");
  EXPECT_EQ(env.at("NOMAD_PORT_http"), "80");
  EXPECT_EQ(env.at("NOMAD_ADDR_http"), "10.0.0.1:22000");
}

TEST(TaskEnv, CoresAmountToAShareOfTheNode) {
  Fixture f;
  f.node.resources.cpu = 8000;
  f.node.cores = {0, 1, 2, 3};
  f.task.resources.cpu = 100;
  EXPECT_EQ(f.build().variables.at("NOMAD_CPU_LIMIT"), "100");
  f.task.resources.cores = 2;
  EXPECT_EQ(f.build().variables.at("NOMAD_CPU_LIMIT"), "4000");
}

}  // namespace
}  // namespace drover::client
