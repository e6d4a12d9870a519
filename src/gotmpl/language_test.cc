#include <gtest/gtest.h>

#include "gotmpl/test_support.h"

// Go's text/template, in the order of its documentation.
namespace drover::gotmpl {
namespace {

struct Case {
  std::string_view text;
  std::string_view want;
};

const Value kData = from_test_json(R"({"Name": "web", "Port": 8080, "Tags": ["a", "b"], "Empty": [], "Ratio": 1.5,
  "Meta": {"zone": "z1", "rack": "r7"}, "Null": null, "On": true, "Deep": {"a": {"b": {"c": "found"}}}})");

void check(std::initializer_list<Case> cases) {
  for (const auto& [text, want] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(render(text, kData), want);
  }
}

TEST(Language, CopiesTextOutsideActions) {
  check({{"", ""}, {"plain { text } }}", "plain { text } }}"}, {"a{{1}}b{{2}}c", "a1b2c"}});
}

TEST(Language, TrimsWhiteSpaceAtMarkers) {
  check({{"{{23 -}} < {{- 45}}", "23<45"},
         {"a \n\t{{- 1 -}}\r\n b", "a1b"},
         {"{{- 3}}", "3"},
         {"{{-3}}", "-3"},
         {"a {{- /* gone */ -}} b", "ab"},
         {"a {{/* gone */}} b", "a  b"},
         {"x {{- \"y\" -}} z", "xyz"}});
}

TEST(Language, RefusesBadComments) {
  check({{"a{{/* x }}", "error: t:1:4: unclosed comment"},
         {"a{{/* x */ 1}}", "error: t:1:4: comment ends before closing delimiter"}});
}

TEST(Language, HasOtherDelimiters) {
  const Options options{.name = "t", .left_delim = "<<", .right_delim = ">>"};
  EXPECT_EQ(render("{{x}} <<.Name>> <<- 1 ->> !", kData, options), "{{x}} web1!");
  EXPECT_EQ(render("[[.Name]]", kData, {.name = "t", .left_delim = "[[", .right_delim = "]]"}), "web");
}

TEST(Language, WritesConstants) {
  check({{"{{1}} {{-7}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}", "1 -7 31 5 15 15 1000"},
         {"{{1.5}} {{1e3}} {{1e6}} {{1e21}} {{3.0}} {{0.00001}}", "1.5 1000 1e+06 1e+21 3 1e-05"},
         {"{{'a'}} {{'\\n'}}", "97 10"},
         {"{{true}} {{false}}", "true false"},
         {"{{\"q\\\"\\t\\u00e9\\x41\"}} {{`raw\\n`}}", "q\"\t\u00e9A raw\\n"},
         {"{{nil}}", "error: t:1:3: executing \"t\" at <nil>: nil is not a command"},
         {"{{1i}}", "error: t:1:3: complex numbers are not supported: 1i"},
         {"{{99999999999999999999}}", "error: t:1:3: integer overflow: \"99999999999999999999\""},
         {"{{18446744073709551615}}",
          "error: t:1:3: executing \"t\" at <18446744073709551615>: 18446744073709551615 overflows int"}});
}

TEST(Language, FollowsFields) {
  check({{"{{.Name}}:{{.Port}}", "web:8080"},
         {"{{.Deep.a.b.c}} {{(.Deep.a).b.c}} {{$.Deep.a.b.c}}", "found found found"},
         {"{{.Null}}", "<no value>"},
         {"{{.Name.x}}", "error: t:1:3: executing \"t\" at <.Name.x>: can't evaluate field x in type string"},
         {"{{.Null.x}}", "error: t:1:3: executing \"t\" at <.Null.x>: nil pointer evaluating interface {}.x"}});
}

TEST(Language, MissingKeysAreWhatTheOptionSays) {
  using MissingKey = Options::MissingKey;
  const auto with = [](MissingKey key, std::string_view text) {
    return render(text, kData, {.name = "t", .missing_key = key});
  };
  EXPECT_EQ(with(MissingKey::Zero, "{{.Nope}}"), "<no value>");
  EXPECT_EQ(with(MissingKey::Zero, "{{(splitToMap \",\" \":\" \"a:1\").b}}|"), "|");
  EXPECT_EQ(with(MissingKey::Invalid, "{{.Nope.x}}"), "<no value>");
  EXPECT_EQ(with(MissingKey::Error, "{{.Nope}}"),
            "error: t:1:3: executing \"t\" at <.Nope>: map has no entry for key \"Nope\"");
}

TEST(Language, PipesValuesIntoTheLastArgument) {
  check({{"{{\"output\" | printf \"%s-%s\" \"x\"}}", "x-output"},
         {"{{.Tags | len | print \"n=\"}}", "n=2"},
         {"{{printf \"%d\" (len .Tags)}}", "2"},
         {"{{1 | 2}}", "error: t:1:7: non executable command in pipeline stage 2"},
         {"{{\"a\" \"b\"}}", "error: t:1:3: executing \"t\" at <\"a\">: can't give argument to non-function \"a\""}});
}

TEST(Language, BranchesOnTruth) {
  check({{"{{if .On}}yes{{end}}{{if .Empty}}no{{end}}", "yes"},
         {"{{if 0}}a{{else}}b{{end}}", "b"},
         {"{{if \"\"}}a{{else if .Null}}b{{else if .Meta}}c{{else}}d{{end}}", "c"},
         {"{{with .Meta.zone}}{{.}}{{end}}{{with .Null}}x{{else}}y{{end}}", "z1y"},
         {"{{with .Null}}x{{else with .Name}}{{.}}{{end}}", "web"},
         {"{{with $x := .Port}}{{$x}}{{end}}", "8080"}});
}

TEST(Language, RangesOverListsMapsAndNumbers) {
  check({{"{{range .Tags}}<{{.}}>{{end}}", "<a><b>"},
         {"{{range $i, $t := .Tags}}{{$i}}={{$t}},{{end}}", "0=a,1=b,"},
         {"{{range $k, $v := .Meta}}{{$k}}={{$v}};{{end}}", "rack=r7;zone=z1;"},
         {"{{range .Empty}}x{{else}}none{{end}}", "none"},
         {"{{range .Null}}x{{else}}none{{end}}", "none"},
         {"{{range 3}}{{.}}{{end}}", "012"},
         {"{{range $i := 2}}{{$i}}{{end}}", "01"},
         {"{{$v := 0}}{{range $v = .Tags}}{{end}}{{$v}}", "b"},
         {"{{range .Name}}{{end}}",
          "error: t:1:9: executing \"t\" at <.Name>: range can't iterate over a value of type string"}});
}

TEST(Language, BreaksAndContinues) {
  check({{"{{range 9}}{{if eq . 2}}{{continue}}{{end}}{{if gt . 4}}{{break}}{{end}}{{.}}{{end}}", "0134"},
         {"{{range .Tags}}{{range 9}}{{if .}}{{break}}{{end}}{{.}}{{end}};{{end}}", "0;0;"},
         {"{{break}}", "error: t:1:1: {{break}} outside {{range}}"},
         {"{{if 1}}{{continue}}{{end}}", "error: t:1:9: {{continue}} outside {{range}}"}});
}

TEST(Language, KeepsVariablesInTheirBlocks) {
  check({{"{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12"},
         {"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
         {"{{$x := 1}}{{range .Tags}}{{$x = .}}{{end}}{{$x}}", "b"},
         {"{{if $y := 3}}{{$y}}{{end}}{{$y}}", "error: t:1:30: undefined variable \"$y\""},
         {"{{with .Meta}}{{$.Name}}{{end}}", "web"},
         {"{{$a, $b := .Meta}}", "error: t:1:3: too many declarations in command"}});
}

TEST(Language, CallsTemplates) {
  check({{"{{define \"T\"}}[{{.}}]{{end}}{{template \"T\"}}{{template \"T\" .Name}}", "[<no value>][web]"},
         {"{{block \"B\" .Name}}({{.}}){{end}}{{template \"B\" 1}}", "(web)(1)"},
         {"{{define \"f\"}}{{if .}}{{len .}}{{template \"f\" (slice . 1)}}{{end}}{{end}}{{template \"f\" \"abc\"}}",
          "321"},
         {"{{$x := 1}}{{define \"T\"}}{{$x}}{{end}}", "error: t:1:28: undefined variable \"$x\""},
         {"{{template \"T\"}}", "error: t:1:1: executing \"t\" at <{{template \"T\"}}>: template \"T\" not defined"},
         {"{{define \"T\"}}1{{end}}{{define \"T\"}}2{{end}}", "error: t:1:31: multiple definition of template \"T\""}});
}

TEST(Language, ComparesAsGoDoes) {
  check({{"{{eq 1 1}} {{eq 1 2 3 1}} {{eq \"a\" \"b\"}} {{ne 1 2}}", "true true false true"},
         {"{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt \"a\" \"b\"}} {{lt 1.5 2.5}}",
          "true true false true true true"},
         {"{{eq .Null nil}} {{eq .Nope .Null}}", "true true"},
         {"{{eq 1 (parseUint \"1\")}}", "true"},
         {"{{eq 1 1.0}}",
          "error: t:1:3: executing \"t\" at <eq 1 1.0>: error calling eq: incompatible types for comparison"},
         {"{{eq 1}}", "error: t:1:3: executing \"t\" at <eq 1>: error calling eq: missing argument for comparison"},
         {"{{eq .Tags .Tags}}",
          "error: t:1:3: executing \"t\" at <eq .Tags .Tags>: error calling eq: non-comparable type []interface {}"},
         {"{{lt true false}}",
          "error: t:1:3: executing \"t\" at <lt true false>: error calling lt: invalid type for comparison"}});
}

TEST(Language, AndAndOrStopEarly) {
  check({{"{{and 1 \"\" 2}}|{{and 1 2}}|{{or 0 \"x\"}}|{{or 0 \"\"}}|{{not 0}}", "|2|x||true"},
         {"{{and .Null (index .Tags 9)}}", "<no value>"},
         {"{{or .Name (index .Tags 9)}}", "web"},
         {"{{and}}", "error: t:1:3: executing \"t\" at <and>: wrong number of args for and: want at least 1 got 0"}});
}

TEST(Language, IndexesSlicesAndCounts) {
  check({{"{{index .Tags 1}} {{index .Meta \"zone\"}} {{index .Deep \"a\" \"b\" \"c\"}}", "b z1 found"},
         {"{{index .Meta \"nope\"}}", "<no value>"},
         {"{{index .Tags 2}}",
          "error: t:1:3: executing \"t\" at <index .Tags 2>: error calling index: index out of range: 2"},
         {"{{index .Tags -1}}",
          "error: t:1:3: executing \"t\" at <index .Tags -1>: error calling index: index out of range: -1"},
         {"{{index .Null 1}}",
          "error: t:1:3: executing \"t\" at <index .Null 1>: error calling index: index of untyped nil"},
         {"{{slice \"hello\" 1 3}} {{slice .Tags 1}} {{slice \"abc\"}}", "el [b] abc"},
         {"{{slice \"abc\" 2 1}}",
          "error: t:1:3: executing \"t\" at <slice \"abc\" 2 1>: error calling slice: invalid slice index: 2 > 1"},
         {"{{len .Tags}} {{len .Meta}} {{len \"\u00e9\"}}", "2 2 2"},
         {"{{len 3}}", "error: t:1:3: executing \"t\" at <len 3>: error calling len: len of type int"},
         {"{{call .Name}}",
          "error: t:1:3: executing \"t\" at <call .Name>: error calling call: non-function of type string"}});
}

TEST(Language, EscapesForHtmlScriptsAndUrls) {
  check({{"{{html \"<a href='x'>&\\\"\"}}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"},
         {"{{js \"it's \\\"<b>\\\"\\n=\"}}", "it\\'s \\\"\\u003Cb\\u003E\\\"\\u000A\\u003D"},
         {"{{urlquery \"a b&c/d~e\"}}", "a+b%26c%2Fd~e"},
         {"{{html .Null}}", "&lt;no value&gt;"}});
}

TEST(Language, SaysWhereAndWhatIsWrong) {
  check({{"line\n  {{nosuch 1}}", "error: t:2:5: function \"nosuch\" not defined"},
         {"{{toLowr \"A\"}}", "error: t:1:3: function \"toLowr\" not defined; did you mean \"toLower\"?"},
         {"{{if}}", "error: t:1:5: missing value for if"},
         {"{{if 1}}x", "error: t:1:10: unexpected EOF"},
         {"{{end}}", "error: t:1:1: unexpected {{end}}"},
         {"{{if 1}}{{else}}{{else}}{{end}}", "error: t:1:1: expected end; found {{else}}"},
         {"{{.a", "error: t:1:5: unclosed action"},
         {"{{\"abc}}", "error: t:1:3: unterminated quoted string"},
         {"{{(1}}", "error: t:1:5: unclosed left paren"},
         {"{{1)}}", "error: t:1:4: unexpected right paren U+0029 ')'"},
         {"{{.}", "error: t:1:4: bad character U+007D '}'"},
         {"{{1.2.3}}", "error: t:1:6: unexpected \".3\" in operand"},
         {"{{x y}}", "error: t:1:3: function \"x\" not defined"},
         {"{{\"\\q\"}}", "error: t:1:3: invalid syntax"},
         {"{{not 1 2}}", "error: t:1:3: executing \"t\" at <not>: wrong number of args for not: want 1 got 2"},
         {"{{toLower 1}}", "error: t:1:11: executing \"t\" at <1>: expected string; found 1"},
         {"{{toLower .Port}}",
          "error: t:1:11: executing \"t\" at <.Port>: wrong type for value; expected string; got int"},
         {"{{toLower .Null}}", "error: t:1:11: executing \"t\" at <.Null>: invalid value; expected string"},
         {"{{toLower nil}}", "error: t:1:11: executing \"t\" at <nil>: cannot assign nil to string"}});
}

TEST(Language, ShowsTheLineOfAProblem) {
  const auto parsed = Template::parse("a\n\tb {{nosuch}} c\n", {.name = "app.conf.tpl"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().format(),
            "app.conf.tpl:2:6: function \"nosuch\" not defined\n"
            "  2 |     b {{nosuch}} c\n"
            "    |         ^");
}

}  // namespace
}  // namespace drover::gotmpl
