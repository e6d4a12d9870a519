#include "model/holdings.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

Asset hf(const std::string& repo, const std::string& token = "") {
  Asset asset;
  asset.type = "HF";
  asset.target = "/models";
  asset.repo = repo;
  asset.access_token = token;
  return asset;
}

TEST(AssetIdentity, IsWhatNamesTheFilesAndWhoseTheyAre) {
  Asset elsewhere = hf("org/model");
  elsewhere.target = "/other";
  elsewhere.revision = "main";
  EXPECT_EQ(asset_identity(hf("org/model")), asset_identity(elsewhere));
  EXPECT_NE(asset_identity(hf("org/model")), asset_identity(hf("org/model", "token")));
  EXPECT_NE(asset_identity(hf("org/model")), asset_identity(hf("org/model2")));
  Asset some = hf("org/model");
  some.files = {"b", "a"};
  Asset same = hf("org/model");
  same.files = {"a", "b", "a"};
  EXPECT_EQ(asset_identity(some), asset_identity(same));
  EXPECT_NE(asset_identity(some), asset_identity(hf("org/model")));
}

TEST(AssetIdentity, KnowsNosanasAlias) {
  EXPECT_EQ(canonical_s3_url("s3://nos-ai-models-qllsn32u/hugging-face/x/"), "https://models.nosana.io/hugging-face/x");
  EXPECT_EQ(canonical_s3_url("s3://nos-ai-models-qllsn32u"), "https://models.nosana.io");
  EXPECT_EQ(canonical_s3_url("s3://nos-ai-models-qllsn32ux/y"), "s3://nos-ai-models-qllsn32ux/y");
}

TEST(AssetIdentity, CompletesOllamasNames) {
  EXPECT_EQ(parse_ollama_name("llama3").text(), "registry.ollama.ai/library/llama3:latest");
  EXPECT_EQ(parse_ollama_name("user/m:7b").text(), "registry.ollama.ai/user/m:7b");
  EXPECT_EQ(parse_ollama_name("hf.co/org/repo:Q4").text(), "hf.co/org/repo:Q4");
}

TEST(AssetTitle, HasNoCredentials) {
  EXPECT_EQ(asset_title(hf("org/model", "hf_secret")), "HF org/model");
  Asset s3;
  s3.type = "S3";
  s3.url = "s3://nos-ai-models-qllsn32u/x/";
  s3.secret_access_key = "secret";
  s3.files = {"a"};
  EXPECT_EQ(asset_title(s3), "S3 https://models.nosana.io/x (1 files)");
}

TEST(HeldKeys, OfImagesIgnoreHowTheyAreWritten) {
  EXPECT_EQ(image_key("redis"), image_key("docker.io/library/redis:latest"));
  EXPECT_EQ(image_key("redis:7"), image_key("docker.io/redis:7"));
  EXPECT_EQ(image_key("registry.hub.docker.com/nosana/frpc:0.1.0"), image_key("nosana/frpc:0.1.0"));
  EXPECT_EQ(image_key("localhost:5000/x"), image_key("localhost:5000/x:latest"));
  EXPECT_EQ(image_key("redis:7@sha256:ab"), image_key("redis@sha256:ab"));
  EXPECT_NE(image_key("redis:7"), image_key("redis:6"));
  EXPECT_EQ(image_key("${meta.image}"), 0u);
}

TEST(HeldKeys, AreUnknownWhileThereAreVariables) {
  EXPECT_EQ(asset_key(hf("${meta.repo}")), 0u);
  EXPECT_NE(asset_key(hf("org/model")), 0u);
  EXPECT_NE(asset_key(hf("org/model")), asset_key(hf("org/model", "token")));
}

}  // namespace
}  // namespace drover::model
