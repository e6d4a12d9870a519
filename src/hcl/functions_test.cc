#include "hcl/functions.h"

#include <gtest/gtest.h>

#include "hcl/test_support.h"

namespace drover::hcl {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.expression;
}

class FunctionTable : public testing::TestWithParam<Case> {};

TEST_P(FunctionTable, Gives) {
  EXPECT_EQ(evaluate_to_json(GetParam().expression), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, FunctionTable,
    testing::Values(Case{"abs(-3)", "3"}, Case{"ceil(1.2)", "2"}, Case{"floor(-1.2)", "-2"}, Case{"max(1, 3, 2)", "3"},
                    Case{"min([4, 2]...)", "2"}, Case{"pow(2, 10)", "1024"}, Case{"signum(-9)", "-1"},
                    Case{"parseint(\"ff\", 16)", "255"},
                    Case{"parseint(\"9\", 8)", "error: parseint(): \"9\" is not a whole number in base 8"},
                    Case{"log(8, 2)", "3"}, Case{"log(0, 2)", "error: log(): the result is not a finite number"}));

INSTANTIATE_TEST_SUITE_P(
    Strings, FunctionTable,
    testing::Values(Case{"upper(\"ab\")", "\"AB\""}, Case{"lower(\"AB\")", "\"ab\""},
                    Case{"title(\"ab cd-e\")", "\"Ab Cd-E\""}, Case{"trim(\"xxaxx\", \"x\")", "\"a\""},
                    Case{"trim(\"xx\", \"x\")", "\"\""}, Case{"trimprefix(\"abc\", \"a\")", "\"bc\""},
                    Case{"trimsuffix(\"abc\", \"c\")", "\"ab\""}, Case{"trimspace(\" a \\n\")", "\"a\""},
                    Case{"chomp(\"a\\n\\n\")", "\"a\""}, Case{"replace(\"a.b.c\", \".\", \"--\")", "\"a--b--c\""},
                    Case{"regex_replace(\"ab12\", \"([a-z]+)([0-9]+)\", \"$2-$${1}\")", "\"12-ab\""},
                    Case{"regex_replace(\"abc\", \"x*\", \"-\")", "\"-a-b-c-\""},
                    Case{"regex_replace(\"k=v\", \"(?P<key>.)=\", \"$key:\")", "\"k:v\""},
                    Case{"regex_replace(\"a\", \"(\", \"\")",
                         "error: regex_replace(): bad regular expression: missing ): ("},
                    Case{"split(\",\", \"a,b,\")", "[\"a\",\"b\",\"\"]"},
                    Case{"join(\"-\", [1, \"b\"], [true])", "\"1-b-true\""},
                    Case{"indent(2, \"a\\nb\")", "\"a\\n  b\""}, Case{"strrev(\"ab\u00e9\")", "\"\u00e9ba\""},
                    Case{"substr(\"hello\", 1, 3)", "\"ell\""}, Case{"substr(\"hello\", -3, -1)", "\"llo\""},
                    Case{"strlen(\"h\u00e9\")", "2"}));

INSTANTIATE_TEST_SUITE_P(
    Formats, FunctionTable,
    testing::Values(Case{"format(\"%s-%03d|%-4s|%5.2f|%%\", \"a\", 7, \"b\", 3.14159)", "\"a-007|b   | 3.14|%\""},
                    Case{"format(\"%v %v %v\", 1.5, true, [1])", "\"1.5 true [1]\""},
                    Case{"format(\"%q\", \"a\\\"\")", "\"\\\"a\\\\\\\"\\\"\""},
                    Case{"format(\"%x %X %b %o %t\", 255, 255, 5, 8, true)", "\"ff FF 101 10 true\""},
                    Case{"format(\"%[2]s%[1]s\", \"a\", \"b\")", "\"ba\""},
                    Case{"format(\"%+d|%5d|%v\", 3, -3, -2)", "\"+3|   -3|-2\""},
                    Case{"format(\"%d\", \"x\")", "error: format(): %d needs a number, found string \"x\""},
                    Case{"format(\"%s\")", "error: format(): there is no value for the verb %s"},
                    Case{"format(\"a\", 1)", "error: format(): there are 1 values, but verbs for 0"},
                    Case{"format(\"%z\", 1)", "error: format(): there is no verb %z"},
                    Case{"formatlist(\"%s:%d\", [\"a\", \"b\"], 80)", "[\"a:80\",\"b:80\"]"}));

INSTANTIATE_TEST_SUITE_P(
    Collections, FunctionTable,
    testing::Values(Case{"concat([1], [2, 3])", "[1,2,3]"}, Case{"length(\"abc\")", "3"}, Case{"length({a = 1})", "1"},
                    Case{"keys({b = 1, a = 2})", "[\"a\",\"b\"]"}, Case{"values({b = 1, a = 2})", "[2,1]"},
                    Case{"merge({a = 1, b = 1}, {b = 2})", "{\"a\":1,\"b\":2}"}, Case{"lookup({a = 1}, \"b\", 9)", "9"},
                    Case{"element([1, 2, 3], 4)", "2"}, Case{"index([\"a\", \"b\"], \"b\")", "1"},
                    Case{"contains([1, 2], 2)", "true"}, Case{"contains([[1]], [1])", "true"},
                    Case{"distinct([1, 2, 1])", "[1,2]"}, Case{"flatten([1, [2, [3, []]]])", "[1,2,3]"},
                    Case{"coalesce(null, \"x\", 1)", "\"x\""}, Case{"coalescelist([], [1])", "[1]"},
                    Case{"compact([\"a\", \"\", null])", "[\"a\"]"}, Case{"slice([1, 2, 3], 1, 3)", "[2,3]"},
                    Case{"slice([1], 0, 2)", "error: slice(): from 0 to 2 is no part of a list of 1"},
                    Case{"sort([\"b\", \"a\"])", "[\"a\",\"b\"]"}, Case{"reverse([1, 2])", "[2,1]"},
                    Case{"range(3)", "[0,1,2]"}, Case{"range(1, 8, 3)", "[1,4,7]"}, Case{"range(3, 0)", "[3,2,1]"},
                    Case{"range(0, 1, 0.5)", "[0,0.5]"}, Case{"zipmap([\"a\"], [1])", "{\"a\":1}"},
                    Case{"chunklist([1, 2, 3], 2)", "[[1,2],[3]]"}, Case{"setunion([1], [2, 1])", "[1,2]"},
                    Case{"setintersection([1, 2], [2])", "[2]"},
                    Case{"setproduct([1, 2], [\"a\"])", "[[1,\"a\"],[2,\"a\"]]"}));

INSTANTIATE_TEST_SUITE_P(
    Encodings, FunctionTable,
    testing::Values(Case{"jsonencode({b = [1, null], a = \"<\"})", R"("{\"a\":\"\\u003c\",\"b\":[1,null]}")"},
                    Case{"jsondecode(\"{\\\"a\\\": [1, 2.5, true, null]}\")", R"({"a":[1,2.5,true,null]})"},
                    Case{"base64encode(\"hi\")", "\"aGk=\""}, Case{"base64decode(\"aGk=\")", "\"hi\""},
                    Case{"urlencode(\"a b/\u00e9\")", "\"a+b%2F%C3%A9\""},
                    Case{"md5(\"a\")", "\"0cc175b9c0f1b6a831c399e269772661\""},
                    Case{"sha1(\"a\")", "\"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\""},
                    Case{"sha256(\"\")", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""},
                    Case{"uuidv5(\"dns\", \"python.org\")", "\"886313e1-3b8a-5372-9b90-0c9aee199e5d\""},
                    Case{"basename(\"/a/b\")", "\"b\""}, Case{"dirname(\"/a/b\")", "\"/a\""},
                    Case{"dirname(\"b\")", "\".\""}));

INSTANTIATE_TEST_SUITE_P(Calls, FunctionTable,
                         testing::Values(Case{"try(var.missing, list[9], \"x\")", "\"x\""},
                                         Case{"try(var.missing)", "error: there is no \"missing\" here"},
                                         Case{"can(var.missing)", "false"}, Case{"can(var.name)", "true"},
                                         Case{"uper(\"a\")",
                                              "error: there is no function \"uper\"; did you mean \"upper\"?"},
                                         Case{"upper()", "error: upper() takes 1 argument, found 0"},
                                         Case{"lookup({})", "error: lookup() takes 2 to 3 arguments, found 1"},
                                         Case{"max(3...)", "error: \"...\" needs a list, found number 3"},
                                         Case{"file(\"x\")", "error: file(): files are not available here"}));

class OneFile final : public FileReader {
 public:
  Result<std::string> read(const std::string& path) const override {
    if (path != "a.txt") return err(ErrorCode::NotFound, "there is no file {}", path);
    return std::string("text");
  }
  bool exists(const std::string& path) const override { return path == "a.txt"; }
};

TEST(FileFunctions, ReadThroughTheGivenReader) {
  const OneFile files;
  const EvalOptions options{.functions = {.files = &files}};
  EXPECT_EQ(evaluate_to_json("file(\"a.txt\")", options), "\"text\"");
  EXPECT_EQ(evaluate_to_json("file(\"b\")", options), "error: file(): there is no file b");
  EXPECT_EQ(evaluate_to_json("[fileexists(\"a.txt\"), fileexists(\"b\")]", options), "[true,false]");
}

TEST(Functions, AreListedByName) {
  const std::vector<std::string> names = function_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_NE(find_function("upper"), nullptr);
  EXPECT_EQ(find_function("uuper"), nullptr);
}

}  // namespace
}  // namespace drover::hcl
