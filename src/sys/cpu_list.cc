#include "sys/cpu_list.h"

#include "base/strings.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace drover::sys {
namespace {

constexpr uint64_t kMaxCpus = 8192;  // CONFIG_NR_CPUS can be no more.

Result<uint64_t> parse_number(std::string_view list, std::string_view text) {
  const auto number = parse_uint(trim(text));
  if (!number || *number >= kMaxCpus) return err(ErrorCode::InvalidArgument, "\"{}\" is no list of CPUs", list);
  return *number;
}

}  // namespace

std::string format_cpu_list(const CpuSet& cpus) {
  std::string list;
  for (auto first = cpus.begin(); first != cpus.end();) {
    auto last = first;
    auto next = std::next(first);
    while (next != cpus.end() && *next == *last + 1) last = next++;
    list += fmt::format("{}{}", list.empty() ? "" : ",", *first);
    if (last != first) list += fmt::format("-{}", *last);
    first = next;
  }
  return list;
}

Result<CpuSet> parse_cpu_list(std::string_view text) {
  CpuSet cpus;
  if (trim(text).empty()) return cpus;
  for (const std::string& range : split(text, ',')) {
    const size_t dash = range.find('-');
    TRY_LET(const uint64_t first, parse_number(text, range.substr(0, dash)));
    uint64_t last = first;
    if (dash != std::string::npos) {
      TRY_LET(last, parse_number(text, range.substr(dash + 1)));
    }
    if (last < first) return err(ErrorCode::InvalidArgument, "\"{}\" is no list of CPUs", text);
    for (uint64_t cpu = first; cpu <= last; cpu++) cpus.insert(static_cast<int32_t>(cpu));
  }
  return cpus;
}

Result<CpuSet> online_cpus() {
  TRY_LET(const std::string list, read_file("/sys/devices/system/cpu/online", 4096));
  return parse_cpu_list(list);
}

}  // namespace drover::sys
