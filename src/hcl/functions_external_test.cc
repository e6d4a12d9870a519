// Functions that Debian has no reference for; expected values are those of their documentation, or of other programs.
#include <gtest/gtest.h>

#include "base/random.h"
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

class ExternalFunction : public testing::TestWithParam<Case> {};

TEST_P(ExternalFunction, Gives) {
  EXPECT_EQ(evaluate_to_json(GetParam().expression), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, ExternalFunction,
    testing::Values(
        Case{"cidrhost(\"10.12.127.0/20\", 16)", "\"10.12.112.16\""},
        Case{"cidrhost(\"10.12.127.0/20\", 268)", "\"10.12.113.12\""},
        Case{"cidrhost(\"10.0.0.0/8\", -1)", "\"10.255.255.255\""},
        Case{"cidrhost(\"fd00:fd12:3456:7890:00a2::/72\", 34)", "\"fd00:fd12:3456:7890::22\""},
        Case{"cidrhost(\"10.0.0.0/30\", 4)", "error: cidrhost(): 10.0.0.0/30 has no host 4"},
        Case{"cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""}, Case{"cidrnetmask(\"0.0.0.0/0\")", "\"0.0.0.0\""},
        Case{"cidrnetmask(\"::/20\")", "\"ffff:f000::\""},
        Case{"cidrsubnet(\"172.16.0.0/12\", 4, 2)", "\"172.18.0.0/16\""},
        Case{"cidrsubnet(\"10.1.2.0/24\", 4, 15)", "\"10.1.2.240/28\""},
        Case{"cidrsubnet(\"fd00:fd12:3456:7890::/56\", 16, 162)", "\"fd00:fd12:3456:7800:a200::/72\""},
        Case{"cidrsubnet(\"10.0.0.0/8\", 0, 0)", "\"10.0.0.0/8\""},
        Case{"cidrsubnet(\"10.0.0.0/8\", 2, 4)", "error: cidrsubnet(): there is no network 4 with 2 bits"},
        Case{"cidrsubnet(\"10.0.0.0/8\", 25, 0)", "error: cidrsubnet(): 10.0.0.0/8 has no room for 25 more bits"},
        Case{"cidrsubnets(\"10.1.0.0/16\", 4, 4, 8, 4)",
             "[\"10.1.0.0/20\",\"10.1.16.0/20\",\"10.1.32.0/24\",\"10.1.48.0/20\"]"},
        Case{"cidrsubnets(\"fd00::/8\", 32, 16)", "[\"fd00::/40\",\"fd00:100::/24\"]"},
        Case{"cidrsubnets(\"10.0.0.0/31\", 1, 1)", "[\"10.0.0.0/32\",\"10.0.0.1/32\"]"},
        Case{"cidrsubnets(\"255.255.255.254/31\", 1, 1, 1)",
             "error: cidrsubnets(): 255.255.255.254/31 has no room left for network 3"},
        Case{"cidrsubnets(\"::/0\", 1, 1)", "[\"::/1\",\"8000::/1\"]"}, Case{"cidrsubnets(\"10.0.0.0/8\")", "[]"},
        Case{"cidrhost(\"10.0.0.0\", 1)",
             "error: cidrhost(): argument 1 must be a network such as \"10.0.0.0/8\", found string \"10.0.0.0\""}));

INSTANTIATE_TEST_SUITE_P(
    Yaml, ExternalFunction,
    testing::Values(Case{"yamldecode(\"a: 1\\nb: [x, 'y', ~, yes, 1.5]\\n\")",
                         R"({"a":1,"b":["x","y",null,true,1.5]})"},
                    Case{"yamldecode(\"x\")", "\"x\""}, Case{"yamldecode(\"\")", "null"},
                    Case{"yamldecode(\"a: &x {b: 1}\\nc: *x\\nd: {<<: *x, e: 2}\\n\")",
                         R"({"a":{"b":1},"c":{"b":1},"d":{"b":1,"e":2}})"},
                    Case{"yamldecode(\"{<<: {a: 1}, a: 2}\")", R"({"a":2})"},
                    Case{"yamldecode(\"a: |\\n  one\\n  two\\n\")", R"({"a":"one\ntwo\n"})"},
                    Case{"yamldecode(\"[!!str 1, '2', 0x10, 1_000, 0b101, 2001-01-01]\")",
                         R"(["1","2","0x10",1000,5,"2001-01-01"])"},
                    Case{"yamldecode(\"1: one\\ntrue: two\")", R"({"1":"one","true":"two"})"},
                    Case{"yamldecode(\"a\\n---\\nb\")", "error: yamldecode(): bad YAML: only one document is allowed"},
                    Case{"yamldecode(\"a: &x [*x]\")",
                         "error: yamldecode(): bad YAML: line 1, column 8: an alias within what it stands for"},
                    Case{"yamldecode(\"!!int x\")", "error: yamldecode(): bad YAML: line 1, column 1: \"x\" is no int"},
                    Case{"yamlencode({a = [1, {b = true}], c = {}, d = \"x\", e = null})",
                         R"("\"a\":\n  - 1\n  -\n    \"b\": true\n\"c\": {}\n\"d\": \"x\"\n\"e\": null\n")"},
                    Case{"yamldecode(yamlencode({a = [1, {b = [[]]}], c = \"yes: #\\n\", d = [[1, 2], []]}))",
                         R"({"a":[1,{"b":[[]]}],"c":"yes: #\n","d":[[1,2],[]]})"}));

INSTANTIATE_TEST_SUITE_P(Sequences, ExternalFunction,
                         testing::Values(Case{"index([\"a\", \"b\"], \"b\")", "1"}, Case{"index([5, 6], 1)", "6"},
                                         Case{"index({a = 1}, \"a\")", "1"}, Case{"reverse(\"abc\")", "\"cba\""},
                                         Case{"length({a = 1})", "1"},
                                         Case{"uuidv5(\"urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8\", "
                                              "\"python.org\")",
                                              "\"886313e1-3b8a-5372-9b90-0c9aee199e5d\""}));

class Files final : public FileReader {
 public:
  Result<std::string> read(const std::string&) const override { return std::string("text"); }
  bool exists(const std::string&) const override { return true; }
  Result<std::vector<std::string>> list(const std::string&) const override {
    return std::vector<std::string>{"b.txt", "a.txt", "x/c.txt", "x/y/d.txt", "e.md"};
  }
  Result<std::string> working_directory() const override { return std::string("/work"); }
  Result<std::string> home_directory() const override { return std::string("/home/me"); }
};

TEST(FileFunctions, KnowDirectoriesThroughTheGivenReader) {
  const Files files;
  const EvalOptions options{.functions = {.files = &files}};
  EXPECT_EQ(evaluate_to_json("abspath(\"a/../b/./c\")", options), "\"/work/b/c\"");
  EXPECT_EQ(evaluate_to_json("[pathexpand(\"~\"), pathexpand(\"~/x\"), pathexpand(\"/x\")]", options),
            "[\"/home/me\",\"/home/me/x\",\"/x\"]");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"*.txt\")", options), "[\"a.txt\",\"b.txt\"]");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"**/*.txt\")", options),
            "[\"a.txt\",\"b.txt\",\"x/c.txt\",\"x/y/d.txt\"]");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"{a,e}.??*\")", options), "[\"a.txt\",\"e.md\"]");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"[^a].txt\")", options), "[\"b.txt\"]");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"[a\")", options), "error: fileset(): the pattern is not valid");
  EXPECT_EQ(evaluate_to_json("fileset(\".\", \"*\")"), "error: fileset(): files are not available here");
}

TEST(RandomFunctions, UseTheGivenSource) {
  SeededRandom first(1), second(1);
  const std::string uuid = evaluate_to_json("uuidv4()", {.functions = {.random = &first}});
  EXPECT_EQ(uuid.size(), 38u);
  EXPECT_EQ(uuid[15], '4');
  EXPECT_EQ(evaluate_to_json("uuidv4()", {.functions = {.random = &second}}), uuid);
  EXPECT_EQ(evaluate_to_json("uuidv4()"), "error: uuidv4(): random values are not available here");
}

TEST(RandomFunctions, BcryptIsThatOfCrypt) {
  SeededRandom random(1);
  const EvalOptions options{.functions = {.random = &random}};
  const std::string hashed = evaluate_to_json("bcrypt(\"secret\", 4)", options);
  EXPECT_EQ(hashed.substr(0, 8), "\"$2a$04$");
  EXPECT_EQ(hashed.size(), 62u);
  EXPECT_EQ(evaluate_to_json("bcrypt(\"a\", 31)", options).substr(0, 6), "error:");
  EXPECT_EQ(evaluate_to_json("bcrypt(\"a\", 32)", options),
            "error: bcrypt(): argument 2 must be a cost from 4 to 31, found number 32");
}

}  // namespace
}  // namespace drover::hcl
