#include <algorithm>
#include <array>

#include "base/duration.h"
#include "codec/value.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr std::array<std::string_view, 33> kSignals = {
    "SIGABRT", "SIGALRM",   "SIGBUS",    "SIGCHLD",  "SIGCONT", "SIGFPE",  "SIGHUP",  "SIGILL",  "SIGINT",
    "SIGIO",   "SIGIOT",    "SIGKILL",   "SIGPIPE",  "SIGPOLL", "SIGPROF", "SIGPWR",  "SIGQUIT", "SIGSEGV",
    "SIGSTOP", "SIGSTKFLT", "SIGSYS",    "SIGTERM",  "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGUSR1", "SIGUSR2",   "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ"};

void validate_dispatch_payload(const DispatchPayload& payload, const Job& job, const Problems& problems) {
  if (!job.parameterized) problems.error("dispatch_payload is possible in parameterized jobs only");
  if (job.parameterized && job.parameterized->payload == "forbidden") {
    problems.error("the job forbids a payload: remove dispatch_payload, or allow one");
  }
  if (payload.file.empty()) {
    problems.at("File").error("the name of the file is missing");
  } else if (!stays_inside(payload.file)) {
    problems.at("File").error("\"{}\" leaves the task's local directory", printable(payload.file, 80));
  }
}

void validate_identity_of(const Task& task, const Problems& problems) {
  validate_name("task name", task.name, problems.at("Name"));
  if (task.name == "alloc") {
    problems.at("Name").error("a task cannot be called alloc: that directory belongs to the whole allocation");
  }
  if (task.driver.empty()) problems.at("Driver").error("the driver is missing, such as driver = \"docker\"");
  if (!task.config.as_object()) {
    problems.at("Config").error("config must be an object, not a {}", task.config.type_name());
  }
}

void validate_stopping(const Task& task, const Problems& problems) {
  if (!task.kill_signal.empty()) validate_signal(task.kill_signal, problems.at("KillSignal"));
  if (task.kill_timeout < Duration::zero()) {
    problems.at("KillTimeout")
        .error("kill_timeout must not be negative, but is {}", format_duration(task.kill_timeout));
  }
  if (task.shutdown_delay < Duration::zero()) {
    problems.at("ShutdownDelay")
        .error("shutdown_delay must not be negative, but is {}", format_duration(task.shutdown_delay));
  }
}

void validate_integrations(const Task& task, const Problems& problems) {
  if (task.vault) validate_vault(*task.vault, problems.at("Vault"));
  validate_identities(task, problems);
  validate_actions(task.actions, problems.at("Actions"));
  validate_secrets(task.secrets, problems.at("Secrets"));
  if (task.schedule) validate_schedule(*task.schedule, problems.at("Schedule"));
  if (task.csi_plugin) validate_csi_plugin(*task.csi_plugin, problems.at("CSIPluginConfig"));
}

}  // namespace

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> of) {
  return std::ranges::find(of, text) != of.end();
}

void validate_signal(const std::string& signal, const Problems& problems) {
  if (std::ranges::find(kSignals, signal) != kSignals.end()) return;
  problems.error("unknown signal \"{}\", such as SIGTERM or SIGUSR1 is expected", printable(signal, 80));
}

void validate_env(const std::map<std::string, std::string>& env, const Problems& problems) {
  for (const auto& [name, value] : env) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      problems.error("\"{}\" is no name of an environment variable", printable(name, 80));
    }
    if (value.find('\0') != std::string::npos) problems.key(name).error("the value holds a NUL");
  }
}

void validate_task(const Task& task, const TaskGroup& group, const Job& job, const Problems& problems) {
  validate_identity_of(task, problems);
  validate_stopping(task, problems);
  validate_env(task.env, problems.at("Env"));
  validate_meta(task.meta, problems.at("Meta"));
  validate_constraints(task.constraints, ConstraintLevel::Task, problems.at("Constraints"));
  validate_affinities(task.affinities, problems.at("Affinities"));
  validate_preferences(task.affinities, {}, job.type, problems);
  validate_resources(task.resources, problems.at("Resources"));
  validate_task_scaling(task.scaling_policies, problems.at("ScalingPolicies"));
  validate_logs(task.logs, group.ephemeral_disk, problems.at("LogConfig"));
  if (task.restart) validate_restart(*task.restart, problems.at("RestartPolicy"));
  validate_services(task.services, group, &task, problems.at("Services"));
  validate_mounts(task.volume_mounts, group, problems.at("VolumeMounts"));
  validate_artifacts(task.artifacts, problems.at("Artifacts"));
  validate_templates(task.templates, problems.at("Templates"));
  if (task.dispatch_payload) validate_dispatch_payload(*task.dispatch_payload, job, problems.at("DispatchPayload"));
  validate_integrations(task, problems);
  validate_task_io(task, problems);
}

}  // namespace drover::model
