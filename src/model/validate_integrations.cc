#include <algorithm>
#include <set>

#include "base/duration.h"
#include "base/strings.h"
#include "codec/value.h"
#include "model/validate_parts.h"

// What tasks ask of Vault, of those that trust their identities, and of people: identities, secrets, actions,
// schedules.
namespace drover::model {
namespace {

constexpr size_t kMaxWord = 128;

// 1 to 128 letters, digits and the characters in `others`.
bool is_word(std::string_view text, std::string_view others) {
  const auto fine = [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || others.find(static_cast<char>(c)) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kMaxWord && std::ranges::all_of(text, fine);
}

void validate_change(const std::string& mode, const std::string& signal, const Problems& problems) {
  if (!is_one_of(mode, {"", "noop", "restart", "signal"})) {
    problems.at("ChangeMode")
        .error("unknown change_mode \"{}\", it must be noop, restart or signal", printable(mode, 80));
  }
  if (mode == "signal" && signal.empty()) {
    problems.at("ChangeSignal").error("change_mode = \"signal\" needs a change_signal");
  } else if (mode == "signal") {
    validate_signal(signal, problems.at("ChangeSignal"));
  } else if (!signal.empty()) {
    problems.at("ChangeSignal").error("a change_signal needs change_mode = \"signal\"");
  }
}

bool has_fields(const std::string& text, size_t count) {
  const auto fields = split(text, ' ');
  return fields.size() == count && text.find_first_of("/,") == std::string::npos &&
         std::ranges::none_of(fields, [](const std::string& field) { return field.empty(); });
}

}  // namespace

void validate_vault(const Vault& vault, const Problems& problems) {
  for (size_t i = 0; i < vault.policies.size(); ++i) {
    if (vault.policies[i].empty()) problems.at("Policies", i).error("the name of a policy is empty");
    if (vault.policies[i] == "root") problems.at("Policies", i).error("the root policy cannot be given to a task");
  }
  if (vault.policies.empty() && vault.role.empty()) {
    problems.warning("neither policies nor a role are named: the task gets what Vault's default role allows");
  }
  validate_change(vault.change_mode, vault.change_mode == "signal" ? vault.change_signal : "", problems);
}

void validate_identity(const WorkloadIdentity& identity, const Problems& problems) {
  const bool by_default = identity.name == "default";
  if (!identity.name.empty() && !is_word(identity.name, "-_")) {
    problems.at("Name").error("identity name \"{}\" must be 1 to {} letters, digits, \"-\" and \"_\"",
                              printable(identity.name, 80), kMaxWord);
  }
  for (size_t i = 0; i < identity.audience.size(); ++i) {
    if (identity.audience[i].empty()) problems.at("Audience", i).error("an audience is empty");
  }
  if (!by_default && identity.audience.empty()) {
    problems.at("Audience").warning("an identity without aud can be used with anybody who takes it");
  }
  if (identity.ttl < Duration::zero()) {
    problems.at("TTL").error("ttl must not be negative, but is {}", format_duration(identity.ttl));
  } else if (by_default && identity.ttl > Duration::zero()) {
    problems.at("TTL").error("the default identity has no ttl");
  } else if (!by_default && identity.ttl == Duration::zero()) {
    problems.at("TTL").warning("an identity without ttl never expires");
  }
  if (!identity.filepath.empty() && !identity.filepath.starts_with("${") && !stays_inside(identity.filepath)) {
    problems.at("Filepath").error("\"{}\" leaves the task's directory", printable(identity.filepath, 80));
  }
  for (const auto& [name, value] : identity.extra_claims) {
    if (name.empty()) problems.at("ExtraClaims").error("the name of a claim is empty");
  }
  validate_change(identity.change_mode, identity.change_signal, problems);
}

void validate_identities(const Task& task, const Problems& problems) {
  std::set<std::string> names;
  if (task.identity) {
    const Problems place = problems.at("Identity");
    if (task.identity->name != "default") {
      place.at("Name").error("the task's own identity is called default, not \"{}\"",
                             printable(task.identity->name, 80));
    }
    names.insert("default");
    validate_identity(*task.identity, place);
  }
  for (size_t i = 0; i < task.identities.size(); ++i) {
    const WorkloadIdentity& identity = task.identities[i];
    const Problems place = problems.at("Identities", i);
    if (identity.name.empty()) place.at("Name").error("the name of the identity is missing");
    if (!names.insert(identity.name).second) {
      place.at("Name").error("identity \"{}\" is defined twice", printable(identity.name, 80));
    }
    validate_identity(identity, place);
  }
}

void validate_actions(std::span<const Action> actions, const Problems& problems) {
  std::set<std::string> names;
  for (size_t i = 0; i < actions.size(); ++i) {
    const Action& action = actions[i];
    const Problems place = problems.element(i).named("action", action.name);
    if (!is_word(action.name, "-_")) {
      place.at("Name").error("the name of an action must be 1 to {} letters, digits, \"-\" and \"_\"", kMaxWord);
    } else if (!names.insert(action.name).second) {
      place.at("Name").error("the action is defined twice");
    }
    if (action.command.empty()) place.at("Command").error("the command is missing");
  }
}

void validate_secrets(std::span<const SecretRequest> secrets, const Problems& problems) {
  std::set<std::string> names;
  for (size_t i = 0; i < secrets.size(); ++i) {
    const SecretRequest& secret = secrets[i];
    const Problems place = problems.element(i).named("secret", secret.name);
    if (!is_word(secret.name, "_")) {
      place.at("Name").error("the name of a secret must be 1 to {} letters, digits and \"_\"", kMaxWord);
    } else if (!names.insert(secret.name).second) {
      place.at("Name").error("the secret is defined twice");
    }
    if (secret.provider.empty()) place.at("Provider").error("the provider is missing, such as nomad or vault");
    if (secret.path.empty()) place.at("Path").error("the path is missing");
    if (!secret.config.as_object()) {
      place.at("Config").error("config must be an object, not a {}", secret.config.type_name());
    }
    validate_env(secret.env, place.at("Env"));
  }
}

// A start of six fields (without seconds), an end of minute and hour, neither with "," or "/".
void validate_schedule(const Schedule& schedule, const Problems& problems) {
  if (!schedule.cron) return problems.error("a schedule needs a cron block");
  const Problems place = problems.at("Cron");
  if (schedule.cron->start.empty()) {
    place.at("Start").error("the start is missing, such as \"30 9 * * MON-FRI *\"");
  } else if (!has_fields(schedule.cron->start, 6)) {
    place.at("Start").error("start \"{}\" must have six fields without \",\" and \"/\", such as \"30 9 * * MON-FRI *\"",
                            printable(schedule.cron->start, 80));
  } else {
    validate_cron(schedule.cron->start, place.at("Start"));
  }
  if (schedule.cron->end.empty()) {
    place.at("End").error("the end is missing, such as \"0 16\"");
  } else if (!has_fields(schedule.cron->end, 2)) {
    place.at("End").error("end \"{}\" must be a minute and an hour, such as \"0 16\"",
                          printable(schedule.cron->end, 80));
  } else {
    validate_cron(schedule.cron->end + " * * *", place.at("End"));
  }
  if (schedule.cron->time_zone != "Local") validate_time_zone(schedule.cron->time_zone, place.at("Timezone"));
}

}  // namespace drover::model
