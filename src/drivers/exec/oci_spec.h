#pragma once

#include "codec/value.h"
#include "drivers/driver.h"
#include "drivers/exec/exec_options.h"
#include "drivers/schemas/process_config.h"
#include "sys/users.h"

#include <string>
#include <vector>

// The configuration of an OCI runtime for one task. Pure, but for container_device().
namespace drover::drivers {

struct ContainerMount {
  std::string source;
  std::string destination;
};

struct ContainerDevice {
  std::string path;  // On the host and in the container, where everybody may use it.
  int64_t major = 0;
  int64_t minor = 0;
};

// For a device file of the host; NotFound if there is no character device.
Result<ContainerDevice> container_device(const std::string& path);

// What a driver wants to run.
struct ContainerRequest {
  ExecConfig exec;
  std::vector<ContainerMount> mounts;    // Beside the task's own directories; writable.
  std::vector<ContainerDevice> devices;  // Character devices.
  int32_t extra_memory_mb = 0;           // What the program needs beside what the task asks for.
};

struct OciInputs {
  const TaskConfig& task;
  const ContainerRequest& request;
  const ExecOptions& options;
  sys::User user;
  std::string command;                            // As the task sees it.
  std::map<std::string, std::string> chroot_env;  // Those of the options whose source exists.
  std::string cgroup_path;                        // "/drover/<name>"
  bool cgroups_v2 = false;
};

codec::Value oci_spec(const OciInputs& inputs);

bool has_pid_namespace(const ExecConfig& exec, const ExecOptions& options);

}  // namespace drover::drivers
