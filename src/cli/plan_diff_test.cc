#include "cli/plan_diff.h"

#include "codec/json.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::cli {
namespace {

std::string shown(std::string_view json, DiffDetail detail = DiffDetail::Changes) {
  std::ostringstream out;
  const Console console(out, out, false, false);
  const auto value = codec::parse_json(json);
  EXPECT_TRUE(value) << (value ? "" : value.error().message());
  return value ? format_job_diff(console, Json(*value), detail) : "";
}

// As in Nomad's issue 7019.
TEST(PlanDiff, AlignsMarksAndNamesAsNomadDoes) {
  EXPECT_EQ(shown(R"({"Type":"Edited","ID":"redis","TaskGroups":[
      {"Type":"Edited","Name":"cache","Updates":{"create/destroy update":2,"create":1},
       "Objects":[{"Type":"Added","Name":"Constraint","Fields":[
         {"Type":"Added","Name":"LTarget","New":"${node.class}"},
         {"Type":"Added","Name":"Operand","New":"="},
         {"Type":"Added","Name":"RTarget","New":"class-1"}]}],
       "Tasks":[{"Type":"Edited","Name":"redis","Annotations":["forces create/destroy update"],
         "Fields":[{"Type":"Edited","Name":"Env[version]","Old":"5","New":"2"}]}]},
      {"Type":"Added","Name":"cache2","Updates":{"create":1},
       "Fields":[{"Type":"Added","Name":"Count","New":"1"}],
       "Tasks":[{"Type":"Added","Name":"redis","Annotations":["forces create"],
         "Fields":[{"Type":"Added","Name":"Driver","New":"docker"}]}]}]})"),
            R"(+/- Job: "redis"
+/- Task Group: "cache" (1 create, 2 create/destroy update)
  +   Constraint {
      + LTarget: "${node.class}"
      + Operand: "="
      + RTarget: "class-1"
      }
  +/- Task: "redis" (forces create/destroy update)
    +/- Env[version]: "5" => "2"

+   Task Group: "cache2" (1 create)
    + Task: "redis" (forces create))");
}

TEST(PlanDiff, ShowsTheRestOfAnObjectThatChanged) {
  EXPECT_EQ(shown(R"({"Type":"Edited","ID":"example","Fields":[{"Type":"Edited","Name":"Priority","Old":"1","New":"2"}],
      "TaskGroups":[{"Type":"Edited","Name":"cache","Updates":{"create/destroy update":3},
       "Tasks":[{"Type":"Edited","Name":"redis","Annotations":["forces create/destroy update"],
         "Objects":[{"Type":"Edited","Name":"Config","Fields":[
           {"Type":"Edited","Name":"image","Old":"redis:3.2","New":"redis:4.0"},
           {"Type":"None","Name":"port_map[0][db]","Old":"6379","New":"6379"}]}]}]}]})"),
            R"(+/- Job: "example"
+/- Priority: "1" => "2"
+/- Task Group: "cache" (3 create/destroy update)
  +/- Task: "redis" (forces create/destroy update)
    +/- Config {
      +/- image:           "redis:3.2" => "redis:4.0"
          port_map[0][db]: "6379"
        })");
}

TEST(PlanDiff, NamesWhatStaysAndWhatIsNewInOneLineEach) {
  constexpr std::string_view kSame = R"({"Type":"None","ID":"a","TaskGroups":[
      {"Type":"None","Name":"g","Updates":{"ignore":1},"Tasks":[{"Type":"None","Name":"t"}]}]})";
  EXPECT_EQ(shown(kSame), "Job: \"a\"\nTask Group: \"g\" (1 ignore)\n  Task: \"t\"");
  constexpr std::string_view kNew = R"({"Type":"Added","ID":"a","Fields":[{"Type":"Added","Name":"Type","New":"batch"}],
      "TaskGroups":[{"Type":"Added","Name":"g","Updates":{"create":1},"Tasks":[{"Type":"Added","Name":"t",
        "Annotations":["forces create"],"Fields":[{"Type":"Added","Name":"Driver","New":"exec"}]}]}]})";
  EXPECT_EQ(shown(kNew), "+ Job: \"a\"\n+ Task Group: \"g\" (1 create)\n  + Task: \"t\" (forces create)");
  EXPECT_EQ(shown(kNew, DiffDetail::Expanded),
            "+ Job: \"a\"\n+ Type: \"batch\"\n+ Task Group: \"g\" (1 create)\n  + Task: \"t\" (forces create)\n"
            "    + Driver: \"exec\"");
}

TEST(PlanDiff, PaintsMarksAndRemarks) {
  std::ostringstream out;
  const Console console(out, out, true, true);
  const auto value = codec::parse_json(R"({"Type":"Deleted","ID":"a"})");
  EXPECT_THAT(format_job_diff(console, Json(*value), DiffDetail::Changes), testing::HasSubstr("\x1b["));
}

}  // namespace
}  // namespace drover::cli
