#include "cli/node_status.h"

#include "base/strings.h"
#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/text.h"
#include "cli/usage_tables.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

std::string heading(const Session& session, std::string_view text) {
  return "\n" + session.console.paint(Colour::Bold, text);
}

// "docker,raw_exec": what is there; what is there but not well is said so.
std::string driver_names(const Json& drivers) {
  std::vector<std::string> names;
  for (const auto& [name, driver] : drivers.members()) {
    if (driver["Detected"].truth()) names.push_back(name + (driver["Healthy"].truth() ? "" : " (unhealthy)"));
  }
  std::ranges::sort(names);
  return join(names, ",");
}

// "true; until 2026-…" for a node that is drained.
std::string drain_text(const Json& node) {
  if (!node["Drain"].truth()) return "false";
  const Json strategy = node["DrainStrategy"];
  const int64_t deadline = strategy["Deadline"].integer();
  if (!strategy.present()) return "true";
  std::string text = deadline < 0 ? "true; force drain" : deadline == 0 ? "true; no deadline" : "";
  if (text.empty()) text = "true; deadline " + time_stamp(strategy["ForceDeadline"]);
  return text + (strategy["IgnoreSystemJobs"].truth() ? "; ignoring system jobs" : "");
}

std::string last_drain_text(const Json& drain) {
  if (!drain.present()) return {};
  std::string text = fmt::format("{} at {}", drain["Status"].text(), time_stamp(drain["UpdatedAt"]));
  for (const auto& [key, value] : drain["Meta"].members()) text += fmt::format(", {}={}", key, value.text());
  return text;
}

std::string names_of(const Json& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map.members()) names.push_back(name);
  std::ranges::sort(names);
  return join(names, ",");
}

std::string volume_table(const Json& volumes) {
  Table table({"Name", "ReadOnly", "Source"});
  for (const auto& [name, volume] : volumes.members()) {
    table.add({name, volume["ReadOnly"].truth() ? "true" : "false", volume["Path"].text()});
  }
  return table.format();
}

std::string device_table(const Json& devices) {
  Table table({"Device", "Instance", "Healthy"});
  for (const Json& group : devices.items()) {
    const std::string name =
        fmt::format("{}/{}/{}", group["Vendor"].text(), group["Type"].text(), group["Name"].text());
    for (const Json& device : group["Instances"].items()) {
      const std::string why = device["HealthDescription"].text();
      table.add({name, device["ID"].text(),
                 device["Healthy"].truth() ? "true"
                 : why.empty()             ? "false"
                                           : "false: " + why});
    }
  }
  return table.empty() ? "" : table.format();
}

std::string node_facts(const Session& session, const Json& node) {
  Facts facts;
  facts.add("ID", session.short_id(node["ID"].text()));
  facts.add("Name", node["Name"].text());
  facts.add_if("Node Pool", node["NodePool"].text());
  facts.add("Class", or_none(node["NodeClass"].text()));
  facts.add("DC", node["Datacenter"].text());
  facts.add("Address", or_none(node["HTTPAddr"].text()));
  facts.add("Drain", drain_text(node));
  facts.add_if("Last Drain", last_drain_text(node["LastDrain"]));
  facts.add("Eligibility", node["SchedulingEligibility"].text());
  facts.add("Status", status_text(session.console, node["Status"].text()));
  facts.add_if("Status Description", node["StatusDescription"].text());
  facts.add_if("Host Volumes", names_of(node["HostVolumes"]));
  facts.add("Drivers", or_none(driver_names(node["Drivers"])));
  return facts.format();
}

std::string driver_table(const Session& session, const Json& drivers) {
  Table table({"Driver", "Detected", "Healthy", "Message", "Time"});
  for (const auto& [name, driver] : drivers.members()) {
    const bool healthy = driver["Healthy"].truth();
    table.add({name, driver["Detected"].truth() ? "true" : "false",
               session.console.paint(healthy ? Colour::Green : Colour::Red, healthy ? "true" : "false"),
               or_none(driver["HealthDescription"].text()), time_stamp(driver["UpdateTime"])});
  }
  return table.format();
}

std::string event_table(const Json& events) {
  std::vector<Json> newest_first = events.items();
  std::ranges::reverse(newest_first);
  Table table({"Time", "Subsystem", "Message"});
  for (const Json& event : newest_first) {
    table.add({time_stamp(event["Timestamp"]), event["Subsystem"].text(), event["Message"].text()});
  }
  return table.format();
}

struct Amounts {
  int64_t cpu = 0;
  int64_t memory_mb = 0;
  int64_t disk_mb = 0;
};

// What the allocations that have not ended hold.
Amounts allocated(const std::vector<Json>& allocs) {
  Amounts out;
  for (const Json& alloc : allocs) {
    const std::string status = alloc["ClientStatus"].raw();
    if (status != "running" && status != "pending") continue;
    out.disk_mb += alloc["AllocatedResources"]["Shared"]["DiskMB"].integer();
    for (const auto& [task, held] : alloc["AllocatedResources"]["Tasks"].members()) {
      out.cpu += held["Cpu"]["CpuShares"].integer();
      out.memory_mb += held["Memory"]["MemoryMB"].integer();
    }
  }
  return out;
}

std::string resource_table(const Json& node, const std::vector<Json>& allocs) {
  const Json all = node["NodeResources"];
  const Json reserved = node["ReservedResources"];
  const auto rest = [&](const char* part, const char* amount) {
    return all[part][amount].integer() - reserved[part][amount].integer();
  };
  const Amounts used = allocated(allocs);
  Table table({"CPU", "Memory", "Disk"});
  table.add({fmt::format("{}/{} MHz", used.cpu, rest("Cpu", "CpuShares")),
             byte_size(used.memory_mb * kMebibyte) + "/" + byte_size(rest("Memory", "MemoryMB") * kMebibyte),
             byte_size(used.disk_mb * kMebibyte) + "/" + byte_size(rest("Disk", "DiskMB") * kMebibyte)});
  return table.format();
}

std::string pairs(const Json& map) {
  auto members = map.members();
  std::ranges::sort(members, {}, [](const auto& member) { return member.first; });
  Facts facts;
  for (const auto& [name, value] : members) facts.add(name, value.text());
  return facts.format();
}

// Worth showing where the node answers, and no reason to fail where it does not.
void show_usage(const Session& session, ApiClient& api, const std::string& id) {
  const auto answer = api.get(api_path("/v1/client/stats?node_id=", id));
  if (!answer) return;
  const Json stats(answer->value);
  Console& console = session.console;
  console.line(heading(session, "Host Resource Utilization") + "\n" + host_usage(stats));
  const bool all = session.args.on("stats");
  const std::string devices = all ? device_details(stats["DeviceStats"]) : device_summary(stats["DeviceStats"]);
  if (!devices.empty()) console.line(heading(session, "Device Resource Utilization") + "\n" + devices);
  if (all) console.line("\n" + host_usage_details(stats));
}

Result<int64_t> count_running(ApiClient& api, const std::string& node_id) {
  TRY_LET(const Answer answer, during("querying allocations", api.get(api_path("/v1/node/", node_id, "/allocations"))));
  const std::vector<Json> allocs = Json(answer.value).items();
  return std::ranges::count_if(allocs, [](const Json& alloc) { return alloc["ClientStatus"].raw() == "running"; });
}

Result<int> show_list(const Session& session, ApiClient& api) {
  TRY_LET(const Answer answer, during("querying nodes", api.get("/v1/nodes")));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  const bool verbose = session.args.on("verbose");
  const bool count = session.args.on("allocs");
  std::vector<std::string> header = {"ID", "DC", "Name", "Class"};
  if (verbose) header.insert(header.end(), {"Address", "Version"});
  header.insert(header.end(), {"Drain", "Eligibility", "Status"});
  if (count) header.emplace_back("Running Allocs");
  Table table(header);
  for (const Json& node : Json(answer.value).items()) {
    std::vector<std::string> row = {session.short_id(node["ID"].text()), node["Datacenter"].text(), node["Name"].text(),
                                    or_none(node["NodeClass"].text())};
    if (verbose) row.insert(row.end(), {node["Address"].text(), node["Version"].text()});
    row.insert(row.end(), {node["Drain"].truth() ? "true" : "false", node["SchedulingEligibility"].text(),
                           status_text(session.console, node["Status"].text())});
    if (count) {
      TRY_LET(const int64_t running, count_running(api, node["ID"].raw()));
      row.push_back(std::to_string(running));
    }
    table.add(std::move(row));
  }
  session.console.line(table.empty() ? "No nodes are registered" : table.format());
  return kSuccess;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  const bool self = session.args.on("self");
  if (session.args.positional().empty() && !self) return show_list(session, api);
  auto id = self ? own_node(api) : find_node(api, session.args.positional()[0]);
  if (!id) return err(id.error());
  if (session.args.on("json")) {
    TRY_LET(const Answer answer, during("querying node", api.get(api_path("/v1/node/", *id))));
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY(show_node(session, api, *id));
  return kSuccess;
}

}  // namespace

Result<std::string> own_node(ApiClient& api) {
  TRY_LET(const Answer answer, during("querying the agent", api.get("/v1/agent/self")));
  std::string id = Json(answer.value)["stats"]["client"]["node_id"].raw();
  if (id.empty()) return err(ErrorCode::NotFound, "querying the agent: it runs no client, so it has no node");
  return id;
}

Status show_node(const Session& session, ApiClient& api, const std::string& id) {
  Console& console = session.console;
  const bool verbose = session.args.on("verbose");
  TRY_LET(const Answer answer, during("querying node", api.get(api_path("/v1/node/", id))));
  const Json node(answer.value);
  console.line(node_facts(session, node));
  TRY_LET(const Answer on_node, during("querying allocations", api.get(api_path("/v1/node/", id, "/allocations"))));
  const std::vector<Json> allocs = Json(on_node.value).items();
  if (!session.args.on("short")) {
    if (verbose && node["Drivers"].size() > 0) {
      console.line(heading(session, "Drivers") + "\n" + driver_table(session, node["Drivers"]));
    }
    if (verbose && node["HostVolumes"].size() > 0) {
      console.line(heading(session, "Host Volumes") + "\n" + volume_table(node["HostVolumes"]));
    }
    if (const std::string devices = device_table(node["NodeResources"]["Devices"]); !devices.empty()) {
      console.line(heading(session, "Devices") + "\n" + devices);
    }
    if (node["Events"].size() > 0) console.line(heading(session, "Node Events") + "\n" + event_table(node["Events"]));
    console.line(heading(session, "Allocated Resources") + "\n" + resource_table(node, allocs));
    if (node["Status"].raw() == "ready") show_usage(session, api, id);
  }
  console.line(heading(session, "Allocations") + "\n" +
               (allocs.empty() ? "No allocations placed" : alloc_table(session, allocs, AllocTableOf::Node)));
  if (verbose) {
    console.line(heading(session, "Attributes") + "\n" + pairs(node["Attributes"]));
    console.line(heading(session, "Meta") + "\n" + pairs(node["Meta"]));
  }
  return Ok{};
}

Command node_status_command() {
  return {
      .name = "node status",
      .arguments = "[options] [node]",
      .summary = "Show nodes, or one of them",
      .text =
          "Lists the nodes; or shows one, named by its id or the beginning of it: its state, drivers, what is "
          "allocated of its resources, and its allocations.",
      .options = {{"self", "", "The node of the agent that is asked."},
                  {"short", "", "Only the first block and the allocations."},
                  {"stats", "", "Show all that is known of what the machine and its devices use."},
                  {"allocs", "", "In the list: how many allocations run on each node."},
                  kJsonOption,
                  kTemplateOption,
                  {"verbose", "", "Show full ids, driver states, attributes and metadata."}},
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
