#include <gtest/gtest.h>

#include "gotmpl/test_support.h"

// cases.md 55, 57: a template cannot hold up, fill or crash whoever renders it.
namespace drover::gotmpl {
namespace {

std::string limited(std::string_view text, const Limits& limits) {
  return render(text, {}, {.name = "t", .limits = limits});
}

void expect_refused(std::string_view text, std::string_view why, const Limits& limits = {}) {
  const std::string out = limited(text, limits);
  EXPECT_TRUE(out.starts_with("error: ")) << out.substr(0, 200);
  EXPECT_NE(out.find(why), std::string::npos) << out.substr(0, 300);
}

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Limits, OutputIsBounded) {
  expect_refused("{{ range loop 1000 }}0123456789{{ end }}", "the rendered text is longer than 5000 bytes",
                 {.output_bytes = 5000});
  EXPECT_EQ(limited("{{ range loop 500 }}0123456789{{ end }}", {.output_bytes = 5000}).size(), 5000U);
}

TEST(Limits, LoopsAreBounded) {
  expect_refused("{{ range loop 9223372036854775807 }}{{ end }}", "a loop of more than 1000000 passes");
  expect_refused("{{ range loop 5 }}{{ end }}", "a loop of more than 3 passes", {.loop_passes = 3});
  expect_refused("{{ range loop 1000 }}{{ range loop 100000 }}{{ end }}{{ end }}", "more than 100000 steps",
                 {.steps = 100000});
}

TEST(Limits, RecursionIsBounded) {
  expect_refused("{{ define \"f\" }}{{ template \"f\" . }}{{ end }}{{ template \"f\" }}",
                 "within each other more than 300 levels deep");
  expect_refused("{{ define \"f\" }}{{ executeTemplate \"f\" . }}{{ end }}{{ executeTemplate \"f\" }}",
                 "within each other more than 300 levels deep");
  expect_refused(
      "{{ define \"a\" }}{{ template \"b\" }}{{ template \"b\" }}{{ end }}{{ define \"b\" }}{{ template \"a\" }}{{ "
      "template \"a\" }}{{ end }}{{ template \"a\" }}",
      "levels deep");
}

TEST(Limits, NestingIsBounded) {
  expect_refused("{{" + repeated("(", 100000) + "1" + repeated(")", 100000) + "}}", "nested more than 100 levels deep");
  expect_refused(repeated("{{if 1}}", 100000), "nested more than 100 levels deep");
  expect_refused("{{if 1}}" + repeated("{{else if 1}}", 100000) + "{{end}}", "nested more than 100 levels deep");
  expect_refused("{{1" + repeated(" | print (1", 100000) + "}}", "nested more than 100 levels deep");
  EXPECT_EQ(limited("{{" + repeated("(", 90) + "1" + repeated(")", 90) + "}}", {}), "1");
}

TEST(Limits, TextsAreBounded) {
  expect_refused(repeated("x", 101), "longer than 100 bytes", {.text_bytes = 100});
}

TEST(Limits, ValuesAreBounded) {
  const Limits limits{.value_bytes = 1 << 20};
  expect_refused("{{ sprig_repeat 1000000000 \"x\" | len }}", "makes more than 1048576 bytes", limits);
  expect_refused("{{ $x := \"xx\" }}{{ range loop 100 }}{{ $x = print $x $x }}{{ end }}",
                 "makes more than 1048576 bytes", limits);
  expect_refused("{{ printf \"%1000000d%1000000d\" 1 1 | len }}", "makes more than 1048576 bytes", limits);
  expect_refused("{{ indent 1000000 \"a\\nb\\nc\" | len }}", "makes more than 1048576 bytes", limits);
  expect_refused("{{ sprig_until 1000000 | len }}", "makes more than 1048576 bytes", limits);
  expect_refused("{{ sprig_repeat 100000 \"x\" | replaceAll \"\" \"yyyyyyyyyyyyyyyyyyyy\" | len }}",
                 "makes more than 1048576 bytes", limits);
}

TEST(Limits, SharedPartsDoNotMultiply) {
  const std::string bomb = "{{ $x := sprig_list 1 }}{{ range loop 60 }}{{ $x = sprig_list $x $x }}{{ end }}";
  const Limits limits{.value_bytes = 1 << 20, .steps = 100000};
  for (const std::string use : {"{{ $x }}", "{{ toJSON $x }}", "{{ toYAML $x }}", "{{ printf \"%d\" $x }}",
                                "{{ sprig_dict \"a\" $x | toTOML }}"}) {
    expect_refused(bomb + use, "makes more than 1048576 bytes", limits);
  }
  expect_refused(
      "{{ $a := sprig_list 1 }}{{ $b := sprig_list 1 }}{{ range loop 60 }}{{ $a = sprig_list $a $a }}{{ $b = "
      "sprig_list $b $b }}{{ end }}{{ sprig_deepEqual $a $b }}",
      "more than 100000 steps", limits);
}

TEST(Limits, ValuesAreNotNestedWithoutEnd) {
  expect_refused("{{ $x := 1 }}{{ range loop 1000000 }}{{ $x = sprig_list $x }}{{ end }}",
                 "nested more than 100 levels deep");
  expect_refused("{{ $x := \"1\" }}{{ range loop 200 }}{{ $x = printf \"[%s]\" $x }}{{ end }}{{ parseJSON $x }}",
                 "error calling parseJSON");
  expect_refused("{{ $x := \"1\" }}{{ range loop 200 }}{{ $x = printf \"[%s]\" $x }}{{ end }}{{ parseYAML $x }}",
                 "nested more than 64 levels deep");
  expect_refused(
      "{{ scratch.MapSet \"m\" (sprig_repeat 200 \"a/\" | printf \"%sb\") 1 }}{{ scratch.Get \"m\" | explodeMap }}",
      "a key of too many parts");
}

TEST(Limits, AliasesOfYamlDoNotMultiply) {
  std::string yaml = "a0: &a0 [x]\\n";
  for (int i = 1; i < 40; ++i) yaml += fmt::format("a{}: &a{} [*a{}, *a{}]\\n", i, i, i - 1, i - 1);
  expect_refused("{{ parseYAML \"" + yaml + "\" | toJSON | len }}", "makes more than 1048576 bytes",
                 {.value_bytes = 1 << 20});
}

TEST(Limits, SearchesAreBounded) {
  const std::string text = "{{ $t := sprig_repeat 1000000 \"a\" }}{{ $n := print (sprig_repeat 500000 \"a\") \"b\" }}";
  expect_refused(text + "{{ $t | replaceAll $n \"\" | len }}", "steps");
  expect_refused(text + "{{ contains $n $t }}", "steps");
  expect_refused(text + "{{ split $n $t | len }}", "steps");
  expect_refused(text + "{{ regexMatch \"(a?){900}b\" $t }}", "steps");
  EXPECT_EQ(limited(text + "{{ trim $t $n }}", {}), "b");
}

TEST(Limits, DependenciesAreBounded) {
  expect_refused("{{ range loop 11 }}{{ key (print .) }}{{ end }}", "depends on more than 10 things",
                 {.dependencies = 10});
}

TEST(Limits, VariablesAreFoundInTime) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += fmt::format("{{{{$v{} := 1}}}}", i);
  EXPECT_EQ(limited(text + "{{$v0}}{{$v19999}}", {}), "11");
}

}  // namespace
}  // namespace drover::gotmpl
