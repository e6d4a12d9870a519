#include <fmt/core.h>

#include "simulate/fleet.h"

namespace drover::simulate {
namespace {

constexpr const char* kDrivers[] = {"docker", "exec", "java", "mock", "mock_driver", "qemu", "raw_exec"};

Uuid derived_uuid(const FleetOptions& options, size_t index, uint64_t purpose) {
  uint64_t prefix = 0;
  for (const char c : options.name_prefix) prefix = prefix * 31 + static_cast<unsigned char>(c);
  SeededRandom random(SeededRandom(options.seed ^ prefix).next() + index * 4 + purpose);
  return random.uuid();
}

}  // namespace

model::Node make_node(const FleetOptions& options, size_t index) {
  const NodeShape& shape = options.shape;
  model::Node node;
  node.id = model::NodeId(derived_uuid(options, index, 0));
  node.secret_id = derived_uuid(options, index, 1);
  node.name = fmt::format("{}-{}", options.name_prefix, index);
  node.datacenter = shape.datacenter;
  node.node_class = shape.node_class;
  node.node_pool = shape.node_pool;
  const std::string ip = fmt::format("10.{}.{}.{}", 64 + index / 65'536 % 64, index / 256 % 256, index % 256);
  node.http_addr = ip + ":4646";
  node.attributes = {
      {"arch", "x86_64"},   {"cpu.arch", "amd64"}, {"kernel.name", "linux"},       {"os.name", "debian"},
      {"os.version", "12"}, {"simulated", "true"}, {"unique.hostname", node.name}, {"unique.network.ip-address", ip}};
  node.meta = {{"rack", fmt::format("r{}", index % std::max<size_t>(1, shape.racks))}};
  node.resources = {.cpu = shape.cpu, .memory_mb = shape.memory_mb, .disk_mb = shape.disk_mb, .ports = {}};
  node.networks = {{.device = "eth0", .ip = ip, .mbits = 10'000}};
  for (const char* driver : kDrivers) {
    node.attributes[fmt::format("driver.{}", driver)] = "1";
    node.drivers[driver] = {.detected = true, .healthy = true, .health_description = "Healthy"};
  }
  return node;
}

}  // namespace drover::simulate
