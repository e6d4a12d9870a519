#include <gtest/gtest.h>

#include "gotmpl/test_support.h"

// sprig's functions, with the examples of their documentation.
namespace drover::gotmpl {
namespace {

struct Case {
  std::string_view text;
  std::string_view want;
};

void check(std::initializer_list<Case> cases) {
  for (const auto& [text, want] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(render(text, Value()), want);
  }
}

void check_error(std::string_view text, std::string_view part) {
  const std::string out = render(text);
  EXPECT_TRUE(out.starts_with("error: ")) << out;
  EXPECT_NE(out.find(part), std::string::npos) << out;
}

TEST(Sprig, CutsAndPadsTexts) {
  check(
      {{"{{ sprig_trim \"   hello    \" }}|{{ sprig_trimAll \"$\" \"$5.00\" }}|{{ sprig_trimSuffix \"-\" \"hello-\" "
        "}}|{{ sprig_trimPrefix \"-\" \"-hello\" }}",
        "hello|5.00|hello|hello"},
       {"{{ sprig_upper \"hello\" }} {{ sprig_lower \"HELLO\" }} {{ sprig_title \"hello world\" }} {{ sprig_untitle "
        "\"Hello World\" }}",
        "HELLO hello Hello World hello world"},
       {"{{ sprig_repeat 3 \"hello\" }} {{ sprig_substr 0 5 \"hello world\" }} {{ sprig_nospace \"hello w o r l d\" }}",
        "hellohellohello hello helloworld"},
       {"{{ sprig_trunc 5 \"hello world\" }} {{ sprig_trunc -5 \"hello world\" }} {{ sprig_abbrev 5 \"hello world\" }} "
        "{{ sprig_initials \"First Try\" }}",
        "hello world he... FT"},
       {"{{ sprig_indent 2 \"a\\nb\" }}|{{ sprig_nindent 2 \"a\\nb\" }}", "  a\n  b|\n  a\n  b"},
       {"{{ sprig_plural \"one anchovy\" \"many anchovies\" (len \"a\") }}", "one anchovy"}});
}

TEST(Sprig, ChangesTheCaseOfWords) {
  check(
      {{"{{ sprig_snakecase \"FirstName\" }} {{ sprig_camelcase \"http_server\" }} {{ sprig_kebabcase \"FirstName\" }}",
        "first_name HttpServer first-name"},
       {"{{ sprig_swapcase \"This Is A.Test\" }}", "tHIS iS a.tEST"}});
}

TEST(Sprig, LooksIntoTexts) {
  check(
      {{"{{ sprig_contains \"cat\" \"catch\" }} {{ sprig_hasPrefix \"cat\" \"catch\" }} {{ sprig_hasSuffix \"cat\" "
        "\"catch\" }}",
        "true true false"},
       {"{{ sprig_regexMatch \"^[A-Z]+$\" \"ABC\" }} {{ sprig_regexFind \"[a-zA-Z][1-9]\" \"abcd1234\" }}", "true d1"},
       {"{{ sprig_regexFindAll \"[2,4,6,8]\" \"123456789\" -1 }} {{ sprig_regexSplit \"z+\" \"pizza\" -1 }}",
        "[2 4 6 8] [pi a]"},
       {"{{ sprig_regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }} {{ sprig_regexReplaceAllLiteral \"a(x*)b\" "
        "\"-ab-axxb-\" \"${1}\" }}",
        "-W-xxW- -${1}-${1}-"},
       {"{{ sprig_regexQuoteMeta \"1.2.3\" }}", "1\\.2\\.3"}});
}

TEST(Sprig, QuotesAndJoins) {
  check({{"{{ sprig_quote \"a\" 1 nil \"b\" }} {{ sprig_squote \"a\" }} {{ sprig_cat \"hello\" 1 \"world\" }}",
          "\"a\" \"1\" \"b\" 'a' hello 1 world"},
         {"{{ sprig_list 1 2 | sprig_join \"-\" }} {{ sprig_splitList \"$\" \"foo$bar\" }} {{ (sprig_split \"$\" "
          "\"foo$bar$baz\")._0 }} {{ sprig_splitn \"$\" 2 \"foo$bar$baz\" }}",
          "1-2 [foo bar] foo map[_0:foo _1:bar$baz]"},
         {"{{ \"I Am Henry VIII\" | sprig_replace \" \" \"-\" }} {{ sprig_list \"b\" \"a\" | sprig_sortAlpha }}",
          "I-Am-Henry-VIII [a b]"},
         {"{{ sprig_toString 1.5 }} {{ sprig_toStrings (sprig_list 1 true) }}", "1.5 [1 true]"}});
}

TEST(Sprig, EncodesAndHashes) {
  check({{"{{ sprig_b64enc \"hello\" }} {{ sprig_b64dec \"aGVsbG8=\" }} {{ sprig_b32enc \"hello\" }} {{ sprig_b32dec "
          "\"NBSWY3DP\" }}",
          "aGVsbG8= hello NBSWY3DP hello"},
         {"{{ sprig_sha1sum \"Hello world!\" }}", "d3486ae9136e7856bc42212385ea797094475802"},
         {"{{ sprig_sha256sum \"Hello world!\" }}", "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a"},
         {"{{ sprig_adler32sum \"Hello world!\" }}", "487130206"},
         {"{{ sprig_base \"foo/bar.baz\" }} {{ sprig_dir \"foo/bar/baz\" }} {{ sprig_clean \"foo/bar/../baz\" }} {{ "
          "sprig_ext \"foo.bar\" }} {{ sprig_isAbs \"/a\" }}",
          "bar.baz foo/bar foo/baz .bar true"}});
}

TEST(Sprig, ChoosesValues) {
  check({{"{{ sprig_default \"foo\" \"\" }} {{ 3 | sprig_default 1 }} {{ sprig_empty 0 }} {{ sprig_coalesce 0 \"\" "
          "\"x\" }}",
          "foo 3 true x"},
         {"{{ true | sprig_ternary \"foo\" \"bar\" }} {{ sprig_all 1 0 }} {{ sprig_any 1 0 }}", "foo false true"},
         {"{{ sprig_kindOf \"a\" }} {{ sprig_kindIs \"int\" 123 }} {{ sprig_typeOf 1.5 }} {{ sprig_typeIs \"string\" 1 "
          "}} {{ sprig_kindOf (sprig_list) }}",
          "string true float64 false slice"},
         {"{{ sprig_deepEqual (sprig_list 1 2) (sprig_list 1 2) }}", "true"}});
  check_error("{{ sprig_fail \"no such port\" }}", "error calling sprig_fail: no such port");
}

TEST(Sprig, WorksOnLists) {
  check(
      {{"{{ $l := sprig_list 1 2 3 4 5 }}{{ sprig_first $l }} {{ sprig_rest $l }} {{ sprig_last $l }} {{ sprig_initial "
        "$l }}",
        "1 [2 3 4 5] 5 [1 2 3 4]"},
       {"{{ $l := sprig_list 1 2 }}{{ sprig_append $l 6 }} {{ sprig_prepend $l 0 }} {{ sprig_concat $l (sprig_list 3) "
        "}} {{ sprig_reverse $l }}",
        "[1 2 6] [0 1 2] [1 2 3] [2 1]"},
       {"{{ sprig_list 1 1 2 | sprig_uniq }} {{ sprig_without (sprig_list 1 2 3) 1 3 }} {{ sprig_has 4 (sprig_list 4) "
        "}} {{ sprig_list 1 \"\" | sprig_compact }}",
        "[1 2] [2] true [1]"},
       {"{{ sprig_slice (sprig_list 1 2 3 4 5) 1 3 }} {{ sprig_chunk 2 (sprig_list 1 2 3) }}", "[2 3] [[1 2] [3]]"},
       {"{{ sprig_until 3 }} {{ sprig_untilStep 3 6 2 }} {{ sprig_seq 5 }} {{ sprig_seq 0 2 5 }} {{ sprig_seq 2 -2 }}",
        "[0 1 2] [3 5] 1 2 3 4 5 0 2 4 2 1 0 -1 -2"}});
  check_error("{{ sprig_slice (sprig_list 1) 2 }}", "slice bounds out of range");
}

TEST(Sprig, WorksOnDictionaries) {
  check({{"{{ $d := sprig_dict \"a\" 1 \"b\" \"x\" }}{{ sprig_get $d \"a\" }}{{ sprig_hasKey $d \"c\" }}{{ sprig_keys "
          "$d }}{{ sprig_values $d }}",
          "1false[a b][1 x]"},
         {"{{ $d := sprig_dict }}{{ $_ := sprig_set $d \"k\" 1 }}{{ $_ := sprig_set $d \"l\" 2 }}{{ $_ := sprig_unset "
          "$d \"k\" }}{{ $d }}",
          "map[l:2]"},
         {"{{ sprig_pick (sprig_dict \"a\" 1 \"b\" 2) \"a\" }} {{ sprig_omit (sprig_dict \"a\" 1 \"b\" 2) \"a\" }} {{ "
          "sprig_pluck \"a\" (sprig_dict \"a\" 1) (sprig_dict \"a\" 2) }}",
          "map[a:1] map[b:2] [1 2]"},
         {"{{ sprig_merge (sprig_dict \"a\" 1) (sprig_dict \"a\" 2 \"b\" 3) }} {{ sprig_mergeOverwrite (sprig_dict "
          "\"a\" 1) (sprig_dict \"a\" 2) }}",
          "map[a:1 b:3] map[a:2]"},
         {"{{ sprig_dig \"a\" \"b\" \"none\" (sprig_dict \"a\" (sprig_dict \"b\" 1)) }} {{ sprig_dig \"x\" \"none\" "
          "(sprig_dict) }}",
          "1 none"},
         {"{{ sprig_fromJson \"{\\\"a\\\":[1]}\" | sprig_toJson }} {{ sprig_toRawJson \"<\" }}", "{\"a\":[1]} \"<\""}});
}

TEST(Sprig, NeverMakesAMapThatHoldsItself) {
  EXPECT_EQ(
      render("{{ $d := sprig_dict }}{{ $_ := sprig_set $d \"me\" $d }}{{ $_ := sprig_set $d \"me\" $d }}{{ $d }}"),
      "map[me:map[me:map[]]]");
  check_error("{{ $d := sprig_dict \"in\" (sprig_dict) }}{{ sprig_set $d.in \"a\" 1 }}", "part of nothing else");
  check_error("{{ $d := sprig_dict }}{{ range loop 1000 }}{{ $_ := sprig_set $d \"me\" $d }}{{ end }}",
              "nested more than");
}

TEST(Sprig, Calculates) {
  check({{"{{ sprig_add 1 2 3 }} {{ sprig_add1 1 }} {{ sprig_sub 5 3 }} {{ sprig_mul 1 2 3 }} {{ sprig_div 7 2 }} {{ "
          "sprig_mod 7 2 }}",
          "6 2 2 6 3 1"},
         {"{{ sprig_max 1 2 3 }} {{ sprig_min 1 2 3 }} {{ sprig_floor 123.9999 }} {{ sprig_ceil 123.001 }} {{ "
          "sprig_round 123.555555 3 }}",
          "3 1 123 124 123.556"},
         {"{{ sprig_atoi \"12\" }} {{ sprig_int \"0x10\" }} {{ sprig_int64 1.9 }} {{ sprig_float64 \"1.5\" }} {{ "
          "sprig_toDecimal \"0777\" }} {{ sprig_int true }}",
          "12 16 1 1.5 511 1"},
         {"{{ sprig_now | sprig_date \"2006-01-02\" }} {{ sprig_now | sprig_unixEpoch }}", "2026-11-23 1795442709"}});
  check_error("{{ sprig_div 1 0 }}", "integer divide by zero");
}

}  // namespace
}  // namespace drover::gotmpl
