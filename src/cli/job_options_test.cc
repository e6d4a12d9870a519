#include "cli/test_support.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "codec/json.h"

namespace drover::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kJob = R"(
variable "image" {
  type    = string
  default = "busybox"
}
variable "count" {
  type = number
}
job "web" {
  datacenters = ["dc1"]
  group "g" {
    count = var.count
    task "t" {
      driver = "docker"
      config {
        image = var.image
        labels = [file("label.txt")]
      }
    }
  }
}
)";

class JobOptions : public CliTest {
 protected:
  JobOptions() : directory_(std::filesystem::temp_directory_path() / "drover-cli-XXXXXX") {
    std::string name = directory_.string();
    directory_ = mkdtemp(name.data());
    write("web.nomad", kJob);
    write("label.txt", "green");
  }
  ~JobOptions() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

  int show(std::vector<std::string> options) {
    std::vector<std::string> words = {"job", "run", "-output"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(path("web.nomad"));
    return run_cli(std::move(words));
  }

  std::filesystem::path directory_;
};

TEST_F(JobOptions, ValuesOfVariablesComeFromArgumentsFilesAndTheEnvironment) {
  variables_["NOMAD_VAR_count"] = "2";
  variables_["NOMAD_VAR_image"] = "from-environment";
  write("values.hcl", "image = \"from-file\"");
  ASSERT_EQ(show({}), 0) << err();
  EXPECT_THAT(out(), AllOf(HasSubstr("\"Count\": 2"), HasSubstr("from-environment"), HasSubstr("green")));
  ASSERT_EQ(show({"-var-file", path("values.hcl")}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("from-file"));
  ASSERT_EQ(show({"-var-file=" + path("values.hcl"), "-var", "image=first", "-var=image=last", "-var", "count=3"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("\"Count\": 3"), HasSubstr("last")));
}

TEST_F(JobOptions, ProblemsWithVariablesSayWhereTheyAre) {
  EXPECT_EQ(show({}), 1);
  EXPECT_THAT(err(), HasSubstr("count"));
  EXPECT_EQ(show({"-var", "count"}), 1);
  EXPECT_THAT(err(), HasSubstr("-var needs name=value, not \"count\""));
  EXPECT_EQ(show({"-var", "count=many"}), 1);
  EXPECT_THAT(err(), HasSubstr("-var count"));
  EXPECT_EQ(show({"-var", "count=1", "-var", "cuont=1"}), 1);
  EXPECT_THAT(err(), HasSubstr("cuont"));
  EXPECT_EQ(show({"-hcl2-strict=false", "-var", "count=1", "-var", "cuont=1"}), 0) << err();
  EXPECT_EQ(show({"-var", "count=1", "-var-file", path("none.hcl")}), 1);
  EXPECT_THAT(err(), HasSubstr("none.hcl"));
}

}  // namespace
}  // namespace drover::cli
