#include "assets/asset_fetch.h"

#include "assets/asset_listing.h"
#include "assets/checksum.h"
#include "assets/digests.h"
#include "assets/scripted_server.h"
#include "codec/describe.h"
#include "codec/storage.h"
#include "sys/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <mutex>

namespace drover::assets {
namespace {

using testing::HasSubstr;

std::string path_of(const std::string& head) {
  return head.substr(4, head.find(' ', 4) - 4);
}

std::string md5(std::string_view bytes) {
  Digest digest("md5");
  digest.add(bytes);
  return digest.finish();
}

std::string git_sha1(const std::string& bytes) {
  Digest digest("sha1");
  digest.add("blob " + std::to_string(bytes.size()) + '\0');
  digest.add(bytes);
  return digest.finish();
}

class AssetFetchTest : public testing::Test {
 protected:
  AssetFetchTest() {
    std::string path = "/tmp/drover-asset-XXXXXX";
    work_ = ::mkdtemp(path.data());
  }
  ~AssetFetchTest() override {
    std::ignore = directory().remove_tree("");
    ::rmdir(work_.c_str());
  }

  sys::Directory directory() const { return sys::Directory::open(work_).value(); }

  Status fetch() {
    const FetchContext context{
        .clock = clock_, .work = work_, .env = {}, .on_progress = nullptr, .pause = [](Duration) {}};
    TRY(fetch_asset(context, order_));
    TRY_LET(const auto bytes, directory().read(kManifestName));
    TRY_LET(manifest_, codec::decode_record<AssetManifest>(bytes));
    return Ok{};
  }
  std::string error() {
    const auto fetched = fetch();
    return fetched ? "fetched" : fetched.error().message();
  }
  // What lies at a path of the asset.
  std::string content(const std::string& path) const {
    for (const AssetFile& file : manifest_.files) {
      if (file.path == path) return file.part.empty() ? "(had)" : directory().read(file.part).value_or("(none)");
    }
    return "(no such file)";
  }
  // Requests whose first line holds this.
  size_t asked(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(
        std::ranges::count_if(heads_, [&](const std::string& h) { return h.find(text) != std::string::npos; }));
  }
  void note(const std::string& head) {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }

  SystemClock clock_;
  std::string work_;
  AssetOrder order_;
  AssetManifest manifest_;
  std::mutex mutex_;
  std::vector<std::string> heads_;
};

// A repository of two files, of which one is large.
class HuggingFaceTest : public AssetFetchTest {
 protected:
  HuggingFaceTest() {
    order_.asset.type = "HF";
    order_.asset.repo = "org/model";
    order_.asset.target = "/m";
    order_.endpoints.hugging_face = server_.url();
  }
  std::string answer(const std::string& head) {
    note(head);
    const std::string path = path_of(head);
    if (path.starts_with("/api/models/org/model/tree/main?recursive=true")) {
      return reply("200 OK", fmt::format(R"([
        {{"type": "directory", "oid": "x", "size": 0, "path": "sub"}},
        {{"type": "file", "oid": "{}", "size": {}, "path": "sub/config.json"}},
        {{"type": "file", "oid": "y", "size": {}, "path": "model.bin",
          "lfs": {{"oid": "{}", "size": {}, "pointerSize": 1}}}}])",
                                         git_sha1(small_), small_.size(), large_.size(), large_hash_, large_.size()));
    }
    if (path == "/org/model/resolve/main/sub/config.json") return reply("200 OK", small_);
    if (path == "/org/model/resolve/main/model.bin") {
      return reply("302 Found", "", "Location: " + server_.url() + "/cdn/x\r\n");
    }
    if (path != "/cdn/x") return reply("404 Not Found", "");
    const size_t range = head.find("Range: bytes=");
    if (range == std::string::npos) return reply("200 OK", large_);
    const size_t from = std::stoul(head.substr(range + 13));
    return reply("206 Partial Content", large_.substr(from),
                 fmt::format("Content-Range: bytes {}-{}/{}\r\n", from, large_.size() - 1, large_.size()));
  }

  std::string small_ = "{}";
  std::string large_ = std::string(100'000, 'l');
  std::string large_hash_ = sha256(large_);
  ScriptedServer server_{[this](const std::string& head) { return answer(head); }};
};

TEST_F(HuggingFaceTest, BringsAllFilesOfARevision) {
  const auto fetched = fetch();
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(manifest_.files.size(), 2u);
  EXPECT_EQ(content("sub/config.json"), small_);
  EXPECT_EQ(content("model.bin"), large_);
}

TEST_F(HuggingFaceTest, SendsTheTokenToTheRepositoryOnly) {
  order_.asset.access_token = "hf_token";
  ASSERT_TRUE(fetch());
  EXPECT_EQ(asked("Authorization: Bearer hf_token"), heads_.size());  // the same origin redirects to itself
}

TEST_F(HuggingFaceTest, TakesOnlyTheFilesThatAreAskedFor) {
  order_.asset.files = {"sub/"};
  ASSERT_TRUE(fetch());
  EXPECT_EQ(manifest_.files.size(), 1u);
  order_.asset.files = {"*.bin"};
  ASSERT_TRUE(fetch());
  EXPECT_EQ(content("model.bin"), large_);
  order_.asset.files = {"model.bin", "nothing"};
  EXPECT_THAT(error(), HasSubstr("no file \"nothing\""));
}

TEST_F(HuggingFaceTest, RefusesWhatHasAnotherHash) {
  large_hash_ = sha256("something else");
  EXPECT_EQ(error(), "model.bin: what came has another hash than the source says");
  large_hash_ = sha256(large_);
  small_ = "[]";
  ASSERT_TRUE(fetch());
}

TEST_F(HuggingFaceTest, ContinuesWhatAnEarlierAttemptHasLeft) {
  ASSERT_TRUE(fetch());
  std::string part = manifest_.files[1].part;
  if (manifest_.files[1].path != "model.bin") part = manifest_.files[0].part;
  const std::string id = part.substr(0, part.find('.'));
  ASSERT_TRUE(directory().remove_file(part));
  ASSERT_TRUE(directory().write_atomic(id + ".part", large_.substr(0, 60'000)));
  heads_.clear();
  ASSERT_TRUE(fetch());
  EXPECT_EQ(asked("Range: bytes=60000-"), 2u);  // at the repository, and where it redirects to
  EXPECT_EQ(asked("config.json"), 0u);
  EXPECT_EQ(content("model.bin"), large_);
}

TEST_F(HuggingFaceTest, BeginsAnewWhereThePartIsOfSomethingElse) {
  ASSERT_TRUE(fetch());
  std::string part = manifest_.files[1].part;
  const std::string id = part.substr(0, part.find('.'));
  ASSERT_TRUE(directory().remove_file(part));
  ASSERT_TRUE(directory().write_atomic(id + ".part", std::string(60'000, 'x')));
  order_.limits.bytes = large_.size() + small_.size();  // what is thrown away does not count
  ASSERT_TRUE(fetch());
  EXPECT_EQ(content("model.bin"), large_);
}

TEST_F(HuggingFaceTest, LeavesOutWhatTheAgentHas) {
  order_.have = {large_hash_};
  ASSERT_TRUE(fetch());
  EXPECT_EQ(content("model.bin"), "(had)");
  EXPECT_EQ(asked("/cdn/x"), 0u);
}

TEST_F(HuggingFaceTest, HasLimits) {
  order_.limits.bytes = 1000;
  EXPECT_THAT(error(), HasSubstr("this node takes 1000"));
  order_.limits = {.files = 1};
  EXPECT_THAT(error(), HasSubstr("more files than this node takes"));
}

TEST_F(HuggingFaceTest, SaysThatATokenIsNeeded) {
  order_.asset.repo = "org/other";
  EXPECT_THAT(error(), HasSubstr("it needs an access token"));
}

TEST_F(AssetFetchTest, LaysOutAnOllamaModelsStore) {
  const std::string config = "config";
  const std::string weights = "weights";
  const std::string manifest = fmt::format(
      R"({{"config": {{"digest": "sha256:{}", "size": 6}}, "layers": [{{"digest": "sha256:{}", "size": 7}}]}})",
      sha256(config), sha256(weights));
  const ScriptedServer server([&](const std::string& head) {
    const std::string path = path_of(head);
    if (path == "/v2/library/llama3/manifests/8b") return reply("200 OK", manifest);
    if (path == "/v2/library/llama3/blobs/sha256:" + sha256(config)) return reply("200 OK", config);
    if (path == "/v2/library/llama3/blobs/sha256:" + sha256(weights)) return reply("200 OK", weights);
    return reply("404 Not Found", "");
  });
  order_.asset.type = "Ollama";
  order_.asset.model = "llama3:8b";
  order_.endpoints.ollama = server.url();
  const auto fetched = fetch();
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(content("manifests/registry.ollama.ai/library/llama3/8b"), manifest);
  EXPECT_EQ(content("blobs/sha256-" + sha256(weights)), weights);
}

class S3Test : public AssetFetchTest {
 protected:
  S3Test() {
    order_.asset.type = "S3";
    order_.asset.url = server_.url() + "/bucket/models/one/";
  }
  std::string answer(const std::string& head) {
    note(head);
    const std::string path = path_of(head);
    if (path.starts_with("/bucket/?") && path.find("prefix=models%2Fone") != std::string::npos) {
      return reply(
          "200 OK",
          fmt::format("<ListBucketResult><IsTruncated>false</IsTruncated>"
                      "<Contents><Key>models/one/a b.bin</Key><Size>{0}</Size><ETag>&quot;{1}&quot;</ETag></Contents>"
                      "<Contents><Key>models/one/sub/c</Key><Size>{0}</Size><ETag>\"{1}-2\"</ETag></Contents>"
                      "<Contents><Key>models/one-other/d</Key><Size>1</Size></Contents>"
                      "</ListBucketResult>",
                      body_.size(), etag_));
    }
    if (path.starts_with("/bucket/models/one/")) return reply("200 OK", body_, "ETag: \"" + etag_ + "\"\r\n");
    return reply("404 Not Found", "");
  }
  std::string body_ = "content";
  std::string etag_ = md5(body_);
  ScriptedServer server_{[this](const std::string& head) { return answer(head); }};
};

TEST_F(S3Test, BringsWhatLiesBelowAPrefix) {
  const auto fetched = fetch();
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(manifest_.files.size(), 2u);
  EXPECT_EQ(content("a b.bin"), body_);
  EXPECT_EQ(content("sub/c"), body_);
}

TEST_F(S3Test, VerifiesETagsThatAreHashes) {
  etag_ = md5("something else");
  EXPECT_THAT(error(), HasSubstr("another hash"));
}

TEST_F(S3Test, BringsFilesByNameWithoutAListing) {
  order_.asset.files = {"x.bin"};
  ASSERT_TRUE(fetch());
  EXPECT_EQ(content("x.bin"), body_);
  EXPECT_EQ(asked("list-type"), 0u);
}

TEST_F(S3Test, TakesABucketApartFromItsServer) {
  order_.asset.url = server_.url() + "/models/one";
  order_.asset.bucket = "bucket";
  ASSERT_TRUE(fetch());
  EXPECT_EQ(content("sub/c"), body_);
}

TEST_F(S3Test, SignsWithTheCredentialsOfTheAsset) {
  order_.asset.access_key_id = "AKID";
  order_.asset.secret_access_key = "secret";
  order_.asset.region = "eu-west-1";
  ASSERT_TRUE(fetch());
  EXPECT_EQ(asked("Credential=AKID/"), heads_.size());
  EXPECT_EQ(asked("/eu-west-1/s3/aws4_request"), heads_.size());
}

TEST_F(S3Test, RefusesNamesThatLeaveTheTree) {
  order_.asset.files = {"../x"};
  EXPECT_THAT(error(), HasSubstr("../x"));
  order_.asset.files = {"x", "x/y"};
  EXPECT_THAT(error(), HasSubstr("a file and a folder"));
}

TEST(AssetListing, KnowsFoldersAndPatterns) {
  EXPECT_TRUE(is_wanted("a/b", {}));
  EXPECT_TRUE(is_wanted("a/b", {"a"}));
  EXPECT_TRUE(is_wanted("a/b", {"./a/b"}));
  EXPECT_TRUE(is_wanted("x.safetensors", {"*.safetensors"}));
  EXPECT_FALSE(is_wanted("ab", {"a"}));
}

}  // namespace
}  // namespace drover::assets
