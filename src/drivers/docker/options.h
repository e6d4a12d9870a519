#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::drivers {

// What a container of Docker's has without asking.
std::vector<std::string> engine_capabilities();
// The same without NET_RAW, with which a container can forge its neighbours' packets.
std::vector<std::string> default_capabilities();

// Containers of this node that no task is known for are removed.
struct DanglingOptions {
  bool enabled = true;
  Duration period = std::chrono::minutes(5);
  Duration creation_grace = std::chrono::minutes(5);  // For those that are just being made.
  bool dry_run = false;                               // Only log.
};

// Networks of mode "private".
struct PrivateNetworkOptions {
  std::string pool = "10.213.0.0/16";  // Each allocation gets a /26 of it.
  // Addresses and networks ("192.168.1.7", "10.1.0.0/16") of the host or beside it that tasks may reach.
  std::vector<std::string> allow;
};

// PEM files for a daemon on TCP; all "": it speaks without TLS.
struct DockerTls {
  std::string cert;  // Of the agent, with `key`.
  std::string key;
  std::string ca;  // Who signed the daemon's; "": the system's.

  bool any() const { return !cert.empty() || !key.empty() || !ca.empty(); }
};

// What the operator of a node allows and sets: the agent's plugin "docker" block.
struct DockerOptions {
  std::string endpoint = "unix:///var/run/docker.sock";  // Or "tcp://HOST:PORT".
  DockerTls tls;

  bool allow_privileged = false;
  bool allow_devices = false;
  bool volumes_enabled = false;  // Host paths outside the allocation, and named volumes.
  std::string volumes_selinux_label;
  std::vector<std::string> allow_caps = default_capabilities();
  std::vector<std::string> allow_runtimes = {"runc", "nvidia"};
  std::vector<std::string> allow_host_modes;  // Of "network", "pid", "ipc", "uts", "userns", "cgroupns".
  int64_t pids_limit = 4096;                  // For tasks that set none; 0: no limit.

  PrivateNetworkOptions private_networks;

  std::string auth_config;  // A docker config.json with credentials.
  std::string auth_helper;  // "ecr-login": the program docker-credential-ecr-login is asked.

  bool gc_image = true;  // Remove an image that was pulled for a task, once no task has used it for image_delay.
  Duration gc_image_delay = std::chrono::minutes(3);
  std::string pulled_images;  // A file that remembers those images across restarts; "": none.
  bool gc_container = true;   // Remove a task's container when the task is destroyed.

  DanglingOptions gc_dangling;
  std::string owner;  // Names this node among all that use the daemon; "": dangling containers stay.

  Duration pull_activity_timeout = std::chrono::minutes(2);  // Without any progress.
  bool disable_log_collection = false;
  std::vector<std::string> extra_labels;  // Of "job_name", "job_id", "task_group_name", "namespace".
};

}  // namespace drover::drivers
