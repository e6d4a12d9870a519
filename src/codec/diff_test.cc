#include "codec/diff.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "codec/random_instance.h"
#include "codec/test_types.h"

namespace drover::codec::test {
namespace {

// One line a changed field: "Tasks/Task(web) Edited Env[A] 1->2".
void render(const ObjectDiff& diff, const std::string& path, std::vector<std::string>& out) {
  const auto type = [](DiffType t) { return enum_name(type_of<DiffType>(), static_cast<int64_t>(t)); };
  const std::string here = path + diff.name + (diff.label.empty() ? "" : "(" + diff.label + ")");
  if (diff.type != DiffType::Edited) out.push_back(fmt::format("{} {}", here, type(diff.type)));
  for (const FieldDiff& f : diff.fields) {
    out.push_back(fmt::format("{} {} {} {}->{}", here, type(f.type), f.name, f.old_value, f.new_value));
  }
  for (const ObjectDiff& object : diff.objects) render(object, here + "/", out);
}

template <class T>
std::vector<std::string> lines(const T& a, const T& b, const DiffOptions& options = {}) {
  std::vector<std::string> out;
  render(diff("X", &a, &b, options), "", out);
  return out;
}

using Lines = std::vector<std::string>;

TEST(Diff, EqualObjectsHaveNone) {
  SeededRandom random(2);
  const auto a = random_instance<Everything>(random, {.max_depth = 2});
  const ObjectDiff same = diff("X", &a, &a);
  EXPECT_EQ(same.type, DiffType::None);
  EXPECT_TRUE(same.fields.empty() && same.objects.empty());
}

TEST(Diff, ShowsScalarsSortedByName) {
  Task a, b;
  b.name = "web";
  b.kill_timeout = std::chrono::seconds(7);
  b.resources.cpu = 200;
  EXPECT_EQ(lines(a, b), (Lines{"X Edited KillTimeout 5000000000->7000000000", "X Added Name ->web",
                                "X/Resources Edited CPU 100->200"}));
}

TEST(Diff, ShowsMapEntriesAsFields) {
  EXPECT_EQ(lines(Task{.env = {{"A", "1"}, {"B", "2"}, {"C", ""}}}, Task{.env = {{"A", "3"}, {"D", "4"}}}),
            (Lines{"X Edited Env[A] 1->3", "X Deleted Env[B] 2->", "X Deleted Env[C] ->", "X Added Env[D] ->4"}));
}

TEST(Diff, ComparesListsOfScalarsAsSets) {
  EXPECT_EQ(lines(Everything{.datacenters = {"dc1", "dc2"}}, Everything{.datacenters = {"dc3", "dc1"}}),
            (Lines{"X/Datacenters Added Datacenters ->dc3", "X/Datacenters Deleted Datacenters dc2->"}));
  EXPECT_EQ(lines(Everything{.plain_list = {"a", "b"}}, Everything{.plain_list = {"b", "a"}}),
            (Lines{"X/PlainList Edited PlainList[0] a->b", "X/PlainList Edited PlainList[1] b->a"}));
  EXPECT_EQ(lines(Everything{}, Everything{.plain_list = {"a"}}),
            (Lines{"X/PlainList Added", "X/PlainList Added PlainList ->a"}));
}

TEST(Diff, PairsListElementsByLabel) {
  const Everything a{.tasks = {{.name = "db"}, {.name = "web"}}};
  const Everything b{.tasks = {{.name = "web", .leader = TaskName("x")}, {.name = "api"}}};
  EXPECT_EQ(lines(a, b),
            (Lines{"X/Task(api) Added", "X/Task(api) Added KillTimeout ->5000000000", "X/Task(api) Added Name ->api",
                   "X/Task(api)/Resources Added", "X/Task(api)/Resources Added CPU ->100",
                   "X/Task(api)/Resources Added MemoryMB ->300", "X/Task(api)/Resources Added Share ->0.5",
                   "X/Task(db) Deleted", "X/Task(db) Deleted KillTimeout 5000000000->", "X/Task(db) Deleted Name db->",
                   "X/Task(db)/Resources Deleted", "X/Task(db)/Resources Deleted CPU 100->",
                   "X/Task(db)/Resources Deleted MemoryMB 300->", "X/Task(db)/Resources Deleted Share 0.5->",
                   "X/Task(web) Added Leader ->x"}));
}

TEST(Diff, PairsUnlabelledElementsByEquality) {
  EXPECT_EQ(
      lines(Everything{.constraints = {{"a", "1"}, {"b", "2"}}}, Everything{.constraints = {{"b", "2"}, {"c", ""}}}),
      (Lines{"X/Constraint Added", "X/Constraint Added LTarget ->c", "X/Constraint Deleted",
             "X/Constraint Deleted LTarget a->", "X/Constraint Deleted RTarget 1->"}));
  const Everything none, two{.constraints = {{"b", "1"}, {"a", "2"}}};
  EXPECT_EQ(lines(none, two),
            (Lines{"X/Constraint Added", "X/Constraint Added LTarget ->a", "X/Constraint Added RTarget ->2",
                   "X/Constraint Added", "X/Constraint Added LTarget ->b", "X/Constraint Added RTarget ->1"}));
}

TEST(Diff, FlattensValues) {
  const Task a{.config = parse_json(R"({"image":"redis","port_map":[{"db":6379}]})").value()};
  const Task b{.config = parse_json(R"({"image":"redis","port_map":[{"db":6380}],"args":["-v"]})").value()};
  EXPECT_EQ(lines(a, b), (Lines{"X/Config Added args[0] ->-v", "X/Config Edited port_map[0][db] 6379->6380"}));
}

TEST(Diff, ShowsOptionalsAndMapsOfStructs) {
  EXPECT_EQ(lines(Everything{.maybe = 1}, Everything{.maybe_port = Port{.label = "p"}}),
            (Lines{"X Deleted Maybe 1->", "X/MaybePort Added", "X/MaybePort Added Label ->p",
                   "X/MaybePort Added To ->0", "X/MaybePort Added Value ->0"}));
  EXPECT_EQ(lines(Everything{.named_ports = {{"k", {}}}}, Everything{.named_ports = {{"k", {.value = 2}}}}),
            (Lines{"X/NamedPorts[k](k) Edited Value 0->2"}));
}

TEST(Diff, ShowsContainersInContainers) {
  Everything a, b;
  b.maybe_color = Color::Blue;
  b.waits["w"]["x"] = std::chrono::seconds(1);
  b.named_values["v"] = Value(Value::Array{1, "a"});
  b.named_maybe_ports["p"] = Port{.label = "l"};
  b.colors = {Color::Red};
  EXPECT_EQ(lines(a, b),
            (Lines{"X Added MaybeColor ->blue", "X/Colors Added", "X/Colors Added Colors ->red", "X/NamedValues Added",
                   "X/NamedValues Added v[0] ->1", "X/NamedValues Added v[1] ->a", "X/NamedMaybePorts Added",
                   "X/NamedMaybePorts Added p[Label] ->l", "X/NamedMaybePorts Added p[To] ->0",
                   "X/NamedMaybePorts Added p[Value] ->0", "X/Waits Added", "X/Waits Added w[x] ->1000000000"}));
}

TEST(Diff, HidesSecretsAndReadOnlyFields) {
  EXPECT_EQ(lines(Task{.secrets = {{"k", "canary1"}}, .token = "canary2"}, Task{.secrets = {{"k", "canary3"}}}),
            (Lines{"X Edited Secrets[k] <redacted>-><redacted>", "X Deleted Token <redacted>->"}));
  EXPECT_EQ(lines(Everything{.modify_index = 1}, Everything{.modify_index = 2}), (Lines{"X None"}));
}

TEST(Diff, ShowsUnchangedFieldsInContext) {
  EXPECT_EQ(lines(Port{.label = "a", .value = 1}, Port{.label = "a", .value = 2}, {.contextual = true}),
            (Lines{"X None Label a->a", "X None To 0->0", "X Edited Value 1->2"}));
}

TEST(Diff, CarriesFlagsForAnnotations) {
  Task a, b;
  b.env["A"] = "1";
  b.resources.memory_mb = 1;
  const ObjectDiff d = diff("X", &a, &b);
  EXPECT_TRUE(d.fields.at(0).flags & kDestructive);
  EXPECT_TRUE(d.objects.at(0).fields.at(0).flags & kDestructive);
  EXPECT_EQ(d.objects.at(0).field, "Resources");
}

TEST(Diff, EncodesInNomadsShape) {
  const Port port{.label = "a"};
  EXPECT_EQ(
      to_json(diff<Port>("Port", nullptr, &port)),
      R"({"Type":"Added","Name":"Port","Fields":[{"Type":"Added","Name":"Label","Old":"","New":"a","Annotations":)"
      R"(null},{"Type":"Added","Name":"To","Old":"","New":"0","Annotations":null},{"Type":"Added","Name":"Value",)"
      R"("Old":"","New":"0","Annotations":null}],"Objects":null})");
}

TEST(Diff, AnyTwoInstancesCanBeCompared) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    const auto a = random_instance<Everything>(random, {.max_depth = 1});
    const auto b = random_instance<Everything>(random, {.max_depth = 1});
    const ObjectDiff d = diff("X", &a, &b, {.contextual = seed % 2 == 0});
    EXPECT_EQ(d.type, DiffType::Edited);
    EXPECT_TRUE(parse_json(to_json(d)));
  }
}

}  // namespace
}  // namespace drover::codec::test
