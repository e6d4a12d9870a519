#include "codec/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>

#include "codec/compare.h"
#include "codec/random_instance.h"
#include "codec/test_types.h"

namespace drover::codec::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> problems_of(std::string_view json, const DecodeOptions& options = {}) {
  Everything out;
  Diagnostics problems;
  const auto value = parse_json(json);
  if (!value) return {value.error().message()};
  EXPECT_EQ(decode_into(*value, out, problems, options), problems.errors().empty());
  return problems.errors();
}

std::string first_problem(std::string_view json) {
  const auto problems = problems_of(json);
  return problems.size() == 1 ? problems[0] : fmt::format("{} problems", problems.size());
}

std::string parse_error(std::string_view text) {
  const auto value = parse_json(text);
  return value ? "parsed" : value.error().message();
}

TEST(JsonParse, KeepsWholeNumbersWhole) {
  EXPECT_EQ(parse_json("9223372036854775807").value(), Value(INT64_MAX));
  EXPECT_EQ(parse_json("-9223372036854775808").value(), Value(INT64_MIN));
  EXPECT_EQ(parse_json("18446744073709551615").value(), Value(18446744073709551615.0));
  EXPECT_EQ(parse_json("1.0").value(), Value(1.0));
  EXPECT_EQ(parse_json("1e2").value(), Value(100.0));
}

TEST(JsonParse, ReadsDoublesExactly) {
  SeededRandom random(11);
  for (int i = 0; i < 2000; ++i) {
    const double number = std::bit_cast<double>(random.next());
    if (!std::isfinite(number)) continue;
    const std::string text = dump(number);
    const Value read = parse_json(text).value();
    EXPECT_EQ(read.as_double() ? *read.as_double() : static_cast<double>(*read.as_int()), number) << text;
  }
}

TEST(JsonParse, SaysWhereItStopped) {
  EXPECT_EQ(parse_error("{\n  \"a\": 1,\n  \"b\": x\n}"), "line 3, column 8: syntax error in `\"b\": x`");
  EXPECT_EQ(parse_error("{\"a\": 1"), "line 1, column 8: the text ends too early in `{\"a\": 1`");
  EXPECT_EQ(parse_error("{} {}"), "line 1, column 4: unexpected text after the value in `{} {}`");
  EXPECT_EQ(parse_error(" \n"), "the JSON text is empty");
}

TEST(JsonParse, HintsAtWhatPeopleExpectOfJson) {
  EXPECT_EQ(parse_error("[1,]"), "line 1, column 4: syntax error, a comma before the closing bracket in `[1,]`");
  EXPECT_EQ(parse_error("{\"a\": 1 \"b\": 2}"), "line 1, column 9: syntax error in `{\"a\": 1 \"b\": 2}`");
  EXPECT_EQ(parse_error("{'a': 1}"), "line 1, column 2: syntax error, strings stand in double quotes in `{'a': 1}`");
  EXPECT_NE(parse_error("{ // one\n}").find("JSON has no comments"), std::string::npos);
  EXPECT_NE(parse_error("{\"a\": \"b\"\n\"c\": 1}").find("a comma is missing"), std::string::npos);
}

TEST(JsonParse, ReportsPlacesAndRepeatedKeys) {
  JsonReport report;
  EXPECT_FALSE(parse_json("{\n  \"a\" 1}", {}, &report));
  EXPECT_EQ(report.line, 2u);
  EXPECT_EQ(report.column, 7u);
  EXPECT_EQ(report.problem, "syntax error");
  for (const auto& [text, repeated] : {std::pair(R"({"a":1,"b":{"a":1}})", false), {R"([{"a":1,"a":1}])", true}}) {
    JsonReport of;
    EXPECT_TRUE(parse_json(text, {}, &of));
    EXPECT_EQ(of.repeated_keys, repeated) << text;
  }
}

TEST(JsonParse, RefusesWhatIsNotStrictJson) {
  for (const std::string_view text : {"{'a':1}", "[1,]", "// x\n1", "NaN", "01", "+1", "\"\x01\"", "\"\xff\"", "1e999",
                                      "{\"a\":1,}", "\"\\ud800\"", "[1 2]", "tru", "\xEF\xBB\xBF{}"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(JsonParse, LastOfEqualKeysWins) {
  EXPECT_EQ(dump(parse_json(R"({"a":1,"b":2,"a":3})").value()), R"({"a":3,"b":2})");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += fmt::format("\"a long key that is on the heap {}\":{},", i % 50, i);
  const Value object = parse_json(many + "\"k\":1}").value();
  EXPECT_EQ(object.as_object()->size(), 51u);
  EXPECT_EQ(*object.find("a long key that is on the heap 7"), Value(57));
}

TEST(JsonParse, RefusesDeepNestingAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  for (const size_t size : {100'000u, 1'000'000u}) {
    EXPECT_NE(parse_error(std::string(size, '[')).find("nested deeper than 64 levels"), std::string::npos);
    std::string objects;
    for (size_t i = 0; i < size / 5; ++i) objects += "{\"a\":";
    EXPECT_FALSE(parse_json(objects));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
  EXPECT_FALSE(parse_json("[[1]]", {.max_depth = 1}));
  EXPECT_FALSE(parse_json("[1,2,3]", {.max_bytes = 5}));
}

TEST(JsonDecode, MatchesKeysAsGoDoes) {
  const auto port = from_json<Port>(R"({"label": "http", "VALUE": 80, "tO": 1, "Unknown": {}})");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->label, "http");
  EXPECT_EQ(port->value, 80);
  EXPECT_EQ(port->to, 1);
}

TEST(JsonDecode, OfTwoKeysForOneFieldTheLastCounts) {
  Port port;
  Diagnostics problems;
  EXPECT_TRUE(decode_into(parse_json(R"({"Value":1,"value":2,"To":3})").value(), port, problems));
  EXPECT_EQ(port.value, 2);
  EXPECT_EQ(problems.warnings(),
            std::vector<std::string>{"Value: \"Value\" is given more than once, the last one counts"});
}

TEST(JsonDecode, ReadsContainersInContainers) {
  const auto out = from_json<Everything>(R"({"MaybeColor":"blue","MaybeWait":"1m","MaybeValue":[1,null],"MaybeMap":{},
      "Colors":["red",""],"Values":[null,{"a":1}],"Maps":[{"a":"b"},null],"NamedValues":{"x":null,"y":[]},
      "NamedMaybePorts":{"p":{"Value":1},"q":null},"Waits":{"w":{"a":"1s","b":5}},"PortLists":{"l":[{"To":1},{}]}})");
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(out->maybe_color, Color::Blue);
  EXPECT_EQ(out->maybe_wait, Duration(60s));
  ASSERT_TRUE(out->maybe_value && out->maybe_map);
  EXPECT_EQ(out->maybe_value->as_array()->size(), 2u);
  EXPECT_EQ(out->colors.at(0), Color::Red);
  EXPECT_EQ(out->values.size(), 2u);
  EXPECT_EQ(out->maps.at(0).at("a"), "b");
  EXPECT_TRUE(out->named_values.at("x").is_null());
  EXPECT_EQ(out->named_maybe_ports.at("p")->value, 1);
  EXPECT_FALSE(out->named_maybe_ports.at("q"));
  EXPECT_EQ(out->waits.at("w").at("b"), Duration(5));
  EXPECT_EQ(out->port_lists.at("l").at(0).to, 1);
  EXPECT_EQ(problems_of(R"({"MaybeColor":"pink","Waits":{"w":{"a":"x"}},"PortLists":{"l":[{"To":"1"}]},
      "NamedMaybePorts":{"p":{"To":[]}}})")
                .size(),
            4u);
}

TEST(JsonDecode, NullLeavesDefaultsAndEmptiesContainers) {
  const auto out = from_json<Everything>(
      R"({"Whole":null,"Color":null,"Usually":null,"Datacenters":null,"Tasks":[{"Resources":null,"Env":null}]})");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->whole, 7);
  EXPECT_EQ(out->color, Color::Green);
  EXPECT_FALSE(out->usually);
  EXPECT_TRUE(out->datacenters.empty());
  EXPECT_EQ(out->tasks.at(0).resources.cpu, 100);
}

TEST(JsonDecode, NamesThePathOfEachProblem) {
  const auto problems = problems_of(
      R"({"Flag":"true","Tasks":[{},{"Resources":{"CPU":"abc","Ports":{}},"KillTimeout":"5 parsecs"}],"NamedPorts":{"a b":{"Value":1.5}}})");
  ASSERT_EQ(problems.size(), 5u);
  EXPECT_EQ(problems[0], "Flag: expected true or false, got string \"true\"");
  EXPECT_EQ(problems[1], "Tasks[1].Resources.CPU: expected a whole number, got string \"abc\"");
  EXPECT_EQ(problems[2], "Tasks[1].Resources.Ports: expected a list, got an object");
  EXPECT_TRUE(problems[3].starts_with("Tasks[1].KillTimeout: ")) << problems[3];
  EXPECT_EQ(problems[4], "NamedPorts[a b].Value: expected a whole number, got number 1.5");
}

TEST(JsonDecode, ConvertsNumbersOnlyWhenNothingIsLost) {
  EXPECT_EQ(from_json<Everything>(R"({"Whole":1.0})")->whole, 1);
  EXPECT_EQ(from_json<Everything>(R"({"Whole":1e3})")->whole, 1000);
  EXPECT_EQ(from_json<Everything>(R"({"Real":3})")->real, 3);
  EXPECT_EQ(first_problem(R"({"Whole":1e30})"),
            "Whole: 1e+30 is out of range, expected -9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(first_problem(R"({"Tiny":128})"), "Tiny: 128 is out of range, expected -128 to 127");
  EXPECT_EQ(first_problem(R"({"Small":-1})"), "Small: -1 is out of range, expected 0 to 255");
  EXPECT_EQ(first_problem(R"({"Huge":-1})"), "Huge: -1 is out of range, expected 0 to 9223372036854775807");
  EXPECT_EQ(first_problem(R"({"Lists":{"a":[1]}})"), "Lists[a][0]: expected a string, got number 1");
}

TEST(JsonDecode, ReadsDurationsAsNumberOrText) {
  EXPECT_EQ(from_json<Task>(R"({"KillTimeout":"1m30s"})")->kill_timeout, 90s);
  EXPECT_EQ(from_json<Task>(R"({"KillTimeout":1500000000})")->kill_timeout, 1500ms);
  EXPECT_EQ(from_json<Task>(R"({"KillTimeout":1.5e9})")->kill_timeout, 1500ms);
  EXPECT_FALSE(from_json<Task>(R"({"KillTimeout":true})"));
}

TEST(JsonDecode, ReadsEnumsUuidsAndBytesFromText) {
  EXPECT_EQ(from_json<Everything>(R"({"Color":"blue"})")->color, Color::Blue);
  EXPECT_EQ(from_json<Everything>(R"({"Color":""})")->color, Color::Green);
  EXPECT_EQ(first_problem(R"({"Color":"pink"})"),
            "Color: expected one of \"red\", \"green\", \"blue\", got string \"pink\"");
  EXPECT_EQ(from_json<Everything>(R"({"Payload":"aGVsbG8="})")->payload.value, "hello");
  EXPECT_EQ(from_json<Everything>(R"({"Payload":"aGVs\r\nbG8=\n"})")->payload.value, "hello");
  EXPECT_EQ(first_problem(R"({"ID":"xyz"})"), "ID: expected a UUID, got string \"xyz\"");
  EXPECT_TRUE(from_json<Everything>(R"({"ID":""})")->id.empty());
}

TEST(JsonDecode, KeepsSecretsOutOfMessages) {
  const auto task = from_json<Task>(R"({"Secrets":{"k":12345}, "Token": 67890})");
  ASSERT_FALSE(task);
  EXPECT_EQ(
      task.error().message(),
      "2 errors occurred:\n\t* Secrets[k]: expected a string, got number\n\t* Token: expected a string, got number");
}

TEST(JsonDecode, RefusesUnknownKeysOnDemand) {
  const DecodeOptions strict{.unknown_keys = DecodeOptions::UnknownKeys::Refuse};
  EXPECT_EQ(problems_of(R"({"Tasks":[{"Nmae":"x"}]})", strict),
            std::vector<std::string>{"Tasks[0]: unknown key \"Nmae\", did you mean \"Name\"?"});
}

TEST(JsonDecode, LeavesAnUnreadableFieldAsItWas) {
  Everything out;
  out.tiny = 5;
  Diagnostics problems;
  EXPECT_FALSE(decode_into(parse_json(R"({"Tiny":1000,"Usually":"x","Tasks":[null]})").value(), out, problems));
  EXPECT_EQ(out.tiny, 5);
  EXPECT_FALSE(out.usually);
  EXPECT_EQ(problems.error_count(), 3u);
}

TEST(JsonEncode, FollowsTheNullRules) {
  const Value value = to_value(Everything{.datacenters = {}});
  EXPECT_EQ(dump(*value.find("Datacenters")), "null");
  EXPECT_EQ(dump(*value.find("PlainList")), "[]");
  EXPECT_EQ(dump(*value.find("Maybe")), "null");
  EXPECT_EQ(dump(*value.find("ID")), "\"\"");
  EXPECT_EQ(dump(*value.find("Payload")), "null");
  EXPECT_FALSE(value.find("Numbers"));
  EXPECT_FALSE(value.find("Omitted"));
  EXPECT_EQ(*value.find("OmittedDefault"), Value(5));
  EXPECT_EQ(*to_value(Everything{.omitted_default = 0}).find("OmittedDefault"), Value(0));
}

TEST(JsonEncode, PrintsNumbersAsPeopleWriteThem) {
  EXPECT_EQ(dump(6379.0), "6379");
  EXPECT_EQ(dump(1.5), "1.5");
  EXPECT_EQ(dump(0.0001), "0.0001");
  EXPECT_EQ(dump(1e21), "1e+21");
  EXPECT_EQ(dump(-0.1), "-0.1");
  EXPECT_EQ(dump(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(to_json(Everything{.huge = UINT64_MAX}).find("\"Huge\":18446744073709551615,") == std::string::npos, false);
}

TEST(JsonEncode, EscapesForHtmlAndRepairsUtf8) {
  EXPECT_EQ(dump("<a href=\"x\">&\n\x01\x7f"), R"("\u003ca href=\"x\"\u003e\u0026\n\u0001)"
                                               "\x7f\"");
  EXPECT_EQ(dump("\u2028\u2029é€\U0001F600"), "\"\\u2028\\u2029é€\U0001F600\"");
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\x80z"}) {
    EXPECT_TRUE(parse_json(dump(bad))) << dump(bad);
    EXPECT_NE(dump(bad).find("\\ufffd"), std::string::npos);
  }
}

TEST(JsonEncode, PrettyPrintsWithFourSpaces) {
  EXPECT_EQ(to_json(Port{.label = "http", .value = 80}, {.pretty = true}),
            "{\n    \"Label\": \"http\",\n    \"Value\": 80,\n    \"To\": 0\n}");
  EXPECT_EQ(dump(parse_json(R"({"a":[],"b":{},"c":[1,{"d":2}]})").value(), {.pretty = true}),
            "{\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n        1,\n        {\n            \"d\": 2\n        }\n"
            "    ]\n}");
}

TEST(JsonEncode, RedactsSecretsAndSkipsFields) {
  const Task task{.secrets = {{"key", "canary"}, {"none", ""}}, .token = "canary"};
  const std::string text = to_json(task, {.redact = true});
  EXPECT_EQ(text.find("canary"), std::string::npos);
  EXPECT_NE(text.find(R"("Secrets":{"key":"\u003credacted\u003e","none":""})"), std::string::npos) << text;
  EXPECT_NE(to_json(task).find("canary"), std::string::npos);
  EXPECT_EQ(to_json(Everything(), {.skip_flags = kReadOnly}).find("ModifyIndex"), std::string::npos);
}

TEST(Json, EveryInstanceSurvivesTheRoundTrip) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    const auto original = random_instance<Everything>(random, {.max_depth = 2});
    const std::string text = to_json(original, {.pretty = seed % 2 == 1});
    const auto copy = from_json<Everything>(text);
    ASSERT_TRUE(copy) << seed << copy.error().message();
    ASSERT_EQ(to_json(*copy), to_json(original)) << seed;
    ASSERT_TRUE(equal(*copy, original)) << seed << "\n" << text;
    ASSERT_EQ(dump(to_value(original)), to_json(original)) << seed;
  }
}

TEST(Json, EveryPrefixIsRefused) {
  SeededRandom random(5);
  const std::string text = to_json(random_instance<Task>(random));
  for (size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(parse_json(std::string_view(text).substr(0, i))) << i;
}

}  // namespace
}  // namespace drover::codec::test
