#include "codec/describe.h"
#include "drivers/schemas/process_config.h"

namespace drover::drivers {

using codec::StructBuilder;

void describe(StructBuilder& d, RawExecConfig& r) {
  auto& [command, args, work_dir] = r;
  d.name("RawExecConfig");
  d.field(1, command, "command").doc("a path, or a name to be found in the task's PATH");
  d.field(2, args, "args");
  d.field(3, work_dir, "work_dir").doc("where it starts; the task's directory if left out");
}

void describe(StructBuilder& d, ExecConfig& r) {
  auto& [command, args, work_dir, pid_mode, ipc_mode, cap_add, cap_drop] = r;
  d.name("ExecConfig");
  d.field(1, command, "command").doc("a path, or a name to be found in the task's PATH");
  d.field(2, args, "args");
  d.field(3, work_dir, "work_dir");
  d.field(4, pid_mode, "pid_mode").doc("private or host");
  d.field(5, ipc_mode, "ipc_mode").doc("private or host");
  d.field(6, cap_add, "cap_add");
  d.field(7, cap_drop, "cap_drop");
}

void describe(StructBuilder& d, JavaConfig& r) {
  auto& [main_class, class_path, jar_path, jvm_options, args, work_dir, pid_mode, ipc_mode, cap_add, cap_drop] = r;
  d.name("JavaConfig");
  d.field(1, main_class, "class").doc("the class to run");
  d.field(2, class_path, "class_path");
  d.field(3, jar_path, "jar_path").doc("the jar to run");
  d.field(4, jvm_options, "jvm_options");
  d.field(5, args, "args");
  d.field(6, work_dir, "work_dir");
  d.field(7, pid_mode, "pid_mode").doc("private or host");
  d.field(8, ipc_mode, "ipc_mode").doc("private or host");
  d.field(9, cap_add, "cap_add");
  d.field(10, cap_drop, "cap_drop");
}

void describe(StructBuilder& d, QemuConfig& r) {
  auto& [image_path, accelerator, graceful_shutdown, args, port_map, guest_agent] = r;
  d.name("QemuConfig");
  d.field(1, image_path, "image_path");
  d.field(2, accelerator, "accelerator").doc("tcg or kvm");
  d.field(3, graceful_shutdown, "graceful_shutdown").doc("press the machine's power button first");
  d.field(4, args, "args");
  d.field(5, port_map, "port_map").doc("port label = port in the machine");
  d.field(6, guest_agent, "guest_agent").doc("give the machine a channel for QEMU's guest agent");
}

void describe(StructBuilder& d, MockConfig& r) {
  auto& [run_for, exit_code, exit_signal, exit_err_msg, oom_killed, start_error, start_error_recoverable,
         start_block_for, kill_after, signal_error, stdout_string, stderr_string, stdout_repeat, stdout_repeat_duration,
         driver_ip, driver_advertise, driver_port_map] = r;
  d.name("MockConfig");
  d.field(1, run_for, "run_for").doc("how long it runs; 0: ends at once");
  d.field(2, exit_code, "exit_code");
  d.field(3, exit_signal, "exit_signal");
  d.field(4, exit_err_msg, "exit_err_msg");
  d.field(5, oom_killed, "oom_killed");
  d.field(6, start_error, "start_error").doc("fail to start, with this message");
  d.field(7, start_error_recoverable, "start_error_recoverable");
  d.field(8, start_block_for, "start_block_for").doc("how long the start takes");
  d.field(9, kill_after, "kill_after").doc("how long it takes to stop after the signal");
  d.field(10, signal_error, "signal_error").doc("fail to signal, with this message");
  d.field(11, stdout_string, "stdout_string").doc("what it prints");
  d.field(12, stderr_string, "stderr_string");
  d.field(13, stdout_repeat, "stdout_repeat").doc("how often stdout_string is printed again");
  d.field(14, stdout_repeat_duration, "stdout_repeat_duration").doc("the time between two times");
  d.field(15, driver_ip, "driver_ip").doc("the address of the task's own network");
  d.field(16, driver_advertise, "driver_advertise");
  d.field(17, driver_port_map, "driver_port_map").doc("\"label:port\"");
}

}  // namespace drover::drivers
