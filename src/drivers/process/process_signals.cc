#include "drivers/process/process_signals.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/process.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <tuple>

#include <unistd.h>

namespace drover::drivers {
namespace {

constexpr int kNeverEnds[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};

// A line "SigCgt:\t0000000000004002" of /proc/pid/status.
uint64_t mask_of(std::string_view status, std::string_view key) {
  const size_t at = status.find(key);
  if (at == std::string_view::npos) return 0;
  const auto digits = trim(status.substr(at + key.size(), status.find('\n', at) - at - key.size()));
  uint64_t mask = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  return mask;
}

}  // namespace

SignalEffect effect_of(pid_t pid, int signal) {
  const auto status = sys::read_file(fmt::format("/proc/{}/status", pid), 64 << 10);
  if (!status) return SignalEffect::Ignored;
  const auto is_in = [&](std::string_view key) { return (mask_of(*status, key) >> (signal - 1) & 1) != 0; };
  if (is_in("\nSigCgt:")) return SignalEffect::Caught;
  const bool ends = std::ranges::find(kNeverEnds, signal) == std::end(kNeverEnds);
  return ends && !is_in("\nSigIgn:") ? SignalEffect::Fatal : SignalEffect::Ignored;
}

Status signal_group(const sys::TaskHandle& handle, int signal) {
  TRY(sys::signal_task(handle, signal));
  for (const auto& id : sys::list_descendants(handle.supervisor.pid)) {
    if (id == handle.task || ::getpgid(id.pid) != handle.task.pid) continue;
    const auto process = sys::open_process(id);
    if (process) std::ignore = sys::send_signal(*process, signal);
  }
  return Ok{};
}

bool would_end(const sys::TaskHandle& handle, int signal) {
  if (effect_of(handle.task.pid, signal) != SignalEffect::Fatal) return false;
  const auto processes = sys::list_descendants(handle.supervisor.pid);
  return std::ranges::none_of(processes,
                              [&](const auto& id) { return effect_of(id.pid, signal) == SignalEffect::Caught; });
}

}  // namespace drover::drivers
