#include "client/node_info.h"

#include "codec/json.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

TEST(NodeInfo, ShowsTheMachineAsNosanasToolsReadIt) {
  model::Node node;
  node.attributes = {{"cpu.modelname", "EPYC"}, {"cpu.numcores", "16"}, {"drover.version", "0.1.0"}};
  node.resources = {.memory_mb = 2048, .disk_mb = 10'240};
  node.meta = {{"nosana.country", "NL"}};
  node.devices = {{.vendor = "nvidia",
                   .type = "gpu",
                   .name = "RTX 4090",
                   .attributes = {{"memory", "24564 MiB"},
                                  {"compute_capability", "8.9"},
                                  {"cuda_version", "12.8"},
                                  {"driver_version", "570.86"}},
                   .instances = {{.id = "GPU-1::0"}, {.id = "GPU-2"}, {.id = "GPU-1::1"}}}};
  const auto info = node_info(node, {.uptime = std::chrono::seconds(90), .busy = true});
  EXPECT_EQ(codec::dump(*info.find("uptime")), "90");
  EXPECT_EQ(*info.find("state")->as_string(), "RUNNING_JOB");
  EXPECT_EQ(codec::dump(*info.find("info")),
            R"({"version":"0.1.0","country":"NL","system_environment":"","cpu":{"model":"EPYC","logical_cores":16},)"
            R"("disk_gb":10,"ram_mb":2048,"gpus":{"cuda_driver_version":"12.8","nvml_driver_version":"570.86",)"
            R"("devices":[{"index":0,"name":"RTX 4090","uuid":"GPU-1","memory":{"total_mb":24564},)"
            R"("network_architecture":{"major":8,"minor":9}},{"index":1,"name":"RTX 4090","uuid":"GPU-2",)"
            R"("memory":{"total_mb":24564},"network_architecture":{"major":8,"minor":9}}]},"protocol":"http"})");
}

TEST(NodeInfo, AMachineWithoutAGpuHasAnEmptyListOfThem) {
  const auto info = node_info({}, {});
  EXPECT_EQ(codec::dump(*info.find("info")->find("gpus")), R"({"devices":[]})");
  EXPECT_EQ(*info.find("state")->as_string(), "QUEUED");
}

}  // namespace
}  // namespace drover::client
