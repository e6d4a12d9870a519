#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What the kernel says about processes. Zero for one that has ended.
namespace drover::bench {

struct Memory {
  double rss_kib = 0;
  double pss_kib = 0;
  double anonymous_kib = 0;
};
Memory memory_of(pid_t pid);

// The most memory it had at any time.
double peak_rss_kib(pid_t pid);

// User and system time so far.
double cpu_seconds(pid_t pid);

// Processes whose command line, arguments separated by blanks, contains the text.
std::vector<pid_t> processes_with(std::string_view text);

// Starts a program with its output going to `log` ("/dev/null" to drop it); -1 if it could not be started.
pid_t spawn(const std::vector<std::string>& argv, const std::string& log);

// Kills with SIGKILL and waits.
void kill_and_wait(pid_t pid);

}  // namespace drover::bench
