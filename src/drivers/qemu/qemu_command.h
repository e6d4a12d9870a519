#pragma once

#include "drivers/driver.h"
#include "drivers/schemas/process_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

inline constexpr const char* kQemuProgram = "qemu-system-x86_64";
inline constexpr const char* kQemuMonitor = "qemu-monitor.sock";         // In the task's directory.
inline constexpr const char* kQemuGuestAgent = "qemu-guest-agent.sock";  // The same.

// "qcow2", "vmdk" or "raw", by the first bytes of an image.
std::string_view image_format(std::string_view head);

// QEMU's arguments. InvalidArgument if port_map names a port that the task has not. Pure.
Result<std::vector<std::string>> qemu_arguments(const TaskConfig& task, const QemuConfig& config,
                                                const std::string& image, std::string_view format);

}  // namespace drover::drivers
