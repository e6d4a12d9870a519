#pragma once

#include "base/clock.h"
#include "base/diagnostics.h"
#include "base/result.h"
#include "codec/value.h"
#include "drivers/task_handle.h"
#include "model/node.h"
#include "net/loop.h"
#include "net/task.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What runs tasks: docker, raw_exec, …. Everything here happens on one loop's thread, that of the agent's runners; what
// would block goes to the pool. Tasks outlive the agent: dropping a RunningTask or a Driver leaves the task running.
//
// Start errors say by their code whether trying again can help: see is_recoverable.
namespace drover::drivers {

struct TaskPort {
  std::string label;
  std::string host_ip;
  int32_t host_port = 0;
  int32_t to = 0;         // Inside the task's network; 0: the same as the host's.
  bool of_group = false;  // Published by docker only if `ports` names it.
};

// Instances of one kind of device that the task may use.
struct TaskDevice {
  std::string vendor;              // "nvidia"
  std::string type;                // "gpu"
  std::vector<std::string> ids;    // As the vendor's programs know them.
  std::vector<std::string> nodes;  // Device files of the host that go with them: "/dev/nvidia0".
};

// A directory of the host, or a file, that the task sees; the agent has checked that the task may.
struct TaskMount {
  std::string source;       // Absolute, exists, without symbolic links.
  std::string destination;  // Absolute, as the task sees it.
  bool read_only = false;
  std::string propagation = "private";  // "private", "host-to-task" or "bidirectional"
  std::string selinux_label;            // "z", "Z" or "": docker only
};

// Where a task is on the network, if not on the host's.
struct NetworkPlace {
  std::string netns;      // A file of the namespace that it joins.
  std::string container;  // Of the driver that made the namespace: Driver::create_network.
  std::string hostname;
  std::string resolv_conf;           // A file to be seen as /etc/resolv.conf; also where there is no netns.
  std::string private_network;       // Of the driver itself: Driver::create_private_network.
  std::vector<std::string> aliases;  // The task's names on it.
};

// A network namespace that a container holds.
struct HeldNetwork {
  std::string container;
  std::string netns;  // "/proc/<pid>/ns/net"
};

// Absolute paths of directories that exist, but for `state`, which the driver makes if it needs it.
struct TaskDirs {
  std::string alloc;    // Shared by the tasks of the allocation: NOMAD_ALLOC_DIR.
  std::string task;     // The task's own: holds local, secrets and tmp.
  std::string local;    // NOMAD_TASK_DIR
  std::string secrets;  // NOMAD_SECRETS_DIR
  std::string logs;     // <task>.stdout.N and <task>.stderr.N.
  std::string state;    // Private to the agent: never visible in, or writable by, the task.
};

struct TaskConfig {
  std::string ns;
  std::string job_id;
  std::string job_name;
  std::string group;
  std::string task;
  std::string alloc_id;
  std::string alloc_name;
  codec::Value config;                     // The task's `config`, interpolated.
  std::map<std::string, std::string> env;  // Final.
  std::string user;                        // "": the driver's default.
  int32_t cpu_mhz = 100;
  int32_t memory_mb = 300;
  int32_t memory_max_mb = 0;    // Above memory_mb: what it may use while the node has room. 0: memory_mb.
  std::string cpuset_cpus;      // "0-3,7": the cores reserved for it; "": none
  std::string shared_cpus;      // without such: those that are reserved for no task; "": all
  int32_t io_weight = 0;        // 10…1000, 0: the kernel's default; where the kernel can weigh I/O
  std::vector<TaskPort> ports;  // The task's and the group's.
  std::vector<TaskDevice> devices;
  std::vector<TaskMount> mounts;  // Later ones may lie within earlier ones.
  TaskDirs dirs;
  LogLimits logs;
  NetworkPlace network;
};

// Where the task can be reached, if not at the host's address (address_mode "driver").
struct TaskNetwork {
  std::string ip;
  bool auto_advertise = false;              // Services advertise it unless they say otherwise.
  std::map<std::string, int32_t> port_map;  // Label → port inside the task's network.
};

struct ExitResult {
  int exit_code = 0;
  int signal = 0;  // 0 if it exited by itself.
  bool oom_killed = false;
  std::string error;  // Why the outcome is not known: the machine rebooted, the container was removed, ….

  bool successful() const { return exit_code == 0 && signal == 0 && !oom_killed && error.empty(); }
};

struct StopOptions {
  std::string signal;  // "": the driver's default, SIGINT or for docker the image's.
  Duration timeout = std::chrono::seconds(5);
};

struct ExecRequest {
  std::vector<std::string> argv;
  Duration timeout = std::chrono::seconds(30);
  size_t output_bytes = 4 << 10;  // Kept of stdout and stderr together.
};

struct ExecResult {
  int exit_code = 0;
  std::string output;  // stdout and stderr; in the order written only where the driver can tell it.
  bool truncated = false;
};

struct TerminalSize {
  uint16_t rows = 24;
  uint16_t columns = 80;
};

struct SessionRequest {
  std::vector<std::string> argv;
  std::optional<TerminalSize> terminal;  // None: stdin, stdout and stderr are pipes.
};

enum class OutputStream : uint8_t { Stdout, Stderr };

struct SessionOutput {
  OutputStream stream = OutputStream::Stdout;  // With a terminal, everything is stdout.
  std::string bytes;
};

// A command in a task, with its input and output as they come: `alloc exec`. Used on the loop's thread; one reader and
// one writer at a time. Destroying it ends the command where the driver can do that.
class ExecSession {
 public:
  virtual ~ExecSession() = default;

  // The next output, at most 32 KiB; nothing once the command has ended and all was read.
  virtual net::Task<Result<std::optional<SessionOutput>>> read() = 0;
  // Returns when the command has taken all of it; Unavailable if it does not read any more.
  virtual net::Task<Status> write(std::string bytes) = 0;
  virtual net::Task<Status> close_stdin() = 0;
  // InvalidArgument without a terminal.
  virtual net::Task<Status> resize(TerminalSize size) = 0;
  // Returns when the command has ended: 128 + N if a signal N ended it.
  virtual net::Task<Result<int>> exit_code() = 0;
};

// What is not known is nothing. Cumulative CPU time; the caller makes percentages of two samples.
struct TaskStats {
  WallTime at;
  std::optional<uint64_t> cpu_nanos;
  std::optional<uint64_t> cpu_user_nanos;
  std::optional<uint64_t> cpu_system_nanos;
  std::optional<uint64_t> cpu_throttled_periods;
  std::optional<uint64_t> cpu_throttled_nanos;
  std::optional<uint64_t> memory_rss_bytes;
  std::optional<uint64_t> memory_cache_bytes;
  std::optional<uint64_t> memory_swap_bytes;
  std::optional<uint64_t> memory_usage_bytes;
  std::optional<uint64_t> memory_max_usage_bytes;
  std::optional<uint64_t> pids;
};

// One task that was started or found again. Used, and destroyed, on the loop's thread. When a method is cancelled, or
// the object is destroyed, the task itself is left as it is.
class RunningTask {
 public:
  virtual ~RunningTask() = default;

  // To be kept by the agent as soon as start() returns.
  virtual const TaskHandle& handle() const = 0;
  virtual std::optional<TaskNetwork> network() const { return std::nullopt; }

  // Returns when the task has ended and its output is in the logs; at once if it had ended before. One caller at a
  // time.
  virtual net::Task<ExitResult> wait() = 0;

  // The signal, the timeout, then SIGKILL to all of the task. Returns when it has ended (wait() says how); a task that
  // had ended already is a success.
  virtual net::Task<Status> stop(StopOptions options) = 0;
  // By name. NotFound if the task has ended.
  virtual net::Task<Status> signal(std::string name) = 0;
  // Moves a task without reserved cores to these CPUs, as TaskConfig::shared_cpus. NotFound if the task has ended.
  virtual net::Task<Status> confine(std::string cpus);
  virtual net::Task<Result<TaskStats>> stats() = 0;

  // Runs a command in the task's own surroundings. DeadlineExceeded after the timeout; the command is killed then where
  // the driver can do that.
  virtual net::Task<Result<ExecResult>> exec(ExecRequest request) = 0;

  // The same with streams. NotFound if the task has ended or has no such program; Unavailable where the driver cannot.
  virtual net::Task<Result<std::unique_ptr<ExecSession>>> open_session(SessionRequest request);

  // Removes what is left of the task: its container or cgroup; kills it if it still runs. Its directories and logs
  // stay. Idempotent.
  virtual net::Task<Status> destroy() = 0;
};

// Something for people to see while a task starts: "Downloading image redis:3.2", 40 %.
struct DriverEvent {
  std::string message;
  std::map<std::string, std::string> details;
};
using EventSink = std::function<void(DriverEvent)>;

enum class FsIsolation : uint8_t {
  None,    // Paths are the host's.
  Chroot,  // NOMAD_ALLOC_DIR is /alloc, …, in a tree made of the host's directories.
  Image,   // The same, in an image.
};

struct Capabilities {
  bool send_signals = true;
  bool exec = true;
  FsIsolation fs_isolation = FsIsolation::None;
  bool inherits_host_env = false;  // The agent's environment is part of the task's.
  bool mounts = false;             // TaskConfig::mounts has to be empty otherwise.
};

class Driver {
 public:
  virtual ~Driver() = default;

  virtual std::string_view name() const = 0;
  virtual Capabilities capabilities() const = 0;

  // What this machine can do at this moment: not detected, unhealthy with the reason, or healthy with attributes.
  virtual net::Task<model::DriverInfo> fingerprint() = 0;

  // All that is wrong with an interpolated config, by the schema and by what this node's operator allows.
  virtual Diagnostics validate_config(const codec::Value& config) const = 0;

  // If an agent that died before it kept the handle left this very task (allocation and name) running, adopts it.
  virtual net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) = 0;

  // True for drivers whose tasks can only join a network namespace that a container of theirs holds.
  virtual bool holds_networks() const { return false; }
  // A namespace with nothing but loopback, for all tasks of the allocation, whatever their driver. One that is there
  // is given back, if it can be used, or replaced.
  virtual net::Task<Result<HeldNetwork>> create_network(std::string alloc_id, std::string hostname);
  // Nothing there is success.
  virtual net::Task<Status> destroy_network(std::string alloc_id);

  // A network of the allocation's own, on which each of its tasks has an address and is found by its names. From it
  // nothing of the host or its neighbours is reached but what the operator allows. The network's name; one that is
  // there is given back.
  virtual net::Task<Result<std::string>> create_private_network(std::string alloc_id);
  // Nothing there is success.
  virtual net::Task<Status> destroy_private_network(std::string alloc_id);

  // After a restart of the agent: a task that runs, or one whose wait() gives its real exit at once. NotFound if
  // nothing is known of it any more (reboot, container removed): it is lost.
  virtual net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) = 0;
};

// What drivers work with; outlives them.
struct DriverContext {
  net::Loop& loop;
  net::BlockingPool& pool;
  const Clock& clock;
};

// True if the same start may succeed later: the daemon or a registry did not answer, something is full. False for what
// somebody has to change first: a missing image, a bad config, a missing executable, a refused privilege.
bool is_recoverable(const Error& error);

}  // namespace drover::drivers
