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
                           .host_env = host_env});
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

TEST(Interpolator, ExpandsValuesDeeply) {
  const Interpolator interpolate({{"A", "1"}}, {{"node.class", "big"}});
  codec::Value config;
  config.set("args", codec::Value::Array{"${A}", "x${node.class}x", 5, "${env.A}"});
  config.set("${A}", "${nomad.class}");
  codec::Value expected;
  expected.set("args", codec::Value::Array{"1", "xbigx", 5, "1"});
  expected.set("1", "${nomad.class}");
  EXPECT_EQ(interpolate.expand(config), expected);
}

TEST(Interpolator, DoesNotExpandWhatItInserted) {
  const Interpolator interpolate({{"A", "${B}"}, {"B", "b"}}, {});
  EXPECT_EQ(interpolate("${A}${B}"), "${B}b");
}

TEST(Interpolator, KnowsBothNamesOfTheNodesClass) {
  model::Node node;
  node.node_class = "big";
  const Interpolator interpolate({}, node_variables(node, "global"));
  EXPECT_EQ(interpolate("${nomad.class} ${node.class} ${node.region}"), "big big global");
}

}  // namespace
}  // namespace drover::client
