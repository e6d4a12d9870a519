#include <gtest/gtest.h>

#include <fstream>

#include "gotmpl/constants.h"
#include "gotmpl/test_support.h"

// What Go's own text/template (1.19) made of several hundred generated templates.
namespace drover::gotmpl {
namespace {

Value reference_data() {
  return Value::map({{"m", Value::map({{"b", Value::nil()},
                                       {"a", 1.5e6},
                                       {"c", Value::list({"x", 1, Value::nil(), Value::map({})})},
                                       {"s", "str"},
                                       {"t", true},
                                       {"i", -7}})},
                     {"l", Value::strings({"a", "b"})},
                     {"e", Value::strings({})},
                     {"s", "h\u00e9llo"},
                     {"f", 123456789.0},
                     {"u", uint64_t{3}},
                     {"n", Value::nil()},
                     {"bt", true},
                     {"g", 2.5},
                     {"i", 42},
                     {"z", 0},
                     {"q", "a\"b<c>\n\t'&"},
                     {"ll", Value::list({Value::list({1, 2}), Value::list({})})},
                     {"sm", Value::string_map({{"k", "v"}})}});
}

TEST(Reference, GivesWhatGoGives) {
  std::ifstream in("src/gotmpl/testdata/text_template.tsv");
  ASSERT_TRUE(in) << "run from the root of the repository";
  const Options options{.missing_key = Options::MissingKey::Invalid};
  const Value data = reference_data();
  size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const size_t tab = line.find('\t');
    const std::string text = unquote(line.substr(0, tab)).value();
    const std::string wanted = unquote(line.substr(tab + 1)).value();
    SCOPED_TRACE(text);
    const auto parsed = Template::parse(text, options);
    ASSERT_EQ(wanted == "parse error", !parsed.has_value());
    if (!parsed) continue;
    TestSources sources;
    const Rendering out = parsed->render(sources, kTestNow, data);
    EXPECT_EQ(out.error ? "error" : "= " + out.text, wanted);
  }
  EXPECT_GT(count, 400U);
}

}  // namespace
}  // namespace drover::gotmpl
