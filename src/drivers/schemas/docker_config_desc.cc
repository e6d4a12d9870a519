#include "codec/describe.h"
#include "drivers/schemas/docker_config.h"

namespace drover::drivers {

using codec::kSecret;
using codec::StructBuilder;

void describe(StructBuilder& d, DockerAuth& r) {
  auto& [username, password, email, server_address] = r;
  d.name("DockerAuth");
  d.field(1, username, "username");
  d.field(2, password, "password").flags(kSecret);
  d.field(3, email, "email");
  d.field(4, server_address, "server_address");
}

void describe(StructBuilder& d, DockerLogging& r) {
  auto& [type, driver, config] = r;
  d.name("DockerLogging");
  d.field(1, type, "type").doc("the docker log driver");
  d.field(2, driver, "driver").doc("the same as type");
  d.field(3, config, "config").doc("options of the log driver");
}

void describe(StructBuilder& d, DockerDevice& r) {
  auto& [host_path, container_path, cgroup_permissions] = r;
  d.name("DockerDevice");
  d.field(1, host_path, "host_path");
  d.field(2, container_path, "container_path").doc("the same as host_path if left out");
  d.field(3, cgroup_permissions, "cgroup_permissions").doc("of r, w and m; all if left out");
}

void describe(StructBuilder& d, DockerVolumeDriver& r) {
  auto& [name, options] = r;
  d.name("DockerVolumeDriver");
  d.field(1, name, "name");
  d.field(2, options, "options");
}

void describe(StructBuilder& d, DockerVolumeOptions& r) {
  auto& [no_copy, labels, driver_config] = r;
  d.name("DockerVolumeOptions");
  d.field(1, no_copy, "no_copy");
  d.field(2, labels, "labels");
  d.field(3, driver_config, "driver_config");
}

void describe(StructBuilder& d, DockerBindOptions& r) {
  auto& [propagation] = r;
  d.name("DockerBindOptions");
  d.field(1, propagation, "propagation");
}

void describe(StructBuilder& d, DockerTmpfsOptions& r) {
  auto& [size, mode] = r;
  d.name("DockerTmpfsOptions");
  d.field(1, size, "size").doc("in bytes");
  d.field(2, mode, "mode");
}

void describe(StructBuilder& d, DockerMount& r) {
  auto& [type, target, source, readonly, volume_options, bind_options, tmpfs_options] = r;
  d.name("DockerMount");
  d.field(1, type, "type").doc("volume, bind or tmpfs");
  d.field(2, target, "target");
  d.field(3, source, "source");
  d.field(4, readonly, "readonly");
  d.field(5, volume_options, "volume_options");
  d.field(6, bind_options, "bind_options");
  d.field(7, tmpfs_options, "tmpfs_options");
}

void describe(StructBuilder& d, DockerHealthchecks& r) {
  auto& [disable] = r;
  d.name("DockerHealthchecks");
  d.field(1, disable, "disable").doc("ignore the image's own health check");
}

void describe(StructBuilder& d, DockerConfig& r) {
  auto& [image, command, args, entrypoint, work_dir, hostname, labels, tty, interactive, init, healthchecks, auth,
         auth_soft_fail, force_pull, load, image_pull_timeout, network_mode, network_aliases, ipv4_address,
         ipv6_address, advertise_ipv6_address, mac_address, port_map, ports, dns_servers, dns_options,
         dns_search_domains, extra_hosts, privileged, cap_add, cap_drop, devices, security_opt, group_add, ipc_mode,
         pid_mode, uts_mode, userns_mode, cgroupns, runtime, readonly_rootfs, volumes, volume_driver, mounts, mount,
         storage_opt, shm_size, sysctl, ulimit, memory_hard_limit, pids_limit, cpuset_cpus, cpu_hard_limit,
         cpu_cfs_period, oom_score_adj, logging, container_exists_attempts] = r;
  d.name("DockerConfig");
  d.field(1, image, "image").doc("the image, as docker run takes it");
  d.field(2, command, "command").doc("in place of the image's command");
  d.field(3, args, "args").doc("arguments of the command or of the image's entrypoint");
  d.field(4, entrypoint, "entrypoint").doc("in place of the image's entrypoint");
  d.field(5, work_dir, "work_dir");
  d.field(6, hostname, "hostname");
  d.field(7, labels, "labels");
  d.field(8, tty, "tty");
  d.field(9, interactive, "interactive").doc("keep stdin open");
  d.field(10, init, "init").doc("run a small init process as number 1");
  d.field(11, healthchecks, "healthchecks");
  d.field(12, auth, "auth").doc("credentials for the image's registry");
  d.field(13, auth_soft_fail, "auth_soft_fail").doc("pull without credentials when none can be found");
  d.field(14, force_pull, "force_pull").doc("ask the registry even when the image is there");
  d.field(15, image_pull_timeout, "image_pull_timeout");
  d.field(16, network_mode, "network_mode");
  d.field(17, network_aliases, "network_aliases");
  d.field(18, ipv4_address, "ipv4_address");
  d.field(19, ipv6_address, "ipv6_address");
  d.field(20, advertise_ipv6_address, "advertise_ipv6_address");
  d.field(21, mac_address, "mac_address");
  d.field(22, port_map, "port_map").doc("port label = port in the container");
  d.field(23, ports, "ports").doc("labels of the ports to publish");
  d.field(24, dns_servers, "dns_servers");
  d.field(25, dns_options, "dns_options");
  d.field(26, dns_search_domains, "dns_search_domains");
  d.field(27, extra_hosts, "extra_hosts").doc("\"host:ip\" for /etc/hosts");
  d.field(28, privileged, "privileged");
  d.field(29, cap_add, "cap_add");
  d.field(30, cap_drop, "cap_drop");
  d.field(31, devices, "devices");
  d.field(32, security_opt, "security_opt");
  d.field(33, group_add, "group_add");
  d.field(34, ipc_mode, "ipc_mode");
  d.field(35, pid_mode, "pid_mode");
  d.field(36, uts_mode, "uts_mode");
  d.field(37, userns_mode, "userns_mode");
  d.field(38, cgroupns, "cgroupns");
  d.field(39, runtime, "runtime");
  d.field(40, readonly_rootfs, "readonly_rootfs");
  d.field(41, volumes, "volumes").doc("\"source:target[:mode]\"");
  d.field(42, volume_driver, "volume_driver");
  d.field(43, mounts, "mounts");
  d.field(44, mount, "mount");
  d.field(45, storage_opt, "storage_opt");
  d.field(46, shm_size, "shm_size").doc("size of /dev/shm in bytes");
  d.field(47, sysctl, "sysctl");
  d.field(48, ulimit, "ulimit").doc("name = \"soft[:hard]\"");
  d.field(49, memory_hard_limit, "memory_hard_limit").doc("limit in MB; resources.memory is then a reservation");
  d.field(50, pids_limit, "pids_limit");
  d.field(51, cpuset_cpus, "cpuset_cpus");
  d.field(52, cpu_hard_limit, "cpu_hard_limit").doc("no more CPU than resources.cpu, even on an idle machine");
  d.field(53, cpu_cfs_period, "cpu_cfs_period").doc("microseconds");
  d.field(54, oom_score_adj, "oom_score_adj");
  d.field(55, logging, "logging");
  d.field(56, load, "load").doc("an archive of images in the task's directory, instead of a registry");
  d.field(57, container_exists_attempts, "container_exists_attempts")
      .doc("how often an ended container of the same name is removed first");
}

}  // namespace drover::drivers
