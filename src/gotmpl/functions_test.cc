#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "gotmpl/functions.h"
#include "gotmpl/test_support.h"

// consul-template's helper functions, with the examples of its documentation where it has some.
namespace drover::gotmpl {
namespace {

struct Case {
  std::string_view text;
  std::string_view want;
};

const Value kData =
    from_test_json(R"({"tags": ["web", "prod"], "nums": [1, 2], "wanted": ["web"], "other": ["db"], "none": [],
  "config": {"admin": {"port": "1234"}, "maxconns": "5", "minconns": "2"}, "flat": {"foo/bar": "a", "foo/baz": "b"}})");

void check(std::initializer_list<Case> cases) {
  for (const auto& [text, want] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(render(text, kData), want);
  }
}

void check_error(std::string_view text, std::string_view part) {
  const std::string out = render(text, kData);
  EXPECT_TRUE(out.starts_with("error: ")) << out;
  EXPECT_NE(out.find(part), std::string::npos) << out;
}

TEST(Functions, Base64) {
  check({{"{{ base64Decode \"aGVsbG8=\" }}", "hello"},
         {"{{ base64Encode \"hello\" }}", "aGVsbG8="},
         {"{{ base64URLEncode \"\\xfb\\xff\" }} {{ base64Encode \"\\xfb\\xff\" }}", "-_8= +/8="},
         {"{{ base64URLDecode \"aGVsbG8=\" }} {{ base64URLDecode \"-_8=\" | printf \"%x\" }}", "hello fbff"}});
  check_error("{{ base64Decode \"!\" }}", "error calling base64Decode: illegal base64 data");
  check_error("{{ base64Decode \"-_8=\" }}", "illegal base64 data");
}

TEST(Functions, Contains) {
  check({{"{{ if .tags | contains \"prod\" }}yes{{ end }}", "yes"},
         {"{{ contains \"x\" \"axb\" }} {{ contains 3 .nums }} {{ contains 2 .nums }}", "true false true"},
         {"{{ in .tags \"web\" }} {{ in \"hello\" \"ell\" }} {{ in .nums \"1\" }}", "true true false"},
         {"{{ containsAll .wanted .tags }} {{ containsAll .other .tags }} {{ containsAll .none .tags }}",
          "true false true"},
         {"{{ containsAny .wanted .tags }} {{ containsAny .other .tags }} {{ containsAny .none .tags }}",
          "true false false"},
         {"{{ containsNone .wanted .tags }} {{ containsNone .other .tags }}", "false true"},
         {"{{ containsNotAll .wanted .tags }} {{ containsNotAll .other .tags }}", "false true"}});
}

TEST(Functions, ExecuteTemplate) {
  check({{"{{ define \"custom\" }}my custom template{{ end }}{{ executeTemplate \"custom\" }}", "my custom template"},
         {"{{ define \"c\" }}<{{.}}>{{ end }}{{ executeTemplate \"c\" 42 }}{{ $v := executeTemplate \"c\" 1 }}{{ $v | "
          "len }}",
          "<42>3"}});
  check_error("{{ executeTemplate \"nope\" }}", "no template \"nope\"");
}

TEST(Functions, ExplodeAndMerge) {
  check({{"{{ .flat | explodeMap | toJSON }}", "{\"foo\":{\"bar\":\"a\",\"baz\":\"b\"}}"},
         {"{{ mergeMap (parseJSON \"{\\\"a\\\":{\\\"x\\\":1},\\\"b\\\":1}\") (parseJSON "
          "\"{\\\"a\\\":{\\\"x\\\":2,\\\"y\\\":3}}\") | toJSON }}",
          "{\"a\":{\"x\":1,\"y\":3},\"b\":1}"},
         {"{{ mergeMapWithOverride (parseJSON \"{\\\"a\\\":{\\\"x\\\":1},\\\"b\\\":1}\") (parseJSON "
          "\"{\\\"a\\\":{\\\"x\\\":2,\\\"y\\\":3}}\") | toJSON }}",
          "{\"a\":{\"x\":2,\"y\":3},\"b\":1}"}});
  check_error("{{ explodeMap (parseJSON \"{\\\"a\\\":1,\\\"a/b\\\":2}\") }}", "not a map");
}

TEST(Functions, Texts) {
  check({{"{{ \"a\\n\\nb\" | indent 2 }}", "  a\n\n  b"},
         {"{{ .tags | join \",\" }}", "web,prod"},
         {"{{ \"foo\\nbar\\n\" | split \"\\n\" }} {{ len (split \",\" \"\") }}", "[foo bar] 0"},
         {"{{ split \"\" \"a\u00e9\" }}", "[a \u00e9]"},
         {"{{ splitToMap \",\" \":\" \"a:1,b:2,c\" }}", "map[a:1 b:2]"},
         {"{{ \"  a b\\n\" | trimSpace }}|{{ trim \"!\" \"!!a!\" }}|{{ trimPrefix \"v\" \"v1\" }}|{{ trimSuffix \".0\" "
          "\"1.0\" }}",
          "a b|a|1|1"},
         {"{{ \"foo.bar\" | replaceAll \".\" \"_\" }}", "foo_bar"},
         {"{{ \"ab\" | replaceAll \"\" \"-\" }}", "-a-b-"},
         {"{{ \"bob\" | toUpper }}{{ \"BOB\" | toLower }}{{ \"bob o'neil\" | toTitle }}", "BOBbobBob O'neil"},
         {"{{ \"\u00e9\" | toUpper }}", "\u00c9"}});
}

TEST(Functions, RegularExpressions) {
  check({{"{{ if \"foo.bar\" | regexMatch \"foo([.a-z]+)\" }}yes{{ end }}", "yes"},
         {"{{ \"foo.bar\" | regexReplaceAll \"foo([.a-z]+)\" \"$1\" }}", ".bar"},
         {"{{ \"ab\" | regexReplaceAll \"(?P<x>a)\" \"${x}${x}$$$9\" }}", "aa$b"},
         {"{{ \"ab\" | regexReplaceAll \"(a)\" \"$1x\" }}", "b"},
         {"{{ \"abc\" | regexReplaceAll \"\" \"-\" }}", "-a-b-c-"},
         {"{{ \"baac\" | regexReplaceAll \"a*\" \"x\" }}", "xbxcx"}});
  check_error("{{ regexMatch \"(\" \"x\" }}", "error parsing regexp");
}

TEST(Functions, Hashes) {
  check({{"{{ \"bladibla\" | sha256Hex }}", "54cf4c66bcabb5c20e25331c01dd600b73369e97a947861bd8d3a0e0b8b3d70b"},
         {"{{ \"myString\" | md5sum }}", "91c65b6feeb5a6ad66b30e2ebd9405e1"},
         {"{{ hmacSHA256Hex \"somemessage\" \"somekey\" }}",
          "6116e95f2827172aa6ef8b22b883f6a77e966aefc129c6b8228ebd0aac74e98d"}});
}

TEST(Functions, Scalars) {
  check({{"{{ \"true\" | parseBool }} {{ parseBool \"\" }} {{ \"1.2\" | parseFloat }} {{ \"-1\" | parseInt }} {{ \"1\" "
          "| parseUint }}",
          "true false 1.2 -1 1"},
         {"{{ parseInt \"\" }} {{ parseFloat \"1e3\" }}", "0 1000"}});
  check_error("{{ parseInt \"x\" }}", "strconv.ParseInt: parsing \"x\": invalid syntax");
  check_error("{{ parseUint \"-1\" }}", "invalid syntax");
  check_error("{{ parseInt \"9223372036854775808\" }}", "value out of range");
  check_error("{{ parseBool \"yes\" }}", "invalid syntax");
}

TEST(Functions, Arithmetic) {
  check({{"{{ add 1 2 }} {{ subtract 2 5 }} {{ multiply 2 2 }} {{ divide 2 10 }} {{ modulo 2 5 }}", "3 3 4 5 1"},
         {"{{ 5 | subtract 2 }} {{ 10 | divide 4 }} {{ 10.0 | divide 4 }} {{ add 1 0.5 }}", "3 2 2.5 1.5"},
         {"{{ minimum 2 5 }} {{ maximum 2 5 }} {{ minimum 2.5 2 }} {{ maximum 2.5 2 }}", "2 5 2 2.5"},
         {"{{ add 9223372036854775807 1 }} {{ divide -1 -9223372036854775808 }}",
          "-9223372036854775808 -9223372036854775808"}});
  check_error("{{ divide 0 1 }}", "integer divide by zero");
  check_error("{{ modulo 0 1 }}", "integer divide by zero");
  check_error("{{ add \"1\" 2 }}", "unknown type");
  check_error("{{ modulo 1.5 2 }}", "modulo: unknown type");
}

TEST(Functions, Loop) {
  check({{"{{ range loop 3 }}.{{ end }}", "..."},
         {"{{ range $i := loop 5 8 }}\nstanza-{{ $i }}{{ end }}", "\nstanza-5\nstanza-6\nstanza-7"},
         {"{{ range loop \"2\" }}{{ . }}{{ end }}{{ range loop 3 1 }}x{{ else }}none{{ end }}", "01none"}});
  check_error("{{ loop 3 }}", "can't print");
  check_error("{{ range loop 1.5 }}{{ end }}", "loop: bad argument type: float64");
}

TEST(Functions, Timestamp) {
  check({{"{{ timestamp }}", "2026-11-23T14:05:09Z"},
         {"{{ timestamp \"unix\" }}", "1795442709"},
         {"{{ timestamp \"2006-01-02\" }} {{ timestamp \"Mon Jan _2 15:04:05 MST 2006\" }}",
          "2026-11-23 Mon Nov 23 14:05:09 UTC 2026"},
         {"{{ timestamp \"3:04PM .000 05.999999999 002 06\" }}", "2:05PM .012 09.012345678 327 26"}});
}

TEST(Functions, Json) {
  check({{"{{ .config | toJSON }}", "{\"admin\":{\"port\":\"1234\"},\"maxconns\":\"5\",\"minconns\":\"2\"}"},
         {"{{ .config | toJSONPretty }}",
          "{\n  \"admin\": {\n    \"port\": \"1234\"\n  },\n  \"maxconns\": \"5\",\n  \"minconns\": \"2\"\n}"},
         {"{{ \"<a&b>\\n\" | toJSON }} {{ \"<a>\" | toUnescapedJSON }}", "\"\\u003ca\\u0026b\\u003e\\n\" \"<a>\""},
         {"{{ with $d := parseJSON \"{\\\"name\\\":\\\"x\\\",\\\"n\\\":1234567}\" }}{{ $d.name }} {{ $d.n }}{{ $d.n | "
          "toJSON }}{{ end }}",
          "x 1.234567e+061234567"},
         {"{{ parseJSON \"\" }} {{ toJSON nil }} {{ toJSON 1e-9 }} {{ toJSON 1e21 }}", "map[] null 1e-9 1e+21"},
         {"{{ parseJSON \"[]\" | toJSONPretty }} {{ toUnescapedJSONPretty .nums }}", "[] [\n  1,\n  2\n]"}});
  check_error("{{ parseJSON \"{\" }}", "error calling parseJSON");
}

TEST(Functions, Yaml) {
  check({{"{{ .config | toYAML }}", "admin:\n  port: \"1234\"\nmaxconns: \"5\"\nminconns: \"2\""},
         {"{{ with $d := parseYAML \"name: x\\nnum: 12\\non: yes\" }}{{ $d.name }} {{ $d.num }} {{ index $d \"true\" "
          "}}{{ end }}",
          "x 12 true"},
         {"{{ parseYAML \"[1, 1.5, 0x10, 1_000, ~, 'x', no, 2026-01-01]\" | toJSON }}",
          "[1,1.5,16,1000,null,\"x\",false,\"2026-01-01\"]"},
         {"{{ parseYAML \"a: &x {k: 1}\\nb: {<<: *x, l: 2}\" | toJSON }}", "{\"a\":{\"k\":1},\"b\":{\"k\":1,\"l\":2}}"},
         {"{{ parseYAML \"\" }}", "map[]"},
         {"{{ toYAML (parseJSON \"{\\\"l\\\":[[1,2],{\\\"a\\\":\\\"x: "
          "y\\\"}],\\\"e\\\":[],\\\"t\\\":\\\"a\\\\nb\\\\n\\\",\\\"a10\\\":1,\\\"a2\\\":\\\"yes\\\"}\") }}",
          "a2: \"yes\"\na10: 1\ne: []\nl:\n- - 1\n  - 2\n- a: 'x: y'\nt: |\n  a\n  b"}});
  check_error("{{ parseYAML \"a: 1\\na: 2\" }}", "already set in map");
  check_error("{{ parseYAML \"a: [\" }}", "yaml: line");
}

TEST(Functions, YamlReadsBackWhatItWrites) {
  const std::vector<std::string> texts = {
      "",     " a",  "a ",   "-",   "- a",    "a: b",  "a #b", "#",     "true", "~",    "1.5",  "0x1F",       "'",
      "\"",   "a'b", "a\nb", "a\n", "\n",     "a\n\n", "\na",  " a\nb", "a\tb", "\x01", "1:20", "2026-01-01", "<<",
      "null", "no",  "{",    "[a]", "*a",     "&a",    "!a",   "|",     ">",    "%",    "@",    "`",          ",",
      "?",    ": a", "a:",   "---", "\u00e9", "a \nb", "=",    "key",   "1e3",  "+1",   ".5"};
  Meter meter({});
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    const Value value = Value::map({{"k", text}, {"l", Value::list({text, Value::map({{text, text}})})}, {"z", 1}});
    const auto yaml = to_yaml(value, meter);
    ASSERT_TRUE(yaml);
    const auto back = from_yaml(yaml->text() + "\n", meter);
    ASSERT_TRUE(back) << yaml->text() << "\n" << back.error().message();
    EXPECT_EQ(*back, value) << yaml->text();
  }
}

TEST(Functions, Toml) {
  check({{"{{ .config | toTOML }}", "maxconns = \"5\"\nminconns = \"2\"\n\n[admin]\n  port = \"1234\""},
         {"{{ parseYAML \"a: [1, 2]\\nf: 1.0\\nn: ~\\nt: [{x: 1}, {x: 2}]\\n'a b': \\\"q\\\\\\\"\\\"\" | toTOML }}",
          "a = [1, 2]\n\"a b\" = \"q\\\"\"\nf = 1.0\n\n[[t]]\n  x = 1\n\n[[t]]\n  x = 2"}});
  check_error("{{ toTOML 1 }}", "top-level values must be maps");
}

TEST(Functions, Scratch) {
  check(
      {{"{{ scratch.Key \"foo\" }}{{ scratch.Set \"foo\" \"bar\" }}{{ scratch.Key \"foo\" }}{{ scratch.Get \"foo\" }}",
        "falsetruebar"},
       {"{{ scratch.SetX \"a\" 1 }}{{ scratch.SetX \"a\" 2 }}{{ scratch.Get \"a\" }}", "1"},
       {"{{ scratch.MapSet \"v\" \"b\" 2 }}{{ scratch.MapSet \"v\" \"a\" 1 }}{{ scratch.MapSetX \"v\" \"a\" 9 }}{{ "
        "scratch.MapValues \"v\" }} {{ scratch.Get \"v\" }}",
        "[1 2] map[a:1 b:2]"},
       {"{{ 7 | scratch.Set \"p\" }}{{ with scratch.Get \"p\" }}{{ . }}{{ end }}{{ scratch.Get \"nope\" }}",
        "7<no value>"}});
  check_error("{{ scratch.Nope \"a\" }}", "can't evaluate field Nope");
  check_error("{{ scratch.Get }}", "wrong number of args for Get: want 1 got 0");
}

TEST(Functions, AllStandInTheDocumentation) {
  std::ifstream in("docs/templates.md");
  ASSERT_TRUE(in) << "run from the root of the repository";
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  for (const std::string& name : function_names()) {
    const bool found =
        text.find("`" + name + "`") != std::string::npos || text.find("`" + name + " ") != std::string::npos;
    EXPECT_TRUE(found) << name;
  }
}

// cases.md 57
TEST(Functions, RefusesWhatReachesOutsideTheTask) {
  for (const std::string_view name : {"plugin", "writeToFile", "spew_dump", "sprig_env", "sprig_getHostByName",
                                      "sprig_genPrivateKey", "sprig_uuidv4", "sockaddr"}) {
    check_error("{{ " + std::string(name) + " }}", "is not available: it");
  }
}

}  // namespace
}  // namespace drover::gotmpl
