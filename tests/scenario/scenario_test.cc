// Runs every cases/*.scn, each as a test of its name.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "scenario/runner.h"

namespace drover::scenario {
namespace {

namespace fs = std::filesystem;

class ScenarioTest : public ::testing::Test {
 public:
  explicit ScenarioTest(fs::path file) : file_(std::move(file)) {}

  // The same scenario has to hold whatever the seed.
  void TestBody() override {
    for (uint64_t seed = 1; seed <= 5 && !HasFailure(); ++seed) run(seed);
  }

 private:
  void run(uint64_t seed) {
    std::ifstream in(file_);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto script = parse_script(text);
    ASSERT_TRUE(script) << file_.string() << ": " << script.error().message();
    Runner runner(seed, file_.parent_path());
    for (const Statement& statement : *script) {
      const Status status = runner.execute(statement);
      ASSERT_TRUE(status) << file_.string() << ":" << statement.line << " (seed " << seed << ")\n  " << statement.text
                          << "\n  " << status.error().message();
    }
  }

  const fs::path file_;
};

void register_scenarios() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(SCENARIO_CASES)) {
    if (entry.path().extension() == ".scn") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    ::testing::RegisterTest("Scenario", file.stem().c_str(), nullptr, nullptr, file.c_str(), 1,
                            [file]() -> ::testing::Test* { return new ScenarioTest(file); });
  }
}

}  // namespace
}  // namespace drover::scenario

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  drover::scenario::register_scenarios();
  return RUN_ALL_TESTS();
}
