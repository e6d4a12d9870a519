#include "cli/test_support.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

namespace drover::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kCrooked = "job \"web\" {\ntype=\"batch\"\n}\n";
constexpr const char* kStraight = "job \"web\" {\n  type = \"batch\"\n}\n";

class JobFiles : public CliTest {
 protected:
  JobFiles() : directory_(fs::temp_directory_path() / "drover-cli-XXXXXX") {
    std::string name = directory_.string();
    directory_ = mkdtemp(name.data());
  }
  ~JobFiles() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path directory_;
};

TEST_F(JobFiles, AreLaidOutInPlace) {
  const std::string file = write("a.nomad", kCrooked);
  EXPECT_EQ(run_cli({"fmt", file}), 0) << err();
  EXPECT_EQ(out(), file + "\n");
  EXPECT_EQ(read(file), kStraight);
  EXPECT_EQ(run_cli({"fmt", file}), 0);
  EXPECT_EQ(out(), "");
}

TEST_F(JobFiles, AreOnlyCheckedWithCheck) {
  const std::string file = write("a.nomad", kCrooked);
  EXPECT_EQ(run_cli({"fmt", "-check", file}), 1);
  EXPECT_EQ(out(), file + "\n");
  EXPECT_EQ(run_cli({"fmt", "-check", "-list=false", file}), 1);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(run_cli({"fmt", "-write=false", file}), 0);
  EXPECT_EQ(read(file), kCrooked);
  EXPECT_EQ(run_cli({"fmt", "-check", write("b.nomad", kStraight)}), 0);
}

TEST_F(JobFiles, OfADirectoryAreFound) {
  write("a.nomad", kCrooked);
  write("b.hcl", kCrooked);
  write("c.txt", kCrooked);
  write(".hidden/d.hcl", kCrooked);
  write("deep/e.hcl", kCrooked);
  EXPECT_EQ(run_cli({"fmt", directory_.string()}), 0) << err();
  EXPECT_EQ(out(), (directory_ / "a.nomad").string() + "\n" + (directory_ / "b.hcl").string() + "\n");
  EXPECT_EQ(run_cli({"fmt", "-recursive", directory_.string()}), 0) << err();
  EXPECT_EQ(out(), (directory_ / "deep/e.hcl").string() + "\n");
}

TEST_F(JobFiles, WithMistakesStayAsTheyAre) {
  const std::string bad = write("a.nomad", "job {{\n");
  const std::string good = write("b.nomad", kCrooked);
  EXPECT_EQ(run_cli({"fmt", bad, good, (directory_ / "none.nomad").string()}), 1);
  EXPECT_THAT(err(), HasSubstr("a.nomad:1"));
  EXPECT_THAT(err(), HasSubstr("none.nomad: No such file"));
  EXPECT_EQ(read(bad), "job {{\n");
  EXPECT_EQ(read(good), kStraight);
}

TEST_F(JobFiles, AreLaidOutFromStandardInput) {
  in_.str(kCrooked);
  EXPECT_EQ(run_cli({"fmt", "-"}), 0) << err();
  EXPECT_EQ(out(), kStraight);
}

TEST_F(JobFiles, AreConvertedBothWays) {
  const std::string file =
      write("web.nomad",
            "job \"web\" {\n  datacenters = [\"dc1\"]\n  priority = 70\n  group \"g\" {\n    task \"t\" {\n"
            "      driver = \"docker\"\n      config { image = \"x\" }\n    }\n  }\n}\n");
  EXPECT_EQ(run_cli({"job", "convert", "-to", "nomad-json", file}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("\"Priority\": 70"));
  in_.str(out());
  EXPECT_EQ(run_cli({"job", "convert", "-to", "nomad-hcl", "-"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("  priority    = 70\n"));
  EXPECT_EQ(run_cli({"job", "convert", "-to", "nosana", file}), 2);
  EXPECT_THAT(out(), HasSubstr("\"image\": \"x\""));
  EXPECT_THAT(err(), HasSubstr("* Priority: "));
  EXPECT_EQ(run_cli({"job", "convert", "-strict", "-to", "nosana", file}), 1);
  EXPECT_EQ(out(), "");
  EXPECT_THAT(err(), HasSubstr("* Priority: "));
}

TEST_F(JobFiles, AreConvertedToKnownFormatsOnly) {
  EXPECT_EQ(run_cli({"job", "convert", "-to", "yaml", write("a.nomad", kStraight)}), 1);
  EXPECT_THAT(err(), HasSubstr("-to is nomad-hcl, nomad-json or nosana"));
  EXPECT_EQ(run_cli({"job", "convert", "-to", "nomad-hcl", write("b.nomad", "job {{\n")}), 1);
  EXPECT_THAT(err(), HasSubstr("b.nomad:1"));
}

TEST_F(JobFiles, AreMadeOfJobsOfTheServer) {
  api_.answer("GET /v1/jobs", R"([{"ID":"web"}])");
  api_.answer("GET /v1/job/web", R"({"ID":"web","Type":"batch","Priority":50,"Payload":"aGk=","ModifyIndex":7,
      "TaskGroups":[{"Name":"g","Count":2}]})");
  EXPECT_EQ(ask({"job", "inspect", "-hcl", "web"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("job \"web\" {\n  type = \"batch\"\n\n  group \"g\" {\n    count = 2\n"));
  EXPECT_THAT(err(), HasSubstr("Payload: "));
}

}  // namespace
}  // namespace drover::cli
