#include "model/market.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

using codec::Value;

Market good() {
  return {.slug = "nvidia-3060",
          .default_timeout = 60,
          .max_timeout = 120,
          .required_images = {"docker.io/vllm/vllm-openai:v0.5.4"},
          .required_remote_resources = {Value::Object{{"type", "S3"}, {"url", "https://models.nosana.io/sd"}}}};
}

TEST(Market, IsValidWithWhatTheDocumentShows) {
  EXPECT_TRUE(validate(good()));
}

TEST(Market, SaysAllThatIsWrong) {
  Market market = good();
  market.slug = "a b";
  market.type = "CHEAP";
  market.default_timeout = 500;
  market.required_images.push_back("");
  market.required_remote_resources.push_back(Value::Object{{"type", "S3"}});
  const auto checked = validate(market);
  ASSERT_FALSE(checked);
  for (const char* part : {"slug", "CHEAP", "max_timeout, 120", "required_images[1]", "needs \"url\" or \"buckets\""}) {
    EXPECT_NE(checked.error().message().find(part), std::string::npos) << part;
  }
}

TEST(Market, RequirementsHaveAnIdThatChangesWithThem) {
  Market market = good();
  const std::string id = requirements_id(market);
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(requirements_id(good()), id);
  market.name = "something else";
  EXPECT_EQ(requirements_id(market), id);
  market.required_images.pop_back();
  EXPECT_NE(requirements_id(market), id);
  market.required_remote_resources.clear();
  EXPECT_EQ(requirements_id(market), "");
}

TEST(Market, ReadsCredentialsInBothSpellingsAndShowsThemToNobody) {
  const Value lower = Value::Object{{"type", "S3"},
                                    {"url", "u"},
                                    {"IAM", Value::Object{{"access_key_id", "k"}, {"secret_access_key", "s"}}}};
  const Value upper =
      Value::Object{{"type", "S3"}, {"url", "u"}, {"IAM", Value::Object{{"ACCESS_KEY_ID", "k"}, {"REGION", "r"}}}};
  EXPECT_EQ(required_asset(lower)->secret_access_key, "s");
  EXPECT_EQ(required_asset(upper)->access_key_id, "k");
  EXPECT_EQ(required_asset(upper)->region, "r");
  EXPECT_EQ(without_credentials(lower), Value(Value::Object{{"type", "S3"}, {"url", "u"}}));
}

}  // namespace
}  // namespace drover::model
