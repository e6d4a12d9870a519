#include "agent/config.h"
#include "codec/describe.h"

namespace drover::agent {

using codec::StructBuilder;

void describe(StructBuilder& d, PortsConfig& r) {
  auto& [http, rpc, serf] = r;
  d.name("ports");
  d.field(1, http, "http").doc("the HTTP API");
  d.field(2, rpc, "rpc").doc("where nodes connect to a server");
  d.field(3, serf, "serf").doc("accepted, without effect: there is no gossip");
}

void describe(StructBuilder& d, AddressesConfig& r) {
  auto& [http, rpc, serf] = r;
  d.name("addresses");
  d.field(1, http, "http").doc("the address that the HTTP API binds, instead of bind_addr");
  d.field(2, rpc, "rpc").doc("the address that the server binds for nodes, instead of bind_addr");
  d.field(3, serf, "serf").doc("accepted, without effect");
}

void describe(StructBuilder& d, AdvertiseConfig& r) {
  auto& [http, rpc, serf] = r;
  d.name("advertise");
  d.field(1, http, "http").doc("\"host\" or \"host:port\" under which others reach the HTTP API");
  d.field(2, rpc, "rpc").doc("\"host\" or \"host:port\" under which nodes reach the server");
  d.field(3, serf, "serf").doc("accepted, without effect");
}

void describe(StructBuilder& d, ServerConfig& r) {
  auto& [enabled, bootstrap_expect, num_schedulers, heartbeat_grace, min_heartbeat_ttl, max_heartbeats_per_second,
         failover_heartbeat_ttl, accept_data_loss, job_gc_interval, job_gc_threshold, eval_gc_threshold,
         deployment_gc_threshold, node_gc_threshold, max_dispatch_payload, logistics_allow] = r;
  d.name("server");
  d.field(1, enabled, "enabled");
  d.field(2, bootstrap_expect, "bootstrap_expect").doc("1");
  d.field(3, num_schedulers, "num_schedulers").doc("scheduler threads");
  d.field(4, heartbeat_grace, "heartbeat_grace").doc("beyond its time to live, before a silent node is down");
  d.field(5, min_heartbeat_ttl, "min_heartbeat_ttl").doc("how often nodes report, at most");
  d.field(6, max_heartbeats_per_second, "max_heartbeats_per_second")
      .doc("stretches the time to live of large clusters");
  d.field(7, failover_heartbeat_ttl, "failover_heartbeat_ttl").doc("how long nodes have to come back after a restart");
  d.field(8, accept_data_loss, "accept_data_loss").doc("start although the end of the state's log is damaged");
  d.field(9, job_gc_interval, "job_gc_interval").doc("how often what nothing needs any more is removed");
  d.field(10, job_gc_threshold, "job_gc_threshold").doc("how long dead jobs are kept");
  d.field(11, eval_gc_threshold, "eval_gc_threshold").doc("how long ended evaluations and allocations are kept");
  d.field(12, deployment_gc_threshold, "deployment_gc_threshold").doc("how long ended deployments are kept");
  d.field(13, node_gc_threshold, "node_gc_threshold").doc("how long nodes that are down are kept");
  d.field(14, max_dispatch_payload, "max_dispatch_payload").doc("bytes that one dispatched job may be given");
  d.field(15, logistics_allow, "logistics_allow")
      .doc("private networks in which endpoints of confidential jobs may be, like \"10.1.0.0/16\"");
}

void describe(StructBuilder& d, ReservedConfig& r) {
  auto& [cpu, memory, disk, reserved_ports] = r;
  d.name("reserved");
  d.field(1, cpu, "cpu").doc("MHz that tasks do not get");
  d.field(2, memory, "memory").doc("MB that tasks do not get");
  d.field(3, disk, "disk").doc("MB that tasks do not get");
  d.field(4, reserved_ports, "reserved_ports").doc("ports that tasks do not get: \"22,80,8500-8600\"");
}

void describe(StructBuilder& d, ServerJoinConfig& r) {
  auto& [retry_join] = r;
  d.name("server_join");
  d.field(1, retry_join, "retry_join").doc("servers, \"host\" or \"host:port\"");
}

void describe(StructBuilder& d, HostNetworkConfig& r) {
  auto& [cidr, interface, reserved_ports] = r;
  d.name("host_network");
  d.field(1, cidr, "cidr").doc("an address within it is used");
  d.field(2, interface, "interface").doc("an address of it is used");
  d.field(3, reserved_ports, "reserved_ports").doc("ports that tasks do not get: \"22,80,8500-8600\"");
}

void describe(StructBuilder& d, HostVolumeConfig& r) {
  auto& [path, read_only] = r;
  d.name("host_volume");
  d.field(1, path, "path").doc("an absolute path of a directory that is there");
  d.field(2, read_only, "read_only").doc("only for jobs that ask for it as read_only");
}

void describe(StructBuilder& d, ArtifactConfig& r) {
  auto& [http_read_timeout, http_max_size, gcs_timeout, git_timeout, hg_timeout, s3_timeout,
         decompression_file_count_limit, decompression_size_limit, disable_filesystem_isolation,
         set_environment_variables] = r;
  d.name("artifact");
  d.field(1, http_read_timeout, "http_read_timeout").doc("how long a download over http may take; 0: no limit");
  d.field(2, http_max_size, "http_max_size").doc("the largest download, \"100GB\"; \"0\": no limit");
  d.field(3, gcs_timeout, "gcs_timeout");
  d.field(4, git_timeout, "git_timeout");
  d.field(5, hg_timeout, "hg_timeout");
  d.field(6, s3_timeout, "s3_timeout");
  d.field(7, decompression_file_count_limit, "decompression_file_count_limit").doc("files of one archive; 0: no limit");
  d.field(8, decompression_size_limit, "decompression_size_limit").doc("bytes out of one archive; \"0\": no limit");
  d.field(9, disable_filesystem_isolation, "disable_filesystem_isolation")
      .doc("downloads run as nobody still, but may write what nobody may");
  d.field(10, set_environment_variables, "set_environment_variables")
      .doc("variables of the agent that downloads see: \"HTTPS_PROXY,AWS_ACCESS_KEY_ID\"");
}

void describe(StructBuilder& d, AssetsConfig& r) {
  auto& [dir, max_size, ttl, downloads, connections, max_asset_size, max_files, timeout, hugging_face_endpoint,
         ollama_registry] = r;
  d.name("assets");
  d.field(1, dir, "dir").doc("default: data_dir/client/assets");
  d.field(2, max_size, "max_size").doc("of all assets together, \"500GB\"; \"0\": what the disk has");
  d.field(3, ttl, "ttl").doc("how long an asset is kept from its download on; 0: for ever");
  d.field(4, downloads, "downloads").doc("assets that are downloaded at a time");
  d.field(5, connections, "connections").doc("files of an asset that are downloaded at a time");
  d.field(6, max_asset_size, "max_asset_size").doc("the largest asset; \"0\": no limit");
  d.field(7, max_files, "max_files").doc("files of one asset; 0: no limit");
  d.field(8, timeout, "timeout").doc("of one attempt to download an asset");
  d.field(9, hugging_face_endpoint, "hugging_face_endpoint")
      .doc("default: the agent's HF_ENDPOINT, or https://huggingface.co");
  d.field(10, ollama_registry, "ollama_registry").doc("where models without a host come from");
}

void describe(StructBuilder& d, DrainOnShutdownConfig& r) {
  auto& [deadline, force, ignore_system_jobs] = r;
  d.name("drain_on_shutdown");
  d.field(1, deadline, "deadline").doc("when those that have not left are stopped");
  d.field(2, force, "force").doc("they are stopped at once");
  d.field(3, ignore_system_jobs, "ignore_system_jobs").doc("those of system jobs stay");
}

void describe(StructBuilder& d, ClientConfig& r) {
  auto& [enabled, alloc_dir, servers, server_join, node_class, node_pool, meta, options, reserved, network_interface,
         network_speed, cpu_total_compute, memory_total_mb, max_kill_timeout, gc_max_allocs, gc_interval,
         gc_parallel_destroys, gc_disk_usage_threshold, gc_inode_usage_threshold, cgroup_parent, chroot_env,
         host_network, host_volume, cni_path, cni_config_dir, bridge_network_name, bridge_network_subnet,
         bridge_network_hairpin_mode, disable_remote_exec, drain_on_shutdown, artifact, assets] = r;
  d.name("client");
  d.field(1, enabled, "enabled");
  d.field(3, alloc_dir, "alloc_dir").doc("default: data_dir/alloc");
  d.field(4, servers, "servers").doc("\"host\" or \"host:port\" of servers");
  d.field(5, server_join, "server_join");
  d.field(6, node_class, "node_class");
  d.field(7, node_pool, "node_pool");
  d.field(8, meta, "meta");
  d.field(9, options, "options").doc("Nomad's older driver options");
  d.field(10, reserved, "reserved");
  d.field(11, network_interface, "network_interface");
  d.field(12, network_speed, "network_speed").doc("Mbit/s");
  d.field(13, cpu_total_compute, "cpu_total_compute").doc("MHz, instead of what is detected");
  d.field(14, memory_total_mb, "memory_total_mb").doc("MB, instead of what is detected");
  d.field(15, max_kill_timeout, "max_kill_timeout").doc("the longest kill_timeout that a task gets");
  d.field(16, gc_max_allocs, "gc_max_allocs").doc("directories of ended allocations that are kept");
  d.field(29, gc_interval, "gc_interval").doc("how often the disk is looked at");
  d.field(30, gc_parallel_destroys, "gc_parallel_destroys").doc("directories that are removed at a time");
  d.field(31, gc_disk_usage_threshold, "gc_disk_usage_threshold")
      .doc("per cent of the disk in use, beyond which directories of ended allocations go");
  d.field(32, gc_inode_usage_threshold, "gc_inode_usage_threshold").doc("the same of its inodes");
  d.field(17, cgroup_parent, "cgroup_parent");
  d.field(18, chroot_env, "chroot_env").doc("what exec, java and qemu tasks see of the host: its path = their path");
  d.field(19, host_network, "host_network").doc("by name: addresses that ports can ask for");
  d.field(27, host_volume, "host_volume").doc("by name: directories that groups can mount");
  d.field(20, cni_path, "cni_path").doc("folders with CNI plugins, separated by colons");
  d.field(21, cni_config_dir, "cni_config_dir").doc("the networks that jobs call cni/<name>");
  d.field(22, bridge_network_name, "bridge_network_name").doc("of network mode bridge");
  d.field(23, bridge_network_subnet, "bridge_network_subnet");
  d.field(24, bridge_network_hairpin_mode, "bridge_network_hairpin_mode")
      .doc("tasks reach themselves by the host's address");
  d.field(25, disable_remote_exec, "disable_remote_exec").doc("no alloc exec in tasks of this node");
  d.field(33, drain_on_shutdown, "drain_on_shutdown").doc("allocations leave before the agent stops");
  d.field(26, artifact, "artifact");
  d.field(28, assets, "assets").doc("the store of models and data sets");
}

void describe(StructBuilder& d, DockerDanglingConfig& r) {
  auto& [enabled, period, creation_grace, dry_run] = r;
  d.name("dangling_containers");
  d.field(1, enabled, "enabled");
  d.field(2, period, "period");
  d.field(3, creation_grace, "creation_grace").doc("younger containers are left alone");
  d.field(4, dry_run, "dry_run").doc("only log them");
}

void describe(StructBuilder& d, DockerGcConfig& r) {
  auto& [image, image_delay, container, dangling_containers] = r;
  d.name("gc");
  d.field(1, image, "image");
  d.field(2, image_delay, "image_delay");
  d.field(3, container, "container");
  d.field(4, dangling_containers, "dangling_containers").doc("containers that no task is known for");
}

void describe(StructBuilder& d, DockerVolumesConfig& r) {
  auto& [enabled, selinuxlabel] = r;
  d.name("volumes");
  d.field(1, enabled, "enabled");
  d.field(2, selinuxlabel, "selinuxlabel");
}

void describe(StructBuilder& d, DockerAuthConfig& r) {
  auto& [config, helper] = r;
  d.name("auth");
  d.field(1, config, "config");
  d.field(2, helper, "helper").doc("\"ecr-login\": the program docker-credential-ecr-login");
}

void describe(StructBuilder& d, DockerTlsConfig& r) {
  auto& [cert, key, ca] = r;
  d.name("tls");
  d.field(1, cert, "cert").doc("PEM file of the agent's certificate");
  d.field(2, key, "key").doc("PEM file of its key");
  d.field(3, ca, "ca").doc("PEM file of who signed the daemon's; \"\": the system's");
}

void describe(StructBuilder& d, DockerPrivateNetworksConfig& r) {
  auto& [pool, allow] = r;
  d.name("private_networks");
  d.field(1, pool, "pool").doc("each allocation whose group has a network of mode private gets a /26 of it");
  d.field(2, allow, "allow").doc("private addresses that tasks on such networks may reach, like \"10.1.0.0/16\"");
}

void describe(StructBuilder& d, DockerPluginConfig& r) {
  auto& [endpoint, allow_privileged, allow_caps, allow_runtimes, allow_host_modes, allow_devices, volumes, auth, tls,
         gc, private_networks, pids_limit, pull_activity_timeout, disable_log_collection, extra_labels] = r;
  d.name("config");
  d.field(1, endpoint, "endpoint").doc("of the Docker Engine API");
  d.field(2, allow_privileged, "allow_privileged");
  d.field(3, allow_caps, "allow_caps");
  d.field(4, allow_runtimes, "allow_runtimes");
  d.field(12, allow_host_modes, "allow_host_modes")
      .doc("what tasks may share with the host: \"network\", \"pid\", \"ipc\", \"uts\", \"userns\", \"cgroupns\"");
  d.field(13, allow_devices, "allow_devices").doc("tasks may have devices of the host");
  d.field(5, volumes, "volumes");
  d.field(6, auth, "auth");
  d.field(15, tls, "tls").doc("of an endpoint on TCP");
  d.field(7, gc, "gc");
  d.field(14, private_networks, "private_networks");
  d.field(8, pids_limit, "pids_limit").doc("for tasks that set none");
  d.field(9, pull_activity_timeout, "pull_activity_timeout");
  d.field(10, disable_log_collection, "disable_log_collection");
  d.field(11, extra_labels, "extra_labels");
}

void describe(StructBuilder& d, RawExecPluginConfig& r) {
  auto& [enabled, no_cgroups, limits, pids_limit] = r;
  d.name("config");
  d.field(1, enabled, "enabled").doc("tasks run as the agent's user, without isolation");
  d.field(2, no_cgroups, "no_cgroups");
  d.field(3, limits, "limits").doc("hold tasks to their CPU, memory and number of processes");
  d.field(4, pids_limit, "pids_limit");
}

void describe(StructBuilder& d, ExecPluginConfig& r) {
  auto& [allow_caps, allow_host_modes, default_pid_mode, default_ipc_mode, no_pivot_root, pids_limit] = r;
  d.name("config");
  d.field(1, allow_caps, "allow_caps");
  d.field(2, allow_host_modes, "allow_host_modes").doc("of pid, ipc");
  d.field(3, default_pid_mode, "default_pid_mode").doc("private or host");
  d.field(4, default_ipc_mode, "default_ipc_mode").doc("private or host");
  d.field(5, no_pivot_root, "no_pivot_root");
  d.field(6, pids_limit, "pids_limit").doc("0: no limit");
}

void describe(StructBuilder& d, QemuPluginConfig& r) {
  auto& [image_paths] = r;
  d.name("config");
  d.field(1, image_paths, "image_paths").doc("directories of images that any job may use");
}

void describe(StructBuilder& d, NvidiaPluginConfig& r) {
  auto& [enabled, ignored_gpu_ids, fingerprint_period, tasks_per_gpu, library] = r;
  d.name("config");
  d.field(1, enabled, "enabled");
  d.field(2, ignored_gpu_ids, "ignored_gpu_ids").doc("GPUs that tasks do not get: \"GPU-…\"");
  d.field(3, fingerprint_period, "fingerprint_period").doc("how often to look for GPUs and their health");
  d.field(4, tasks_per_gpu, "tasks_per_gpu").doc("so many tasks share each GPU, without limits between them");
  d.field(5, library, "library").doc("NVIDIA's management library: a path, or a name that the loader finds");
}

void describe(StructBuilder& d, NvidiaPlugin& r) {
  auto& [config] = r;
  d.name("nomad-device-nvidia");
  d.field(1, config, "config");
}

void describe(StructBuilder& d, ExecPlugin& r) {
  auto& [config] = r;
  d.name("exec");
  d.field(1, config, "config");
}

void describe(StructBuilder& d, QemuPlugin& r) {
  auto& [config] = r;
  d.name("qemu");
  d.field(1, config, "config");
}

void describe(StructBuilder& d, DockerPlugin& r) {
  auto& [config] = r;
  d.name("docker");
  d.field(1, config, "config");
}

void describe(StructBuilder& d, RawExecPlugin& r) {
  auto& [config] = r;
  d.name("raw_exec");
  d.field(1, config, "config");
}

void describe(StructBuilder& d, PluginsConfig& r) {
  auto& [docker, raw_exec, exec, qemu, nvidia, nvidia_gpu] = r;
  d.name("plugin");
  d.field(1, docker, "docker");
  d.field(2, raw_exec, "raw_exec");
  d.field(3, exec, "exec");
  d.field(4, qemu, "qemu");
  d.field(5, nvidia, "nomad-device-nvidia");
  d.field(6, nvidia_gpu, "nvidia-gpu").doc("the older name of nomad-device-nvidia");
}

void describe(StructBuilder& d, LimitsConfig& r) {
  auto& [http_max_conns_per_client] = r;
  d.name("limits");
  d.field(1, http_max_conns_per_client, "http_max_conns_per_client");
}

void describe(StructBuilder& d, ExposeTlsConfig& r) {
  auto& [cert_file, key_file] = r;
  d.name("tls");
  d.field(1, cert_file, "cert_file").doc("PEM: the certificate, then those that signed it");
  d.field(2, key_file, "key_file").doc("PEM");
}

void describe(StructBuilder& d, ExposeConfig& r) {
  auto& [port, address, domain, advertise, tls] = r;
  d.name("expose");
  d.field(1, port, "port").doc("of the proxy of exposed ports; 0: none");
  d.field(2, address, "address").doc("default: bind_addr");
  d.field(3, domain, "domain").doc("the ids of exposed ports are the labels below it");
  d.field(4, advertise, "advertise").doc("host:port of the proxy for other agents");
  d.field(5, tls, "tls");
}

void describe(StructBuilder& d, Config& r) {
  auto& [region, datacenter, name, data_dir, log_level, bind_addr, leave_on_interrupt, leave_on_terminate,
         disable_update_check, ports, addresses, advertise, server, client, plugin, limits, expose, dev_mode] = r;
  d.name("agent");
  d.field(1, region, "region");
  d.field(2, datacenter, "datacenter");
  d.field(3, name, "name").doc("default: the host's");
  d.field(4, data_dir, "data_dir").doc("absolute; where state and allocations are kept");
  d.field(5, log_level, "log_level").doc("TRACE, DEBUG, INFO, WARN or ERROR");
  d.field(6, bind_addr, "bind_addr");
  d.field(16, leave_on_interrupt, "leave_on_interrupt").doc("SIGINT: client.drain_on_shutdown, then stop");
  d.field(17, leave_on_terminate, "leave_on_terminate").doc("SIGTERM: client.drain_on_shutdown, then stop");
  d.field(7, disable_update_check, "disable_update_check").doc("accepted, without effect: nothing checks");
  d.field(8, ports, "ports");
  d.field(9, addresses, "addresses");
  d.field(10, advertise, "advertise");
  d.field(11, server, "server");
  d.field(12, client, "client");
  d.field(13, plugin, "plugin");
  d.field(14, limits, "limits");
  d.field(15, expose, "expose");
  static_cast<void>(dev_mode);
}

}  // namespace drover::agent
