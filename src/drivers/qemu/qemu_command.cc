#include "drivers/qemu/qemu_command.h"

#include "base/strings.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

using namespace std::string_view_literals;

// In an option value a comma is written twice.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == ',' ? 2 : 1, c);
  return out;
}

// The machine's own network, with the task's ports forwarded into it, for TCP and UDP.
Result<std::vector<std::string>> network_arguments(const TaskConfig& task, const QemuConfig& config) {
  std::string netdev = "user,id=net0";
  for (const auto& [label, guest_port] : config.port_map) {
    const auto port = std::ranges::find(task.ports, label, &TaskPort::label);
    if (port == task.ports.end()) {
      return err(ErrorCode::InvalidArgument, "port_map names port \"{}\", which the task has not asked for",
                 printable(label));
    }
    // The user network knows IPv4 only.
    const auto ip = port->host_ip.find(':') == std::string::npos ? port->host_ip : "";
    for (const char* protocol : {"tcp", "udp"}) {
      netdev += fmt::format(",hostfwd={}:{}:{}-:{}", protocol, ip, port->host_port, guest_port);
    }
  }
  return std::vector<std::string>{"-netdev", netdev, "-device", "virtio-net,netdev=net0"};
}

}  // namespace

std::string_view image_format(std::string_view head) {
  if (head.starts_with("QFI\xfb"sv)) return "qcow2";
  if (head.starts_with("KDMV"sv)) return "vmdk";
  return "raw";
}

Result<std::vector<std::string>> qemu_arguments(const TaskConfig& task, const QemuConfig& config,
                                                const std::string& image, std::string_view format) {
  std::vector<std::string> out = {"-machine", "type=pc,accel=" + config.accelerator};
  const auto add = [&out](std::initializer_list<std::string> more) { out.insert(out.end(), more); };
  if (config.accelerator == "kvm") add({"-cpu", "host"});
  add({"-name", escaped(task.task), "-m", fmt::format("{}M", task.memory_mb)});
  add({"-drive", fmt::format("file={},format={}", escaped(image), format), "-nographic"});
  if (config.graceful_shutdown) add({"-monitor", fmt::format("unix:/{},server=on,wait=off", kQemuMonitor)});
  if (config.guest_agent) {
    add({"-chardev", fmt::format("socket,path=/{},server=on,wait=off,id=qga0", kQemuGuestAgent), "-device",
         "virtio-serial", "-device", "virtserialport,chardev=qga0,name=org.qemu.guest_agent.0"});
  }
  if (!config.port_map.empty()) {
    TRY_LET(const auto network, network_arguments(task, config));
    out.insert(out.end(), network.begin(), network.end());
  }
  out.insert(out.end(), config.args.begin(), config.args.end());
  return out;
}

}  // namespace drover::drivers
