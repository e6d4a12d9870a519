#include "drivers/process/plain_runtime.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/users.h"

#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr int kExecRounds = 100;
constexpr useconds_t kExecPauseMicros = 200;

std::string path_in(const std::vector<std::string>& env) {
  for (const auto& entry : env) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

// Where the process is on another network than this program; else "": joining needs privileges.
std::string foreign_netns(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/ns/net", pid);
  struct stat theirs = {};
  struct stat ours = {};
  const bool known = ::stat(path.c_str(), &theirs) == 0 && ::stat("/proc/self/ns/net", &ours) == 0;
  return known && theirs.st_ino != ours.st_ino ? path : "";
}

class PlainRuntime final : public ProcessRuntime {
 public:
  PlainRuntime(std::string_view driver, const sys::CgroupManager* cgroups) : driver_(driver), cgroups_(cgroups) {}

  std::string_view driver() const override { return driver_; }

  Result<TaskCommand> command(const ProcessState& state, std::vector<std::string> argv,
                              std::optional<TerminalSize>) const override {
    TaskCommand command;
    auto& spec = command.spec;
    spec.netns = foreign_netns(state.process().task.pid);
    spec.env = environment_of(state.process().task.pid);
    spec.cwd = state.work_dir;
    TRY_LET(spec.executable, sys::find_executable(argv[0], path_in(spec.env), spec.cwd));
    spec.argv = std::move(argv);
    if (!state.user.empty()) {
      TRY_LET(spec.user, sys::find_user(state.user));
    }
    if (cgroups_ && !state.cgroup.empty()) spec.cgroup_procs = cgroups_->procs_files(state.cgroup);
    return command;
  }

 private:
  const std::string_view driver_;
  const sys::CgroupManager* cgroups_;
};

}  // namespace

std::shared_ptr<const ProcessRuntime> make_plain_runtime(std::string_view driver, const sys::CgroupManager* cgroups) {
  return std::make_shared<PlainRuntime>(driver, cgroups);
}

std::vector<std::string> environment_of(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/environ", pid);
  auto text = sys::read_file(path);
  // It is empty for a moment while the program is being executed.
  for (int round = 0; round < kExecRounds && text && text->empty(); round++) {
    ::usleep(kExecPauseMicros);
    text = sys::read_file(path);
  }
  std::vector<std::string> env;
  if (!text) return env;
  for (auto& entry : split(*text, '\0')) {
    if (!entry.empty()) env.push_back(std::move(entry));
  }
  return env;
}

}  // namespace drover::drivers
