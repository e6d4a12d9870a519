#include "cli/usage_tables.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "cli/console.h"
#include "cli/text.h"

namespace drover::cli {
namespace {

std::string stat_text(const Json& stat) {
  if (!stat["IntNumeratorVal"].present()) return "";
  std::string text = std::to_string(stat["IntNumeratorVal"].integer());
  if (stat["IntDenominatorVal"].present()) text += fmt::format(" / {}", stat["IntDenominatorVal"].integer());
  if (!stat["Unit"].text().empty()) text += " " + stat["Unit"].text();
  return text;
}

// In the order of their names.
void each_device(const Json& device_stats,
                 const std::function<void(const std::string& name, const Json& stats)>& visit) {
  for (const Json& group : device_stats.items()) {
    auto instances = group["InstanceStats"].members();
    std::ranges::sort(instances, {}, [](const auto& member) { return member.first; });
    for (const auto& [id, stats] : instances) {
      visit(fmt::format("{}/{}/{}[{}]", group["Vendor"].text(), group["Type"].text(), group["Name"].text(), id), stats);
    }
  }
}

std::string percent(double value) {
  return fmt::format("{:.2f}%", value);
}

std::string size_of(const Json& bytes) {
  return byte_size(bytes.integer());
}

}  // namespace

std::string device_summary(const Json& device_stats) {
  Facts facts;
  each_device(device_stats,
              [&](const std::string& name, const Json& stats) { facts.add(name, stat_text(stats["Summary"])); });
  return facts.format();
}

std::string device_details(const Json& device_stats) {
  std::string out;
  each_device(device_stats, [&](const std::string& name, const Json& stats) {
    auto measures = stats["Stats"]["Attributes"].members();
    std::ranges::sort(measures, {}, [](const auto& member) { return member.first; });
    Facts facts;
    facts.add("Device", name);
    for (const auto& [measure, stat] : measures) facts.add(measure, stat_text(stat));
    out += (out.empty() ? "" : "\n\n") + facts.format();
  });
  return out;
}

std::string task_usage_details(const Json& usage) {
  const Json memory = usage["MemoryStats"];
  const Json cpu = usage["CpuStats"];
  if (!memory.present() && !cpu.present()) return "";
  Table memory_table({"Cache", "Swap", "RSS", "Usage", "Max Usage"});
  memory_table.add({size_of(memory["Cache"]), size_of(memory["Swap"]), size_of(memory["RSS"]), size_of(memory["Usage"]),
                    size_of(memory["MaxUsage"])});
  Table cpu_table({"Percent", "System Mode", "User Mode", "Throttled Periods", "Throttled Time"});
  cpu_table.add({percent(cpu["Percent"].number()), percent(cpu["SystemMode"].number()),
                 percent(cpu["UserMode"].number()), std::to_string(cpu["ThrottledPeriods"].integer()),
                 fmt::format("{} ms", cpu["ThrottledTime"].integer() / 1'000'000)});
  std::string out = "Memory Stats\n" + memory_table.format() + "\nCPU Stats\n" + cpu_table.format();
  const std::string devices = device_details(usage["DeviceStats"]);
  return devices.empty() ? out : out + "\nDevice Stats\n" + devices;
}

std::string host_usage(const Json& stats) {
  const Json disk = stats["AllocDirStats"];
  Table table({"CPU", "Memory", "Disk"});
  table.add({fmt::format("{:.0f} MHz", stats["CPUTicksConsumed"].number()),
             size_of(stats["Memory"]["Used"]) + "/" + size_of(stats["Memory"]["Total"]),
             size_of(disk["Used"]) + "/" + size_of(disk["Size"])});
  return table.format();
}

std::string host_usage_details(const Json& stats) {
  Table cpus({"CPU", "User", "System", "Idle"});
  for (const Json& cpu : stats["CPU"].items()) {
    cpus.add({cpu["CPU"].text(), percent(cpu["User"].number()), percent(cpu["System"].number()),
              percent(cpu["Idle"].number())});
  }
  const Json memory = stats["Memory"];
  Table memory_table({"Total", "Available", "Used", "Free"});
  memory_table.add(
      {size_of(memory["Total"]), size_of(memory["Available"]), size_of(memory["Used"]), size_of(memory["Free"])});
  Table disks({"Device", "Mount Point", "Size", "Used", "Available", "Used Percent", "Inodes Percent"});
  for (const Json& disk : stats["DiskStats"].items()) {
    disks.add({disk["Device"].text(), disk["Mountpoint"].text(), size_of(disk["Size"]), size_of(disk["Used"]),
               size_of(disk["Available"]), percent(disk["UsedPercent"].number()),
               percent(disk["InodesUsedPercent"].number())});
  }
  return "CPU Stats\n" + cpus.format() + "\nMemory Stats\n" + memory_table.format() + "\nDisk Stats\n" + disks.format();
}

}  // namespace drover::cli
