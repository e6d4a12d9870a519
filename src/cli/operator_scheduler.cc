#include "cli/commands.h"
#include "cli/json.h"

// operator scheduler get-config, operator scheduler set-config.
namespace drover::cli {
namespace {

constexpr const char* kPath = "/v1/operator/scheduler/configuration";

// A switch of the configuration: its option, where it stands and what it is called.
struct Switch {
  std::string_view option;
  std::string_view parent;  // "" or "PreemptionConfig"
  std::string_view field;
  std::string_view name;
  std::string_view help;
};

constexpr Switch kSwitches[] = {
    {"memory-oversubscription", "", "MemoryOversubscriptionEnabled", "Memory Oversubscription",
     "Whether tasks may use more memory than is reserved for them, up to their memory_max."},
    {"reject-job-registration", "", "RejectJobRegistration", "Reject Job Registration",
     "Whether new jobs and versions are refused."},
    {"pause-eval-broker", "", "PauseEvalBroker", "Pause Eval Broker", "Whether scheduling rests."},
    {"preempt-system-scheduler", "PreemptionConfig", "SystemSchedulerEnabled", "Preemption System Scheduler",
     "Whether system jobs may take room from jobs of lower priority."},
    {"preempt-service-scheduler", "PreemptionConfig", "ServiceSchedulerEnabled", "Preemption Service Scheduler",
     "The same for service jobs."},
    {"preempt-batch-scheduler", "PreemptionConfig", "BatchSchedulerEnabled", "Preemption Batch Scheduler",
     "The same for batch jobs."},
    {"preempt-sysbatch-scheduler", "PreemptionConfig", "SysBatchSchedulerEnabled", "Preemption SysBatch Scheduler",
     "The same for sysbatch jobs."},
};

Json value_of(const Json& config, const Switch& one) {
  return one.parent.empty() ? config[one.field] : config[one.parent][one.field];
}

void set_value(codec::Value& config, const Switch& one, bool on) {
  if (one.parent.empty()) {
    config.set(one.field, on);
    return;
  }
  codec::Value* parent = config.find(one.parent);
  if (parent == nullptr || !parent->as_object()) parent = &config.set(one.parent, codec::Value(codec::Value::Object{}));
  parent->set(one.field, on);
}

Result<int> run_get(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying scheduler configuration", api.get(kPath)));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
    return kSuccess;
  }
  const Json config = Json(answer.value)["SchedulerConfig"];
  Facts facts;
  facts.add("Scheduler Algorithm", config["SchedulerAlgorithm"].text());
  for (const Switch& one : kSwitches)
    facts.add(std::string(one.name), value_of(config, one).truth() ? "true" : "false");
  facts.add("Modify Index", config["ModifyIndex"].text());
  session.console.line(facts.format());
  return kSuccess;
}

// Changes what was asked for of the configuration as it is; false if nothing was.
bool change(codec::Value& config, const Arguments& args) {
  bool changed = args.has("scheduler-algorithm");
  if (changed) config.set("SchedulerAlgorithm", args.get("scheduler-algorithm"));
  for (const Switch& one : kSwitches) {
    if (!args.has(one.option)) continue;
    set_value(config, one, args.on(one.option));
    changed = true;
  }
  return changed;
}

Result<int> run_set(Session& session) {
  TRY_LET(uint64_t index, during("reading -check-index", session.args.number("check-index", 0)));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const Answer answer, during("querying scheduler configuration", api.get(kPath)));
  codec::Value config = Json(answer.value)["SchedulerConfig"].value();
  if (!change(config, session.args)) {
    return err(ErrorCode::InvalidArgument, "changing scheduler configuration: nothing to change was given");
  }
  // What was read is what is changed, so that nobody's change in between is lost.
  if (!session.args.has("check-index")) index = static_cast<uint64_t>(Json(config)["ModifyIndex"].integer());
  TRY_LET(const codec::Value reply,
          during("changing scheduler configuration", api.send("PUT", kPath, config, {{"cas", std::to_string(index)}})));
  if (!Json(reply)["Updated"].truth()) {
    return err(ErrorCode::Conflict, "changing scheduler configuration: it was not at index {} any more: try again",
               index);
  }
  session.console.line("Scheduler configuration updated!");
  return kSuccess;
}

}  // namespace

Command operator_scheduler_get_config_command() {
  return {
      .name = "operator scheduler get-config",
      .arguments = "[options]",
      .summary = "Show the scheduler's configuration",
      .text = "Shows what is set for the schedulers of the whole cluster.",
      .options = {kJsonOption, kTemplateOption},
      .run = run_get,
  };
}

Command operator_scheduler_set_config_command() {
  Command command = {
      .name = "operator scheduler set-config",
      .arguments = "[options]",
      .summary = "Change the scheduler's configuration",
      .text = "Changes what is given and leaves the rest as it is. Switches take =true or =false.",
      .options = {{"check-index", "index", "Only if the configuration's modify index is this one."},
                  {"scheduler-algorithm", "name", "\"binpack\" fills nodes, \"spread\" spreads over them."}},
      .run = run_set,
  };
  for (const Switch& one : kSwitches) command.options.push_back({one.option, "", one.help});
  return command;
}

}  // namespace drover::cli
