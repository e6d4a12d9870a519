#include "sys/signals.h"

#include "base/strings.h"

#include <fmt/format.h>
#include <algorithm>
#include <csignal>

namespace drover::sys {

namespace {

struct Named {
  std::string_view name;
  int number;
};

constexpr Named kSignals[] = {
    {"SIGABRT", SIGABRT},     {"SIGALRM", SIGALRM},     {"SIGBUS", SIGBUS},   {"SIGCHLD", SIGCHLD},
    {"SIGCONT", SIGCONT},     {"SIGFPE", SIGFPE},       {"SIGHUP", SIGHUP},   {"SIGILL", SIGILL},
    {"SIGINT", SIGINT},       {"SIGIO", SIGIO},         {"SIGIOT", SIGIOT},   {"SIGKILL", SIGKILL},
    {"SIGPIPE", SIGPIPE},     {"SIGPROF", SIGPROF},     {"SIGPWR", SIGPWR},   {"SIGQUIT", SIGQUIT},
    {"SIGSEGV", SIGSEGV},     {"SIGSTKFLT", SIGSTKFLT}, {"SIGSTOP", SIGSTOP}, {"SIGSYS", SIGSYS},
    {"SIGTERM", SIGTERM},     {"SIGTRAP", SIGTRAP},     {"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN},
    {"SIGTTOU", SIGTTOU},     {"SIGURG", SIGURG},       {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2},
    {"SIGVTALRM", SIGVTALRM}, {"SIGWINCH", SIGWINCH},   {"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ},
};

}  // namespace

std::optional<int> parse_signal(std::string_view name) {
  if (const auto number = parse_uint(name)) {
    if (*number >= 1 && *number < NSIG) return static_cast<int>(*number);
    return std::nullopt;
  }
  std::string upper = to_upper(trim(name));
  if (!upper.starts_with("SIG")) upper = "SIG" + upper;
  for (const Named& signal : kSignals) {
    if (signal.name == upper) return signal.number;
  }
  return std::nullopt;
}

std::string signal_name(int signal) {
  for (const Named& named : kSignals) {
    if (named.number == signal) return std::string(named.name);
  }
  return fmt::format("signal {}", signal);
}

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (const Named& signal : kSignals) names.emplace_back(signal.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace drover::sys
