#include "drivers/qemu/qemu_driver.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "drivers/qemu/qemu_command.h"
#include "drivers/schemas/config_codec.h"
#include "sys/command.h"
#include "sys/directory.h"
#include "sys/files.h"
#include "sys/unix_socket.h"
#include "sys/users.h"

#include <filesystem>
#include <optional>
#include <utility>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace drover::drivers {
namespace {

constexpr const char* kKvm = "/dev/kvm";
constexpr const char* kDefaultUser = "nobody";
constexpr int32_t kOverheadMb = 256;  // Of QEMU itself, beside the machine's memory.
constexpr size_t kHeadBytes = 16;
constexpr size_t kAnswerBytes = 4096;
constexpr std::string_view kPrompt = "(qemu) ";
constexpr Duration kMonitorPatience = std::chrono::seconds(5);

// The prompt of the greeting and the one after the command: QEMU forgets what it has not yet read of a connection that
// is closed.
bool await_prompts(const sys::Fd& monitor) {
  const SystemClock clock;
  const MonoTime deadline = clock.mono() + kMonitorPatience;
  std::string seen;
  while (clock.mono() < deadline && sys::wait_readable(monitor, deadline - clock.mono()).value_or(false)) {
    const auto bytes = sys::try_read(monitor, kAnswerBytes);
    if (!bytes || (*bytes && (*bytes)->empty())) break;
    seen += bytes->value_or("");
    const size_t first = seen.find(kPrompt);
    if (first != std::string::npos && seen.find(kPrompt, first + 1) != std::string::npos) return true;
  }
  return false;
}

// A machine gets neither commands nor signals; it has a power button.
class QemuRuntime final : public ContainerRuntime {
 public:
  using ContainerRuntime::ContainerRuntime;

  Result<TaskCommand> command(const ProcessState&, std::vector<std::string>,
                              std::optional<TerminalSize>) const override {
    return err(ErrorCode::Unavailable, "commands cannot be run in a virtual machine");
  }

  // There is a monitor only with graceful_shutdown.
  bool ask_to_stop(const ProcessState& state) const override {
    const auto directory = sys::Directory::open(state.work_dir);
    if (!directory) return false;
    const auto monitor = sys::connect_unix(directory->fd(), kQemuMonitor);
    if (!monitor || !sys::write_all(*monitor, "system_powerdown\n")) return false;
    return await_prompts(*monitor);
  }
};

struct Image {
  std::string path;  // In the container.
  std::string head;
  std::optional<ContainerMount> mount;
};

Result<std::string> read_head(const sys::Fd& file) {
  TRY_LET(const auto bytes, sys::try_read(file, kHeadBytes));
  return bytes.value_or("");
}

// An image in one of the task's directories; its user has to write to it.
Result<Image> own_image(const sys::Directory& directory, const std::string& path, const std::string& in_container,
                        const sys::User& user) {
  TRY_LET(const auto file, directory.open_file(path));
  TRY(directory.set_owner(path, {.uid = user.uid, .gid = user.gid}));
  TRY_LET(auto head, read_head(file));
  return Image{.path = in_container, .head = std::move(head)};
}

// An image that the operator offers.
Result<Image> offered_image(const std::string& path, const std::vector<std::string>& offered) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  for (const auto& root : offered) {
    const auto real_root = std::filesystem::canonical(root, error);
    if (error || !(real.string() + "/").starts_with(real_root.string() + "/")) continue;
    TRY_LET(const auto directory, sys::Directory::open(real_root));
    TRY_LET(const auto file, directory.open_file(std::filesystem::relative(real, real_root).string()));
    TRY_LET(auto head, read_head(file));
    return Image{
        .path = path, .head = std::move(head), .mount = ContainerMount{.source = real.string(), .destination = path}};
  }
  return err(ErrorCode::InvalidArgument,
             "image_path {} is neither in the task's directories nor in one of this node's image_paths",
             printable(path));
}

Result<Image> find_image(const std::string& path, const TaskDirs& dirs, const sys::User& user,
                         const std::vector<std::string>& offered) {
  const std::string absolute = path.starts_with('/') ? path : "/" + path;
  if (absolute.starts_with("/alloc/")) {
    TRY_LET(const auto alloc, sys::Directory::open(dirs.alloc, "the allocation's directory"));
    return own_image(alloc, absolute.substr(7), absolute, user);
  }
  TRY_LET(const auto task, sys::Directory::open(dirs.task, "the task's directory"));
  if (!path.starts_with('/') || task.exists(path.substr(1))) return own_image(task, absolute.substr(1), absolute, user);
  return offered_image(path, offered);
}

Result<ContainerDevice> kvm_device() {
  struct stat info = {};
  if (::stat(kKvm, &info) != 0 || !S_ISCHR(info.st_mode)) {
    return err(ErrorCode::InvalidArgument, "accelerator kvm: this machine has no {}; use \"tcg\"", kKvm);
  }
  return ContainerDevice{.path = kKvm, .major = major(info.st_rdev), .minor = minor(info.st_rdev)};
}

}  // namespace

QemuDriver::QemuDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users, QemuOptions qemu)
    : ContainerDriver("qemu", std::move(shared), std::move(options), std::move(users)), qemu_(std::move(qemu)) {}

ExecConfig QemuDriver::exec_config(const codec::Value&) const {
  return {.command = kQemuProgram};
}

Result<ContainerRequest> QemuDriver::request(const TaskConfig& task) const {
  Diagnostics none;
  const auto config = read_config<QemuConfig>(task.config, ConfigStage::Interpolated, none);
  TRY_LET(const auto user, sys::find_user(task.user.empty() ? kDefaultUser : task.user));
  ContainerRequest request{.exec = exec_config(task.config), .extra_memory_mb = kOverheadMb};
  TRY_LET(const auto image, find_image(config.image_path, task.dirs, user, qemu_.image_paths));
  if (image.mount) request.mounts.push_back(*image.mount);
  if (config.accelerator == "kvm") {
    TRY_LET(request.devices.emplace_back(), kvm_device());
  }
  TRY_LET(request.exec.args, qemu_arguments(task, config, image.path, image_format(image.head)));
  return request;
}

std::shared_ptr<const ContainerRuntime> QemuDriver::make_runtime(OciRuntime program) const {
  return std::make_shared<QemuRuntime>("qemu", std::move(program), options(), shared().cgroups);
}

Result<Attributes> QemuDriver::more_attributes() const {
  TRY_LET(const auto output, sys::run_command({kQemuProgram, "--version"}, {.timeout = std::chrono::seconds(10)}));
  // "QEMU emulator version 7.2.17 (Debian 1:7.2+dfsg-7)"
  constexpr std::string_view kBefore = "version ";
  const size_t at = output.out.find(kBefore);
  if (!output.status.ok() || at == std::string::npos) {
    return err(ErrorCode::Unavailable, "cannot understand what {} --version prints", kQemuProgram);
  }
  const auto version = std::string_view(output.out).substr(at + kBefore.size());
  Attributes attributes = {{"driver.qemu.version", std::string(version.substr(0, version.find_first_of(" \n(")))}};
  if (kvm_device()) attributes["driver.qemu.kvm"] = "1";
  return attributes;
}

}  // namespace drover::drivers
