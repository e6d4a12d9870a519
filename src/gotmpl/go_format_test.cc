#include <gtest/gtest.h>

#include <limits>

#include "gotmpl/go_format.h"
#include "gotmpl/test_support.h"

// Printing as Go's package fmt does; the results were recorded from Go.
namespace drover::gotmpl {
namespace {

std::string formatted(std::string_view format, std::vector<Value> args) {
  Meter meter({});
  const auto out = sprintf(format, args, meter);
  return out ? out->text() : "error: " + out.error().message();
}

TEST(GoFormat, PrintsValuesByDefault) {
  const Value map = from_test_json(R"({"b": null, "a": 1500000.0, "c": ["x", 1, null, {}]})");
  EXPECT_EQ(formatted("%v", {map}), "map[a:1.5e+06 b:<nil> c:[x 1 <nil> map[]]]");
  EXPECT_EQ(formatted("%#v", {map}),
            "map[string]interface {}{\"a\":1.5e+06, \"b\":interface {}(nil), \"c\":[]interface {}{\"x\", 1, interface "
            "{}(nil), map[string]interface {}{}}}");
  EXPECT_EQ(formatted("%v %v %v %v", {true, "s", Value::nil(), uint64_t{7}}), "true s <nil> 7");
  const Value record = Value::record("*x.Pair", {{"Key", "k"}, {"N", 1}});
  EXPECT_EQ(formatted("%v %+v", {record, record}), "{k 1} {Key:k N:1}");
}

TEST(GoFormat, PrintsIntegers) {
  EXPECT_EQ(formatted("%d|%5d|%-5d|%05d|%+d|% d", {42, 42, 42, 42, 42, 42}), "42|   42|42   |00042|+42| 42");
  EXPECT_EQ(formatted("%#08x %08b %x %X %o %O %#o", {1, 5, -255, 255, 8, 8, 8}),
            "0x00000001 00000101 -ff FF 10 0o10 010");
  EXPECT_EQ(formatted("%c%U%#U%q%+q", {65, 65, 233, 65, "\u00e9"}), "AU+0041U+00E9 '\u00e9''A'\"\\u00e9\"");
  EXPECT_EQ(formatted("%d", {std::numeric_limits<int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(formatted("%.3d|%6.3d|%.0d", {7, -7, 0}), "007|  -007|");
  EXPECT_EQ(formatted("%#v %#v", {1, uint64_t{3}}), "1 0x3");
}

TEST(GoFormat, PrintsFloats) {
  EXPECT_EQ(formatted("%6.2f|%-8.3f|%08.3f|%+.2e|% .1f", {3.14159, 3.14159, -3.14159, 12345.678, 2.0}),
            "  3.14|3.142   |-003.142|+1.23e+04| 2.0");
  EXPECT_EQ(formatted("%v %v %v %v %v", {123456.0, 1234567.0, 1e20, 1e-5, 0.1}), "123456 1.234567e+06 1e+20 1e-05 0.1");
  EXPECT_EQ(formatted("%.3g %.10g %g %G %x", {1234.5678, 1e11, 1e100, 1e-7, 1.5}),
            "1.23e+03 1e+11 1e+100 1E-07 0x1.8p+00");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(formatted("%v %v %6.1f", {infinity, -infinity, infinity}), "+Inf -Inf   +Inf");
}

TEST(GoFormat, PrintsTexts) {
  EXPECT_EQ(formatted("%s|%6s|%-6s|%.2s|%q", {"ab", "ab", "ab", "h\u00e9llo", "a\"\n"}),
            "ab|    ab|ab    |h\u00e9|\"a\\\"\\n\"");
  EXPECT_EQ(formatted("%x %X % x %#x %#q", {"hi", "hi", "hi", "hi", "a\tb"}), "6869 6869 68 69 0x6869 `a\tb`");
  EXPECT_EQ(formatted("%q", {"\xff\x01"}), "\"\\xff\\x01\"");
}

TEST(GoFormat, AppliesVerbsToItems) {
  const Value list = Value::strings({"a", "b"});
  EXPECT_EQ(formatted("%s %q %5v %d", {list, list, list, list}),
            "[a b] [\"a\" \"b\"] [    a     b] [%!d(string=a) %!d(string=b)]");
  EXPECT_EQ(formatted("%T %T %T %T %T", {list, 1, 1.5, "s", Value::map({})}),
            "[]string int float64 string map[string]interface {}");
}

TEST(GoFormat, ShowsWhatIsWrongInTheText) {
  EXPECT_EQ(formatted("%d %t %s", {"x", 1, Value::nil()}), "%!d(string=x) %!t(int=1) %!s(<nil>)");
  EXPECT_EQ(formatted("%d", {}), "%!d(MISSING)");
  EXPECT_EQ(formatted("x", {1, "a"}), "x%!(EXTRA int=1, string=a)");
  EXPECT_EQ(formatted("%", {}), "%!(NOVERB)");
  EXPECT_EQ(formatted("%z %!", {3}), "%!z(int=3) %!!(MISSING)");
}

TEST(GoFormat, TakesWidthsAndArgumentsByNumber) {
  EXPECT_EQ(formatted("%[2]d %[1]d", {1, 2}), "2 1");
  EXPECT_EQ(formatted("%[1]d %[1]v %d", {1, 2}), "1 1 2");
  EXPECT_EQ(formatted("%[3]d", {1}), "%!d(BADINDEX)");
  EXPECT_EQ(formatted("%*d|%-*d|%.*f", {5, 1, 4, 2, 2, 3.14159}), "    1|2   |3.14");
  EXPECT_EQ(formatted("%*d", {"a", 3}), "%!(BADWIDTH)3");
}

TEST(GoFormat, PutsSpacesBetweenOperandsThatAreNoTexts) {
  EXPECT_EQ(render("{{print 1 2 \"a\" \"b\" 3 4}}|{{println 1 \"a\"}}|{{print}}"), "1 2ab3 4|1 a\n|");
}

}  // namespace
}  // namespace drover::gotmpl
