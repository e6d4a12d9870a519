#include "jobspec/json_locate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/random_instance.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(PathKey, IsTheSameForAllWaysOfWritingAPath) {
  EXPECT_EQ(path_key("TaskGroups[0].Env[A.b]"), "taskgroups.0.env.a.b");
  EXPECT_EQ(path_key("taskGroups.0.env.A.B"), "taskgroups.0.env.a.b");
  EXPECT_EQ(path_key(""), "");
}

TEST(LocateJson, FindsMembersElementsAndWhatIsAround) {
  constexpr std::string_view kText = R"({"a": 1, "B": [10, {"c": "}\"", "d": null}], "e": {"f": []}})";
  const Offsets found = locate_json(kText, {"b[1].D", "b[5]", "e.x"});
  EXPECT_THAT(found,
              UnorderedElementsAre(Pair("", 0), Pair("b", kText.find("\"B\"")), Pair("b.1", kText.find("{\"c\"")),
                                   Pair("b.1.d", kText.find("\"d\"")), Pair("e", kText.find("\"e\""))));
}

TEST(LocateJson, StartsAtARootAndReadsEscapes) {
  constexpr std::string_view kText = R"({"Other": {"Name": 0}, "job": {"N\u0061me": 1}})";
  EXPECT_THAT(locate_json(kText, {"Name"}, "Job"),
              UnorderedElementsAre(Pair("", kText.find("\"job\"")), Pair("name", kText.find("\"N\\"))));
}

TEST(LocateJson, EveryPathOfATreeIsFound) {
  const std::string text = R"({"a":{"b":[[1,2],[{"x y":true}]]},"":-1e5})";
  EXPECT_EQ(locate_json(text, {"a.b[0][1]", "a.b[1][0].x y"}).size(), 8u);
}

void collect_paths(const codec::Value& value, const std::string& path, std::vector<std::string>& paths) {
  paths.push_back(path);
  if (const auto* array = value.as_array()) {
    for (size_t i = 0; i < array->size(); ++i) collect_paths((*array)[i], fmt::format("{}[{}]", path, i), paths);
  } else if (const auto* object = value.as_object()) {
    for (const auto& [key, member] : *object) collect_paths(member, path + "." + printable(key, 80), paths);
  }
}

TEST(LocateJson, FindsEveryPathOfAnyText) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    codec::Value root;
    root.set("r", codec::random_instance<codec::Value>(random, {.max_elements = 4, .max_depth = 3}));
    const std::string text = codec::dump(root, {.pretty = seed % 2 == 0});
    std::vector<std::string> paths;
    collect_paths(*root.find("r"), "r", paths);
    const Offsets found = locate_json(text, paths);
    for (const std::string& path : paths) ASSERT_TRUE(found.contains(path_key(path))) << seed << " " << path << text;
    for (const auto& [key, offset] : found) ASSERT_LT(offset, text.size());
    EXPECT_TRUE(repeated_keys(text).empty()) << text;
  }
}

TEST(RepeatedKeys, AreFoundInEveryObject) {
  const auto found = repeated_keys(R"({"a": 1, "b": [{"c": 1, "c": 2}, {"c": 3}], "a": {"d": 0, "D": 0}})");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].path, "b[0].c");
  EXPECT_EQ(found[1].path, "a");
  EXPECT_EQ(found[1].offset, 44u);
}

std::vector<std::string> all_of(std::string_view text) {
  const Outcome out = outcome_of(text, Purpose::Run, "web.json");
  std::vector<std::string> all = out.warnings;
  all.insert(all.end(), out.errors.begin(), out.errors.end());
  return all;
}

TEST(JsonSource, ProblemsPointIntoTheTextWithAndWithoutTheWrapper) {
  constexpr std::string_view kJob = R"({
  "ID": "web", "Datacenters": ["dc1"],
  "taskgroups": [{
    "Name": "g",
    "Count": 1.5,
    "Tasks": [{"Name": "t", "Driver": "docker", "KillTimeout": "soon", "Drivr": "x"}]
  }]
})";
  for (const std::string& text : {std::string(kJob), fmt::format("{{\"Job\": {}}}", kJob)}) {
    EXPECT_THAT(all_of(text), ElementsAre(HasSubstr("web.json:6:72: "),
                                          "web.json:5:5: expected a whole number, got number 1.5\n"
                                          "  5 |     \"Count\": 1.5,\n"
                                          "    |     ^",
                                          HasSubstr("web.json:6:49: ")));
  }
}

TEST(JsonSource, WhatIsMissingPointsToWhatItIsMissingIn) {
  EXPECT_THAT(all_of("{\n\n\"Job\": {\"ID\": \"a\"}}"),
              ElementsAre(HasSubstr("web.json:3:1: "), HasSubstr("web.json:3:1: ")));
}

TEST(JsonSource, SyntaxErrorsShowTheLine) {
  EXPECT_THAT(all_of("{\n  \"ID\": \"a\",\n}"),
              ElementsAre("web.json:3:1: this is not JSON: syntax error, a comma before the closing bracket\n"
                          "  3 | }\n"
                          "    | ^"));
}

TEST(JsonSource, KeysGivenTwiceAreWarnedAbout) {
  const std::string text = R"({"ID": "a", "Datacenters": ["dc1"], "Priority": 10, "priority": 20, "TaskGroups": [
      {"Name": "g", "Count": 1, "Count": 2, "Tasks": [{"Name": "t", "Driver": "docker"}]}]})";
  const Outcome out = outcome_of(text, Purpose::Run, "web.json");
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.priority, 20);
  EXPECT_EQ(out.job.task_groups[0].count, 2);
  EXPECT_THAT(out.warnings, ElementsAre(HasSubstr("web.json:2:33: \"Count\" is given more than once"),
                                        HasSubstr("web.json:1:53: \"Priority\" is given more than once")));
}

TEST(JsonSource, MinifiedTextShowsNoLineWhereTheCaretWouldBeFarAway) {
  const std::string text = "{\"ID\": \"a\"," + std::string(400, ' ') + "\"Priority\": \"x\"}";
  for (const std::string& problem : all_of(text)) EXPECT_THAT(problem, testing::Not(HasSubstr("400")));
  EXPECT_THAT(all_of(text), testing::Contains("web.json:1:412: expected a whole number, got string \"x\""));
}

TEST(JsonSource, NosanaProblemsPointIntoTheDefinition) {
  const std::string text =
      "{\"version\": \"0.1\", \"type\": \"container\",\n \"ops\": [\n  {\"type\": \"container/run\", \"id\": \"a\",\n"
      "   \"args\": {\"image\": 5, \"cmd\": \"x\"}}]}";
  EXPECT_THAT(all_of(text), testing::Contains(HasSubstr("web.json:4:13: ")));
}

}  // namespace
}  // namespace drover::jobspec
