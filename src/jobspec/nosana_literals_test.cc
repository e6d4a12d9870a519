#include "jobspec/nosana_literals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// The flow in which the vectors were recorded.
LiteralContext recorded_context() {
  LiteralContext context;
  context.globals = {{"job", "FLOW"}, {"host", "HOST"}, {"project", "PROJECT"}, {"frps_address", "node.k8s"}};
  context.variables = {{"MODEL", "m"}, {"EMPTY", ""}};
  LiteralContext::Operation& op = context.operations["a"];
  op.host = "FLOW-0";
  op.endpoints = {{"80", "HASH.node.k8s"}};
  op.deployment_endpoint = "DEP.node";
  op.results = json(R"({"one": ["x"], "two": ["x", "y"], "empty": [],
      "json": ["{\"K\":\"V\",\"N\":1,\"B\":true,\"O\":{\"z\":1}}"], "arr": ["[1,2]"],
      "pairs": ["[{\"key\":\"P\",\"value\":\"Q\"}]"], "ports": ["[9000,{\"port\":80}]"],
      "pieces": ["[70", "00]"]})");
  context.operations["b"].host = "FLOW-1";
  return context;
}

std::string outcome(std::string_view args) {
  const auto done = interpolate(json(args), recorded_context());
  return done ? codec::dump(*done) : "ERROR " + done.error().message();
}

// Four of the recorded results are what Nosana's documentation says instead of what its nodes do (facts 2.6, BUG).
TEST(NosanaLiterals, AreReplacedAsInTheRecordedVectors) {
  const std::vector<std::string> lines = split(test_file("nosana/literals.txt"), '\n');
  size_t count = 0;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    const std::vector<std::string> parts = split(line, '\t');
    ASSERT_EQ(parts.size(), 3u) << line;
    EXPECT_EQ(outcome(parts[1]), parts[2]) << parts[0];
    ++count;
  }
  EXPECT_GE(count, 34u);
}

TEST(NosanaLiterals, PiecesOfOneJsonTextAreJoined) {
  EXPECT_EQ(outcome(R"({"expose": [{"__spread__": "%%ops.a.results.pieces%%", "chunked": true}]})"),
            R"({"expose":[7000]})");
}

TEST(NosanaLiterals, AreBoundedInWhatTheyBecome) {
  LiteralContext context;
  context.variables["big"] = std::string(1 << 20, 'x');
  Value::Array words(10, Value("%%global.variables.big%%"));
  const auto done = interpolate(Value::Object{{"cmd", words}}, context);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::ResourceExhausted);
}

TEST(NosanaLiterals, AreFoundBetweenTextThatIsNone) {
  const auto found = find_literals("100%% of %%global.job%% and %%ops.gpt-oss:120b.results.a-b%%, %%SECRETS.x%%");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].kind, NosanaLiteral::Kind::Global);
  EXPECT_EQ(found[1].op, "gpt-oss:120b");
  EXPECT_EQ(found[1].path, "results.a-b");
  EXPECT_EQ(found[2].kind, NosanaLiteral::Kind::Malformed);
}

}  // namespace
}  // namespace drover::jobspec
