#pragma once

#include "codec/fwd.h"
#include "drivers/docker/api.h"
#include "drivers/docker/frames.h"
#include "drivers/driver.h"
#include "drivers/log_writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::drivers {

// How far one stream of a container's output has been written: up to the `count`-th entry of time `unix_nanos`, which
// ends at `size` bytes of log file `index`.
struct LogPosition {
  int64_t unix_nanos = 0;
  uint32_t count = 0;
  bool has_file = false;
  uint64_t index = 0;
  uint64_t size = 0;
  int64_t latest_nanos = 0;  // Of all entries until there: later than `unix_nanos` if the clock was set back.
};
void describe(codec::StructBuilder& d, LogPosition& r);

struct LogRecord {
  std::string container;
  LogPosition out;
  LogPosition err;
};
void describe(codec::StructBuilder& d, LogRecord& r);

struct LogTarget {
  std::string container;
  std::string task;
  std::string logs_dir;
  std::string state_dir;  // Keeps the record.
  LogLimits limits;
  bool tty = false;
};

// Writes a container's output to the task's log files. A record beside them says how far it got, so that after a
// restart of the agent nothing is missing and nothing is there twice: what was written after the record is cut off and
// read again. Entries have the times of the machine's clock. That it was set back is seen while it is behind the last
// entry that was taken; older entries that are read when it has passed that one again count as written, and are lost.
class LogSink {
 public:
  // Blocks. `clock` outlives the sink.
  static Result<std::unique_ptr<LogSink>> open(const LogTarget& target, const Clock& clock);

  // Where to ask the daemon to begin: "1700000000.000000001", or "" for the start.
  std::string since() const;

  // Takes one entry, unless it has been written before. Does not block.
  void add(Stream stream, std::string_view payload);
  // A new answer of the daemon begins, from since() on.
  void restart();
  // Writes what was added and moves the record. Blocks; not at the same time as the others.
  void flush();

 private:
  struct Channel {
    LogWriter writer;
    LogPosition written;  // As recorded.
    LogPosition seen;     // With what is pending.
    uint32_t skip = 0;    // Entries of time `seen.unix_nanos` that will come again.
    bool again = false;   // In this answer later times come before that one: those before the clock was set back.
    std::string pending;
    std::vector<LogMark> marks;  // of what is pending
  };

  LogSink(LogTarget target, const Clock& clock, sys::Fd record_file, LogWriter out, LogWriter err);
  void load(const LogRecord& record);
  void save();
  // Goes past an entry that has been written before; false if it is new.
  bool skip_written(Channel& channel, int64_t unix_nanos);

  const LogTarget target_;
  const Clock& clock_;
  const sys::Fd record_file_;
  Channel out_;
  Channel err_;
};

// Follows the output of one container until it ends. Owner: the loop's thread; dropping it stops following.
class LogCollector {
 public:
  LogCollector(DriverContext context, std::shared_ptr<const DockerApi> api, LogTarget target);
  ~LogCollector();
  LogCollector(const LogCollector&) = delete;
  LogCollector& operator=(const LogCollector&) = delete;

  // After the container has ended: true once all of its output is written, false after `timeout`.
  net::Task<bool> finished(Duration timeout);

 private:
  struct State;
  static net::Task<void> run(std::shared_ptr<State> state);
  static net::Task<Status> follow(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
  net::Spawned task_;
};

}  // namespace drover::drivers
