#include "client/hooks/assets.h"

#include "client/hooks/private_layer.h"
#include "sys/directory.h"
#include "sys/mounts.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace drover::client {
namespace {

TEST(AssetsHook, SaysHowFarADownloadIs) {
  model::Asset asset;
  asset.type = "HF";
  asset.repo = "org/model";
  EXPECT_EQ(describe_download(asset, {.bytes = 1'200'000'000, .total = 4'000'000'000, .bytes_per_second = 100'000'000}),
            "downloading HF org/model: 1.2 GB of 4.0 GB (30 %) at 100.0 MB/s, 29 s left");
  EXPECT_EQ(describe_download(asset, {.bytes = 1'000'000}), "downloading HF org/model: 1.0 MB at 0.0 MB/s");
}

TEST(AssetsHook, ReplacesVariablesInAllTexts) {
  TaskHookContext context;
  context.interpolate = [](std::string_view text) { return "<" + std::string(text) + ">"; };
  model::Asset asset;
  asset.repo = "r";
  asset.files = {"f"};
  asset.buckets = {{.url = "u", .files = {"g"}}};
  const model::Asset out = interpolate(context, asset);
  EXPECT_EQ(out.repo, "<r>");
  EXPECT_EQ(out.files, std::vector<std::string>{"<f>"});
  EXPECT_EQ(out.buckets[0].url, "<u>");
  EXPECT_EQ(out.buckets[0].files, std::vector<std::string>{"<g>"});
}

class PrivateLayer : public testing::Test {
 protected:
  PrivateLayer() {
    std::string path = "/tmp/drover-layer-XXXXXX";
    root_ = ::mkdtemp(path.data());
    const auto tree = sys::Directory::create(root_ + "/tree").value();
    EXPECT_TRUE(tree.make_directories("sub"));
    EXPECT_TRUE(tree.write_atomic("sub/file", "theirs", 0444));
  }
  ~PrivateLayer() override {
    std::ignore = sys::unmount_beneath(root_);
    std::ignore = sys::Directory::open(root_).value().remove_tree("");
    ::rmdir(root_.c_str());
  }
  std::string root_;
};

TEST_F(PrivateLayer, IsWrittenToWithoutChangingTheTree) {
  const auto path = make_private_layer(root_ + "/tree", root_ + "/layer");
  ASSERT_TRUE(path) << path.error().message();
  const auto layer = sys::Directory::open(*path).value();
  EXPECT_EQ(layer.read("sub/file").value(), "theirs");
  EXPECT_TRUE(layer.write_atomic("sub/file", "ours"));
  EXPECT_TRUE(layer.write_atomic("new", "ours"));
  const auto tree = sys::Directory::open(root_ + "/tree").value();
  EXPECT_EQ(tree.read("sub/file").value(), "theirs");
  EXPECT_FALSE(tree.exists("new"));
  EXPECT_EQ(make_private_layer(root_ + "/tree", root_ + "/layer").value(), *path);
  EXPECT_EQ(sys::Directory::open(*path)->read("new").value(), "ours");
}

}  // namespace
}  // namespace drover::client
