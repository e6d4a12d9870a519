#include "codec/describe.h"
#include "drivers/docker/container.h"

namespace drover::drivers {

void describe(codec::StructBuilder& d, DockerState& r) {
  auto& [container, image, image_pulled, task, logs_dir, state_dir, logs, tty, port_map, own_network, advertise_ipv6,
         named_cpus] = r;
  d.name("DockerState");
  d.field(1, container, "Container");
  d.field(2, image, "Image");
  d.field(3, image_pulled, "ImagePulled");
  d.field(4, task, "Task");
  d.field(5, logs_dir, "LogsDir");
  d.field(6, state_dir, "StateDir");
  d.field(7, logs, "Logs");
  d.field(8, tty, "TTY");
  d.field(9, port_map, "PortMap");
  d.field(10, own_network, "OwnNetwork");
  d.field(11, advertise_ipv6, "AdvertiseIPv6");
  d.field(12, named_cpus, "NamedCpus");
}

}  // namespace drover::drivers
