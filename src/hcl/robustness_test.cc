#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/random.h"
#include "hcl/eval.h"
#include "hcl/parser.h"
#include "hcl/test_support.h"

namespace drover::hcl {
namespace {

void evaluate_all(const Body& body, Evaluator& evaluator, const Scope& scope) {
  for (const Attribute& attribute : body.attributes) {
    references(*attribute.expr);
    evaluator.evaluate(*attribute.expr, scope);
  }
  for (const Block& block : body.blocks) evaluate_all(block.body, evaluator, scope);
}

// The entry for fuzzing: any bytes give a tree and values, or diagnostics.
size_t parse_and_evaluate(std::string_view text, const Limits& limits) {
  ParseResult result = parse(text, "fuzz", limits);
  Scope scope;
  scope.set("var", Value::List{Number(1), "a"});
  Evaluator evaluator({.limits = limits}, result.diagnostics);
  evaluate_all(result.body, evaluator, scope);
  for (const Diagnostic& diagnostic : result.diagnostics.all()) diagnostic.format();
  return result.diagnostics.error_count();
}

TEST(Robustness, DeepNestingIsAnErrorWhereverItIs) {
  for (const std::string_view unit :
       {"[",     "{",        "(",    "!",     "-",       "\"${",    "{a=",        "[{a:",  "f(",
        "a[",    "a?b:",     "a?",   "x {\n", "\"x\" {", "<<A\n${", "[for a in ", "a=[\n", "%{if a}",
        "${",    "1+",       "x[*]", ".a",    "\"",      "}",       "/*",         "a.",    "%{for a in b}",
        "<<A\n", "a \"b\" ", "\\",   "~"}) {
    for (const std::string_view prefix : {"", "a = ", "a = \"", "a = <<E\n", "a = x ", "a = 1+"}) {
      std::string text(prefix);
      while (text.size() < 200'000) text += unit;
      EXPECT_GT(parse_and_evaluate(text, {}), 0u) << prefix << unit;
    }
  }
}

TEST(Robustness, ClosedDeepNestingIsAnErrorToo) {
  for (const auto& [open, close] :
       {std::pair("[", "]"), std::pair("(", ")"), std::pair("{a=", "}"), std::pair("\"${", "}\"")}) {
    std::string text = "a = ";
    for (int i = 0; i < 50'000; ++i) text += open;
    text += "1";
    for (int i = 0; i < 50'000; ++i) text += close;
    EXPECT_EQ(parse_and_evaluate(text + "\n", {}), 1u) << open;
  }
}

TEST(Robustness, AllowedNestingIsEvaluated) {
  std::string text = "1";
  for (int i = 0; i < 150; ++i) text = "[" + text + "]";
  EXPECT_EQ(evaluate_to_json(text).size(), 301u);
  std::string chain = "1";
  for (int i = 0; i < 400; ++i) chain += " + 1";
  EXPECT_EQ(evaluate_to_json(chain), "401");
  EXPECT_EQ(evaluate_to_json("1" + std::string(100, '!')).substr(0, 6), "syntax");
}

TEST(Robustness, SplatsWithinSplatsAreBounded) {
  std::string text = "1";
  for (int i = 0; i < 150; ++i) {
    std::string splats;
    for (int k = 0; k < 600; ++k) splats += "[*]";
    text = "var" + splats + "[" + text + "]";
  }
  EXPECT_GT(parse_and_evaluate("a = " + text + "\n", {}), 0u);
}

TEST(Robustness, ExpansionBombsRunOutOfBudget) {
  const std::string spend = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]";
  for (const std::string& bomb :
       {spend, std::string("range(100000000000)"), std::string("range(0, 1, 0.000000001)"),
        std::string("format(\"%1000000s\", \"\") == [for a in range(100) : format(\"%1000000s\", \"\")]"),
        std::string("indent(1000000000, \"a\\nb\")"), std::string("setproduct([for a in range(5) : range(1000)]...)"),
        std::string("join(format(\"%100000s\", \"\"), range(100000))"),
        std::string("replace(format(\"%100000s\", \"\"), \" \", format(\"%100000s\", \"\"))"),
        std::string("regex_replace(format(\"%100000s\", \"\"), \"\", format(\"%100000s\", \"\"))"),
        std::string("\"%{ for a in range(100000) }%{ for b in range(100000) }${b}%{ endfor }%{ endfor }\""),
        std::string("[for a in range(100000) : [for b in range(100) : format(\"%1000s\", \"\")]]")}) {
    const std::string answer = evaluate_to_json(bomb);
    EXPECT_EQ(answer.substr(0, 6), "error:") << bomb << ": " << answer.substr(0, 100);
  }
}

// Expressions that are short and ask for a lot; the limits are such that each costs tens of milliseconds at most.
TEST(Robustness, EveryRecordedBombIsAnError) {
  std::ifstream file("src/hcl/testdata/bombs.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Value> bombs = from_json(text, 10);
  ASSERT_TRUE(bombs.has_value());
  ASSERT_GT(bombs->as_list().size(), 60u);
  for (const Value& bomb : bombs->as_list()) {
    const std::string answer = evaluate_to_json(bomb.as_string());
    EXPECT_TRUE(answer.starts_with("error:") || answer.starts_with("syntax:")) << bomb.as_string();
  }
}

TEST(Robustness, DoublingThroughVariablesRunsOutOfBudget) {
  Scope scope;
  Diagnostics diagnostics;
  Evaluator evaluator({}, diagnostics);
  const Expression doubled = parse_expression("[x, x]", "f");
  Value x("0123456789");
  std::optional<Value> next(x);
  for (int i = 0; i < 100 && next; ++i) {
    Scope inner;
    inner.set("x", *next);
    next = evaluator.evaluate(*doubled.expr, inner);
  }
  EXPECT_FALSE(next.has_value());
  EXPECT_TRUE(evaluator.exhausted());
  EXPECT_EQ(diagnostics.error_count(), 1u);
}

TEST(Robustness, NestingThroughVariablesRunsOutOfBudget) {
  Diagnostics diagnostics;
  Evaluator evaluator({}, diagnostics);
  const Expression wrapped = parse_expression("[x]", "f");
  std::optional<Value> next(Value("a"));
  int levels = 0;
  for (; levels < 1000 && next; ++levels) {
    Scope scope;
    scope.set("x", *next);
    next = evaluator.evaluate(*wrapped.expr, scope);
  }
  EXPECT_EQ(levels, 201);
}

TEST(Robustness, TryDoesNotSurviveTheBudget) {
  EXPECT_EQ(
      evaluate_to_json("try(format(\"%100000000s\", \"\"), [for a in range(1000) : range(1000)], 1)").substr(0, 6),
      "error:");
  EXPECT_EQ(evaluate_to_json("can([for a in range(1000) : range(1000)])").substr(0, 6), "error:");
}

constexpr std::string_view kSeeds[] = {
    "job \"x\" {\n  datacenters = [\"dc1\"]\n  group \"g\" {\n    count = var.n + 1\n    task \"t\" { driver=\"d\" }\n "
    " }\n}\n",
    "a = \"x ${upper(\"y\")} %{ if true ~} z %{ else } w %{ endif }\"\nb = <<-EOT\n    one ${node.class}\n  two\n  "
    "EOT\n",
    "c = {for k, v in {a = 1, b = [2]} : k => v... if k != \"q\"}\nd = [for x in [1, 2, 3] : x * 2 if x > 1]\n",
    "e = list[*].id[0].*.x\nf = !true && 1 < 2 || -3 % 2 == 1 ? {\"a\": 1,} : [null, 1.5e3]\n",
    "g = format(\"%5.2f|%-3s|%v\", 1.5, \"a\", [1])\nh = regex_replace(\"abc\", \"(b)\", \"$1$${1}\")\n",
    "i = jsondecode(\"{\\\"a\\\": [1]}\")\nj = merge({a = 1}, {b = try(var.q, 2)})\nk = substr(\"hello\", -2, 5)\n",
    "l = \"${meta.foo-bar} ${env[\"HOME\"]} ${x:-y} $${z} %%{q}\"\n/* c */ # d\n// e\nm = \"\\u00e9\\n\"\n",
    "n = setproduct([1, 2], range(3))\no = chunklist(range(5), 2)\np = zipmap([\"a\"], [1])\nq = indent(2, "
    "\"a\\nb\")\n",
};

std::string mutate(Random& random) {
  const auto pick = [&] { return kSeeds[random.below(std::size(kSeeds))]; };
  std::string text(pick());
  for (uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
    const size_t at = random.below(text.size() + 1);
    switch (random.below(5)) {
      case 0:
        text.erase(at, random.below(8));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 2:
        text.insert(at, 1, "\"${}[]()<>\n%~.,=:*-!?\\#/E"[random.below(25)]);
        break;
      case 3: {
        const std::string_view other = pick();
        const size_t from = random.below(other.size());
        text.insert(at, other.substr(from, random.below(30)));
        break;
      }
      default:
        text.insert(at, text.substr(at, random.below(20)));
        break;
    }
  }
  return text;
}

TEST(Robustness, MutatedTextsNeverCrash) {
  SeededRandom random(41);
  const Limits limits{.steps = 20'000, .bytes = 1u << 20};
  for (int i = 0; i < 4'000; ++i) parse_and_evaluate(mutate(random), limits);
}

TEST(Robustness, UnmutatedSeedsAreValid) {
  for (const std::string_view seed : kSeeds) EXPECT_TRUE(parse(seed, "seed").ok()) << seed;
}

}  // namespace
}  // namespace drover::hcl
