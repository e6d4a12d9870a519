#include "model/validate_test_support.h"

namespace drover::model {
namespace {

TEST(ValidatePlacement, Affinities) {
  expect_errors({
      {{.job = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "b", "Weight": 0}])"},
       "Affinities[0].Weight",
       "must be between -100 and 100"},
      {{.group = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "b", "Weight": -101}])"},
       "TaskGroups[0].Affinities[0].Weight",
       "not -101"},
      {{.task = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "b", "Operand": "like"}])"},
       "TaskGroups[0].Tasks[0].Affinities[0].Operand",
       "unknown operator \"like\""},
      {{.job = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "(", "Operand": "regexp"}])"},
       "Affinities[0].RTarget",
       ""},
      {{.job = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "new", "Operand": "version"}])"},
       "Affinities[0].RTarget",
       ""},
      {{.job = R"("Affinities": [{"RTarget": "b"}])"}, "Affinities[0].LTarget", "missing"},
      {{.job = R"("Affinities": [{"Operand": "distinct_hosts"}])"}, "Affinities[0].Operand", "constraints only"},
      {{.job = R"("Type": "system", "Affinities": [{"LTarget": "${attr.a}", "RTarget": "b"}])"},
       "Affinities",
       "a system job runs on every node"},
  });
  expect_good({{.job = R"("Affinities": [{"LTarget": "${attr.a}", "RTarget": "b", "Weight": -100},
                                         {"LTarget": "${attr.a}", "RTarget": "a,b", "Operand": "set_contains_any"}])"}});
}

TEST(ValidatePlacement, Spreads) {
  expect_errors({
      {{.job = R"("Spreads": [{"Weight": 50}])"}, "Spreads[0].Attribute", "missing"},
      {{.job = R"("Spreads": [{"Attribute": "${attr.a}", "Weight": 0}])"}, "Spreads[0].Weight", "between 1 and 100"},
      {{.group = R"("Spreads": [{"Attribute": "${attr.a}", "Weight": 101}])"},
       "TaskGroups[0].Spreads[0].Weight",
       "not 101"},
      {{.job = R"("Spreads": [{"Attribute": "${attr.a}", "SpreadTarget": [{"Value": "x", "Percent": 60},
                                                                         {"Value": "y", "Percent": 41}]}])"},
       "Spreads[0].SpreadTarget",
       "add up to 101 percent"},
      {{.job = R"("Spreads": [{"Attribute": "${attr.a}", "SpreadTarget": [{"Value": "x", "Percent": 10},
                                                                         {"Value": "x", "Percent": 10}]}])"},
       "Spreads[0].SpreadTarget[1].Value",
       "given twice"},
      {{.job = R"("Spreads": [{"Attribute": "${attr.a}", "SpreadTarget": [{"Percent": 10}]}])"},
       "Spreads[0].SpreadTarget[0].Value",
       "missing"},
      {{.job = R"("Spreads": [{"Attribute": "${attr.a}", "SpreadTarget": [{"Value": "x", "Percent": -1}]}])"},
       "Spreads[0].SpreadTarget[0].Percent",
       "not -1"},
      {{.job = R"("Type": "system")", .group = R"("Spreads": [{"Attribute": "${attr.a}"}])"},
       "TaskGroups[0].Spreads",
       "a system job runs on every node"},
  });
  expect_warnings(
      {{{.job = R"("Type": "sysbatch", "Spreads": [{"Attribute": "${attr.a}"}])"}, "Spreads", "no effect"}});
}

TEST(ValidatePlacement, NumbersOfPreferencesAreLimited) {
  Job job;
  job.affinities.resize(1001);
  EXPECT_THAT(found_in(job).errors, testing::ElementsAre(testing::HasSubstr("1001 constraints and affinities")));
}

TEST(ValidateDevices, HaveANameOfThreePartsAtMost) {
  expect_errors({
      {{.task = R"("Resources": {"Devices": [{"Name": ""}]})"},
       "TaskGroups[0].Tasks[0].Resources.Devices[0].Name",
       "such as nvidia/gpu"},
      {{.task = R"("Resources": {"Devices": [{"Name": "a/b/c/d"}]})"},
       "TaskGroups[0].Tasks[0].Resources.Devices[0].Name",
       "a/b/c/d"},
      {{.task = R"("Resources": {"Devices": [{"Name": "gpu", "Count": 0}]})"},
       "TaskGroups[0].Tasks[0].Resources.Devices[0].Count",
       "not 0"},
      {{.task = R"("Resources": {"Devices": [{"Name": "gpu", "Constraints": [{"Operand": "distinct_hosts"}]}]})"},
       "TaskGroups[0].Tasks[0].Resources.Devices[0].Constraints[0].Operand",
       ""},
      {{.task = R"("Resources": {"Devices": [{"Name": "gpu", "Affinities": [{"LTarget": "${device.model}",
                                               "RTarget": "x", "Weight": 0}]}]})"},
       "TaskGroups[0].Tasks[0].Resources.Devices[0].Affinities[0].Weight",
       ""},
  });
  expect_good({{.task = R"("Resources": {"Devices": [{"Name": "gpu"}, {"Name": "nvidia/gpu", "Count": 2},
                             {"Name": "nvidia/gpu/1080ti", "Constraints": [{"LTarget": "${device.attr.memory}",
                              "Operand": ">=", "RTarget": "2 GiB"}]}]})"}});
}

TEST(ValidateResources, CoresMemoryAndNuma) {
  const std::string_view at = "TaskGroups[0].Tasks[0].Resources.";
  const auto path = [&](std::string_view key) { return std::string(at) + std::string(key); };
  const std::string cpu = path("CPU");
  const std::string cores = path("Cores");
  const std::string max = path("MemoryMaxMB");
  const std::string numa = path("NUMA");
  const std::string affinity = path("NUMA.Affinity");
  const std::string device = path("NUMA.Devices[0]");
  const std::string secrets = path("SecretsMB");
  expect_errors({
      {{.task = R"("Resources": {"Cores": 2, "CPU": 500})"}, cpu, "exclude each other"},
      {{.task = R"("Resources": {"CPU": 0})"}, cpu, "at least 1 MHz"},
      {{.task = R"("Resources": {"Cores": -1})"}, cores, "not be negative"},
      {{.task = R"("Resources": {"MemoryMB": 100, "MemoryMaxMB": 99})"}, max, "must not be less than memory (100)"},
      {{.task = R"("Resources": {"MemoryMaxMB": -2})"}, max, "-1 for no limit"},
      {{.task = R"("Resources": {"NUMA": {"Affinity": "prefer"}})"}, numa, "set cores"},
      {{.task = R"("Resources": {"Cores": 1, "NUMA": {"Affinity": "near"}})"}, affinity, "prefer or require"},
      {{.task = R"("Resources": {"Cores": 1, "NUMA": {"Affinity": "require", "Devices": ["gpu"]}})"}, device, "gpu"},
      {{.task = R"("Resources": {"SecretsMB": -1})"}, secrets, "not be negative"},
  });
  expect_good({{.task = R"("Resources": {"Cores": 2, "MemoryMaxMB": -1})"},
               {.task = R"("Resources": {"MemoryMB": 100, "MemoryMaxMB": 100})"},
               {.task = R"("Resources": {"Cores": 2, "NUMA": {"Affinity": "require", "Devices": ["gpu"]},
                                         "Devices": [{"Name": "gpu"}]})"}});
}

}  // namespace
}  // namespace drover::model
