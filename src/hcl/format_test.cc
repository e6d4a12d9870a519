#include "hcl/format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <fmt/format.h>

#include "hcl/json.h"
#include "hcl/parser.h"
#include "hcl/walk.h"

namespace drover::hcl {
namespace {

std::string formatted(std::string_view text) {
  auto result = format(text, "f.nomad");
  return result ? *result : "error: " + result.error().message();
}

std::string own_text(const Literal& n) {
  return to_json(n.value);
}
std::string own_text(const Verbatim& n) {
  return std::string(n.text);
}
std::string own_text(const Variable& n) {
  return n.name;
}
std::string own_text(const Call& n) {
  return fmt::format("{}{}", n.name, n.expand_last);
}
std::string own_text(const Unary& n) {
  return std::to_string(static_cast<int>(n.op));
}
std::string own_text(const Binary& n) {
  return std::to_string(static_cast<int>(n.op));
}
std::string own_text(const For& n) {
  return fmt::format("{},{},{}", n.key_name, n.value_name, n.group);
}
std::string own_text(const TemplateFor& n) {
  return n.key + "," + n.value;
}
std::string own_text(const Access& n) {
  std::string out;
  for (const Access::Step& step : n.steps) {
    const auto* attr = std::get_if<Access::Attr>(&step.kind);
    out += fmt::format(".{}{}", step.kind.index(), attr ? attr->name : "");
  }
  return out;
}
template <class Other>
std::string own_text(const Other&) {
  return "";
}

void dump(const Expr& expr, std::string& out) {
  out +=
      fmt::format("({}:{}", expr.node.index(), std::visit([](const auto& node) { return own_text(node); }, expr.node));
  for_each_child(expr.node, [&](const Expr& child) { dump(child, out); });
  out += ")";
}

// The tree of a text without its positions.
void dump(const Body& body, std::string& out) {
  for (const Attribute& attribute : body.attributes) {
    out += attribute.name + "=";
    dump(*attribute.expr, out);
  }
  for (const Block& block : body.blocks) {
    out += block.type;
    for (const Block::Label& label : block.labels) out += "\"" + label.text + "\"";
    out += "{";
    dump(block.body, out);
    out += "}";
  }
}

std::string meaning(std::string_view text) {
  const ParseResult parsed = parse(text, "f");
  std::string out;
  if (parsed.ok()) dump(parsed.body, out);
  return parsed.ok() ? out : "error: " + parsed.diagnostics.errors()[0];
}

void expect_harmless(std::string_view text) {
  const std::string once = formatted(text);
  EXPECT_EQ(formatted(once), once);
  EXPECT_EQ(meaning(once), meaning(text)) << text;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The recorded outputs are hclwrite.Format's (hcl 2.14.1).
TEST(Format, LaysOutAsTheReferenceDoes) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("src/hcl/testdata/format")) {
    if (entry.path().extension() != ".in") continue;
    SCOPED_TRACE(entry.path().string());
    std::filesystem::path expected = entry.path();
    const std::string text = read_file(entry.path());
    EXPECT_EQ(formatted(text), read_file(expected.replace_extension(".out")));
    expect_harmless(text);
    ++count;
  }
  EXPECT_GE(count, 40u);
}

TEST(Format, RefusesWhatCannotBeParsed) {
  const auto result = format("job \"x\" {\n  a = ]\n}\n", "f.nomad");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("f.nomad:2"), std::string::npos) << result.error().message();
}

TEST(Format, LaysOutOldFilesToo) {
  EXPECT_EQ(formatted("task \"t\" { driver=\"x\" config { a=1 } }\n"),
            "task \"t\" { driver = \"x\" config { a = 1 } }\n");
  EXPECT_EQ(formatted("\"quoted  ${ a }\"=1\n"), "\"quoted  ${ a }\" = 1\n");
  EXPECT_EQ(formatted("a \"${ x }\" {}\n"), "a \"${ x }\" {}\n");
}

TEST(Format, LeavesAloneWhatIsNoExpression) {
  EXPECT_EQ(formatted("a=\"${X:-y  z} %{http_code  }\"\n"), "a = \"${X:-y  z} %{http_code  }\"\n");
}

TEST(Format, DropsBlanksAtTheEndOfTheText) {
  EXPECT_EQ(formatted("a=1  "), "a = 1");
  EXPECT_EQ(formatted(""), "");
  EXPECT_EQ(formatted(" \n"), "\n");
}

// A text put together at random; most, but not all of them can be parsed.
class TextMaker {
 public:
  explicit TextMaker(uint32_t seed) : random_(seed) {}

  std::string body(int depth) {
    std::string out;
    for (uint32_t n = below(5); n > 0; --n) {
      const uint32_t kind = below(8);
      if (kind == 0) out += pick({"\n", "# c\n", "  // c\n", "/* c */\n", " \t\n"});
      if (kind >= 1 && kind < 6) out += blank() + "a" + blank() + "=" + blank() + expr(depth) + pick({"\n", " # c\n"});
      if (kind == 6) out += " b " + pick({"", "\"l\" ", "l "}) + "{\n" + (depth > 0 ? body(depth - 1) : "") + "}\n";
      if (kind == 7) out += "t" + blank() + "=" + pick({"<<", "<<-"}) + "E\n  x ${ a . b }\n  E\n";
    }
    return out;
  }

 private:
  std::string expr(int depth) {
    if (depth <= 0) return pick({"1", "2.5", "x", "\"s\"", "null", "-1", "\"$${x}%%{\"", "\"${X:-1}\""});
    const auto sub = [&] { return blank() + expr(depth - 1) + blank(); };
    switch (below(12)) {
      case 0:
        return "[" + pick({"", "\n"}) + sub() + "," + sub() + pick({"", "\n"}) + "]";
      case 1:
        return "{" + pick({"", "\n"}) + "k" + blank() + pick({"=", ":"}) + sub() + pick({"", "\n"}) + "}";
      case 2:
        return "\"x${" + pick({"", "~"}) + sub() + pick({"", "~"}) + "}y\"";
      case 3:
        return "f" + blank() + "(" + sub() + pick({"", "..."}) + ")";
      case 4:
        return "(" + sub() + ")";
      case 5:
        return sub() + pick({"+", "-", "*", "/", "%", "==", "<", "&&"}) + sub();
      case 6:
        return "x" + blank() + pick({".a", ".0", "[*].c", ".*.d", "[ 0 ]"});
      case 7:
        return sub() + "?" + sub() + ":" + sub();
      case 8:
        return "[for x in" + sub() + ":" + sub() + "]";
      case 9:
        return "\"%{ if " + sub() + "}y%{" + blank() + "else ~}z%{endif}\"";
      case 10:
        return pick({"-", "!"}) + sub();
      default:
        return "{for k , v in" + sub() + ":k=>" + sub() + "}";
    }
  }

  std::string blank() { return pick({"", " ", "\t", "  ", " /* c */ "}); }
  std::string pick(std::initializer_list<const char*> choices) { return choices.begin()[below(choices.size())]; }
  uint32_t below(size_t n) { return static_cast<uint32_t>(random_() % n); }

  std::mt19937 random_;
};

TEST(Format, ChangesNoMeaningAndIsDoneAfterOnce) {
  size_t parsed = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    const std::string text = TextMaker(seed).body(3);
    if (meaning(text).starts_with("error")) continue;
    ++parsed;
    expect_harmless(text);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(parsed, 1000u);
}

}  // namespace
}  // namespace drover::hcl
