#pragma once

#include "base/clock.h"
#include "base/diagnostics.h"
#include "codec/fwd.h"
#include "drivers/schema.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// The drivers that run plain programs, and the one for tests: facts §4 "Drivers".
namespace drover::drivers {

struct RawExecConfig {
  std::string command;
  std::vector<std::string> args;
  std::string work_dir;
};
void describe(codec::StructBuilder& d, RawExecConfig& r);
void check(const RawExecConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

struct ExecConfig {
  std::string command;
  std::vector<std::string> args;
  std::string work_dir;
  std::string pid_mode;
  std::string ipc_mode;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
};
void describe(codec::StructBuilder& d, ExecConfig& r);
void check(const ExecConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

struct JavaConfig {
  std::string main_class;
  std::string class_path;
  std::string jar_path;
  std::vector<std::string> jvm_options;
  std::vector<std::string> args;
  // As exec's.
  std::string work_dir;
  std::string pid_mode;
  std::string ipc_mode;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
};
void describe(codec::StructBuilder& d, JavaConfig& r);
void check(const JavaConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

struct QemuConfig {
  std::string image_path;
  std::string accelerator = "tcg";
  bool graceful_shutdown = false;
  std::vector<std::string> args;
  std::map<std::string, int32_t> port_map;
  bool guest_agent = false;
};
void describe(codec::StructBuilder& d, QemuConfig& r);
void check(const QemuConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

struct MockConfig {
  Duration run_for{0};
  int32_t exit_code = 0;
  int32_t exit_signal = 0;
  std::string exit_err_msg;
  bool oom_killed = false;
  std::string start_error;
  bool start_error_recoverable = false;
  Duration start_block_for{0};
  Duration kill_after{0};  // How long it takes to heed the kill signal.
  std::string signal_error;
  std::string stdout_string;
  std::string stderr_string;
  int32_t stdout_repeat = 0;
  Duration stdout_repeat_duration{0};
  std::string driver_ip;
  bool driver_advertise = false;
  std::string driver_port_map;  // "label:port"
};
void describe(codec::StructBuilder& d, MockConfig& r);
void check(const MockConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems);

}  // namespace drover::drivers
