#include "cli/alloc_status.h"

#include "base/strings.h"
#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/placement.h"
#include "cli/text.h"
#include "cli/usage_tables.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

std::string heading(const Session& session, std::string_view text) {
  return "\n" + session.console.paint(Colour::Bold, text);
}

// Its part in a deployment.
void add_deployment(const Session& session, const Json& alloc, Facts& facts) {
  const std::string deployment = alloc["DeploymentID"].text();
  if (deployment.empty()) return;
  const Json status = alloc["DeploymentStatus"];
  facts.add("Deployment ID", session.short_id(deployment));
  facts.add("Deployment Health", !status["Healthy"].present() ? "unset"
                                 : status["Healthy"].truth()  ? "healthy"
                                                              : "unhealthy");
  if (status["Canary"].truth()) facts.add("Canary", "true");
}

// How it came about, and whether it will be replaced.
void add_reschedules(const Session& session, const Json& alloc, Facts& facts) {
  const size_t attempts = alloc["RescheduleTracker"]["Events"].size();
  if (attempts > 0) {
    std::string text = std::to_string(attempts);
    for (const Json& group : alloc["Job"]["TaskGroups"].items()) {
      const Json policy = group["ReschedulePolicy"];
      if (group["Name"].raw() != alloc["TaskGroup"].raw() || !policy.present()) continue;
      text += policy["Unlimited"].truth() ? "" : fmt::format("/{}", policy["Attempts"].integer());
    }
    facts.add("Reschedule Attempts", text);
  }
  facts.add_if("Follow-up Eval", session.short_id(alloc["FollowupEvalID"].text()));
}

void add_preemption(const Session& session, const Json& alloc, Facts& facts) {
  facts.add_if("Preempted By", session.short_id(alloc["PreemptedByAllocation"].text()));
  std::string ids;
  for (const Json& id : alloc["PreemptedAllocations"].items()) {
    ids += (ids.empty() ? "" : ", ") + session.short_id(id.text());
  }
  facts.add_if("Preempted Allocs", ids);
}

std::string alloc_facts(const Session& session, const Json& alloc) {
  Facts facts;
  facts.add("ID", alloc["ID"].text());
  facts.add("Eval ID", session.short_id(alloc["EvalID"].text()));
  facts.add("Name", alloc["Name"].text());
  facts.add("Node ID", session.short_id(alloc["NodeID"].text()));
  facts.add("Node Name", alloc["NodeName"].text());
  facts.add("Job ID", alloc["JobID"].text());
  facts.add("Job Version", alloc["JobVersion"].text());
  facts.add("Client Status", status_text(session.console, alloc["ClientStatus"].text()));
  facts.add("Client Description", or_none(alloc["ClientDescription"].text()));
  facts.add("Desired Status", alloc["DesiredStatus"].text());
  facts.add("Desired Description", or_none(alloc["DesiredDescription"].text()));
  const bool verbose = session.args.on("verbose");
  const auto time = [&](std::string_view name) {
    return verbose ? time_stamp(alloc[name].integer()) : time_ago(session.now(), alloc[name].integer());
  };
  facts.add("Created", time("CreateTime"));
  facts.add("Modified", time("ModifyTime"));
  facts.add_if("Previous Alloc", session.short_id(alloc["PreviousAllocation"].text()));
  facts.add_if("Replacement Alloc", session.short_id(alloc["NextAllocation"].text()));
  add_deployment(session, alloc, facts);
  add_reschedules(session, alloc, facts);
  add_preemption(session, alloc, facts);
  if (verbose) {
    facts.add("Evaluated Nodes", alloc["Metrics"]["NodesEvaluated"].text());
    facts.add("Filtered Nodes", alloc["Metrics"]["NodesFiltered"].text());
    facts.add("Exhausted Nodes", alloc["Metrics"]["NodesExhausted"].text());
  }
  return facts.format();
}

// One row a port: of the group and of the tasks, in the shapes of newer and older job files.
std::string port_table(const Json& resources) {
  Table table({"Label", "Task", "Dynamic", "Address"});
  const auto add = [&](const std::string& task, const Json& port, std::string_view dynamic, const std::string& host) {
    std::string address = fmt::format("{}:{}", host, port["Value"].integer());
    if (const int64_t to = port["To"].integer(); to > 0 && to != port["Value"].integer()) {
      address += fmt::format(" -> {}", to);
    }
    table.add({port["Label"].text(), task, std::string(dynamic), address});
  };
  const auto add_networks = [&](const std::string& task, const Json& networks) {
    for (const Json& network : networks.items()) {
      for (const Json& port : network["ReservedPorts"].items()) add(task, port, "no", network["IP"].text());
      for (const Json& port : network["DynamicPorts"].items()) add(task, port, "yes", network["IP"].text());
    }
  };
  add_networks("<group>", resources["Shared"]["Networks"]);
  if (table.empty()) {
    for (const Json& port : resources["Shared"]["Ports"].items()) add("<group>", port, "", port["HostIP"].text());
  }
  for (const auto& [task, held] : resources["Tasks"].members()) add_networks(task, held["Networks"]);
  return table.empty() ? "" : table.format();
}

std::string check_table(const Session& session, const Json& checks) {
  Table table({"Service", "Task", "Check", "Status", "Output"});
  for (const Json& check : checks.items()) {
    const std::string status = check["Status"].text();
    const Colour colour = status == "success" || status == "passing" ? Colour::Green
                          : status == "pending"                      ? Colour::Yellow
                                                                     : Colour::Red;
    table.add({check["Service"].text(), or_none(check["Task"].text()), check["Check"].text(),
               session.console.paint(colour, status), or_none(safe_text(trim(check["Output"].raw())))});
  }
  return table.empty() ? "" : table.format();
}

std::string resource_table(const Json& alloc, const std::string& task, const Json& usage) {
  const Json held = alloc["AllocatedResources"]["Tasks"][task];
  const Json used = usage["Tasks"][task]["ResourceUsage"];
  const int64_t cpu = held["Cpu"]["CpuShares"].integer();
  const int64_t memory = held["Memory"]["MemoryMB"].integer() * kMebibyte;
  Table table({"CPU", "Memory", "Disk"});
  const std::string disk = byte_size(alloc["AllocatedResources"]["Shared"]["DiskMB"].integer() * kMebibyte);
  if (used.present()) {
    table.add({fmt::format("{:.0f}/{} MHz", used["CpuStats"]["TotalTicks"].number(), cpu),
               byte_size(used["MemoryStats"]["RSS"].integer()) + "/" + byte_size(memory), disk});
  } else {
    table.add({fmt::format("{} MHz", cpu), byte_size(memory), disk});
  }
  return table.format();
}

std::string event_table(const Json& events) {
  std::vector<Json> newest_first = events.items();
  std::ranges::reverse(newest_first);
  Table table({"Time", "Type", "Description"});
  for (const Json& event : newest_first) {
    table.add({time_stamp(event["Time"].integer()), event["Type"].text(), event_message(event)});
  }
  return table.format();
}

void show_task(const Session& session, const Json& alloc, const std::string& task, const Json& usage) {
  const Json state = alloc["TaskStates"][task];
  const std::string status = state["State"].text();
  Console& console = session.console;
  console.line(heading(session, fmt::format("Task \"{}\" is \"{}\"{}", task, status.empty() ? "pending" : status,
                                            state["Failed"].truth() ? " (failed)" : "")));
  console.line("Task Resources\n" + resource_table(alloc, task, usage));
  const Json used = usage["Tasks"][task]["ResourceUsage"];
  if (session.args.on("stats")) {
    if (const std::string details = task_usage_details(used); !details.empty()) console.line("\n" + details);
  } else if (const std::string devices = device_summary(used["DeviceStats"]); !devices.empty()) {
    console.line("\nDevice Stats\n" + devices);
  }
  Facts facts;
  facts.add("Started At", time_stamp(state["StartedAt"]));
  facts.add("Finished At", time_stamp(state["FinishedAt"]));
  facts.add("Total Restarts", std::to_string(state["Restarts"].integer()));
  facts.add("Last Restart", time_stamp(state["LastRestart"]));
  console.line("\nTask Events:\n" + facts.format());
  if (state["Events"].size() > 0) console.line("\nRecent Events:\n" + event_table(state["Events"]));
}

// The job's tasks in their order; without the job, whatever has a state.
std::vector<std::string> task_names(const Json& alloc) {
  std::vector<std::string> names;
  for (const Json& group : alloc["Job"]["TaskGroups"].items()) {
    if (group["Name"].raw() != alloc["TaskGroup"].raw()) continue;
    for (const Json& task : group["Tasks"].items()) names.push_back(task["Name"].raw());
  }
  if (names.empty()) {
    for (const auto& [name, state] : alloc["TaskStates"].members()) names.push_back(name);
  }
  return names;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  if (session.args.positional().empty()) {
    TRY_LET(const Answer answer, during("querying allocations", api.get("/v1/allocations")));
    if (!session.args.on("json"))
      return err(ErrorCode::InvalidArgument, "querying allocations: which one? give its id");
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY_LET(const std::string id, find_alloc(api, session.args.positional()[0]));
  if (session.args.on("json")) {
    TRY_LET(const Answer answer, during("querying allocation", api.get(api_path("/v1/allocation/", id))));
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY(show_alloc_status(session, api, id));
  return kSuccess;
}

}  // namespace

Status show_alloc_status(const Session& session, ApiClient& api, const std::string& id) {
  Console& console = session.console;
  TRY_LET(const Answer answer, during("querying allocation", api.get(api_path("/v1/allocation/", id))));
  const Json alloc(answer.value);
  console.line(alloc_facts(session, alloc));
  if (const std::string ports = port_table(alloc["AllocatedResources"]); !ports.empty()) {
    console.line(heading(session, "Allocation Addresses") + "\n" + ports);
  }
  if (const std::string checks = check_table(session, alloc["Checks"]); !checks.empty()) {
    console.line(heading(session, "Checks") + "\n" + checks);
  }
  if (session.args.on("short")) {
    Table table({"Name", "State", "Last Event", "Time"});
    for (const auto& [task, state] : alloc["TaskStates"].members()) {
      const std::vector<Json> events = state["Events"].items();
      const Json last = events.empty() ? Json() : events.back();
      table.add({task, state["State"].text(), last["Type"].text(), time_stamp(last["Time"].integer())});
    }
    if (!table.empty()) console.line(heading(session, "Tasks") + "\n" + table.format());
    return Ok{};
  }
  // What the tasks use now is worth showing where the node answers, and no reason to fail where it does not.
  Result<Answer> usage = Answer{};
  if (alloc["ClientStatus"].raw() == "running") usage = api.get(api_path("/v1/client/allocation/", id, "/stats"));
  const codec::Value used = usage ? std::move(usage->value) : codec::Value();
  for (const std::string& task : task_names(alloc)) show_task(session, alloc, task, used);
  if (session.args.on("verbose")) {
    if (const std::string scores = score_table(session, alloc["Metrics"]); !scores.empty()) {
      console.line(heading(session, "Placement Metrics") + "\n" + scores);
    }
  }
  return Ok{};
}

Command alloc_status_command() {
  return {
      .name = "alloc status",
      .arguments = "[options] <allocation>",
      .summary = "Show an allocation",
      .text =
          "Shows an allocation, named by its id or the beginning of it: its state, addresses and checks, and for "
          "each task what it may use and what happened to it, the newest event first.",
      .options = {{"short", "", "Only the state and the last event of each task."},
                  {"stats", "", "Show all that is known of what the tasks and their devices use."},
                  kJsonOption,
                  kTemplateOption,
                  {"verbose", "", "Show full ids, times and how the node was chosen."}},
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
