#include "model/validate.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "codec/value.h"
#include "model/logistics.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

void validate_job_identity(const Job& job, const Problems& problems) {
  validate_name("job id", job.id, problems.at("ID"));
  const Problems at_name = problems.at("Name");
  if (job.name.size() > kMaxNameLength) {
    at_name.error("the name is {} bytes long, at most {} are allowed", job.name.size(), kMaxNameLength);
  } else if (printable(job.name, job.name.size() + 1) != job.name) {
    at_name.error("the name \"{}\" holds control characters", printable(job.name, 80));
  }
  if (job.priority < 1 || job.priority > 100) {
    problems.at("Priority").error("priority must be between 1 and 100, not {}", job.priority);
  }
  if (!job.payload.value.empty() && !job.dispatched) {
    problems.at("Payload").error("a payload cannot be submitted with a job, only dispatched to it");
  }
}

void validate_datacenters(const Job& job, const Problems& problems) {
  if (job.datacenters.empty()) {
    problems.at("Datacenters").error("no datacenters are given; name at least one, such as datacenters = [\"dc1\"]");
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < job.datacenters.size(); ++i) {
    const std::string& name = job.datacenters[i];
    if (name.empty()) problems.at("Datacenters", i).error("a datacenter has an empty name");
    if (!name.empty() && !seen.insert(name).second) {
      problems.at("Datacenters", i).warning("datacenter \"{}\" is named twice", printable(name, 80));
    }
  }
}

void validate_count(const Job& job, const Problems& problems) {
  int64_t sum = 0;
  for (const TaskGroup& group : job.task_groups) sum += std::max<int64_t>(group.count, 0);
  if (sum > kMaxJobCount) {
    problems.at("TaskGroups").error("the groups ask for {} allocations, a job may have at most {}", sum, kMaxJobCount);
  }
}

// Each of them is looked at for every node, and a regular expression is compiled for it.
bool validate_constraint_count(const Job& job, const Problems& problems) {
  size_t count = 0;
  const auto add = [&](const auto& owner) { count += owner.constraints.size() + owner.affinities.size(); };
  add(job);
  for (const TaskGroup& group : job.task_groups) {
    add(group);
    for (const Task& task : group.tasks) {
      add(task);
      for (const RequestedDevice& device : task.resources.devices) add(device);
    }
  }
  if (count <= kMaxConstraints) return true;
  problems.error("the job has {} constraints and affinities, at most {} are allowed", count, kMaxConstraints);
  return false;
}

// A deployment promotes its canaries by itself only if every group says so.
void validate_auto_promote(const Job& job, const Problems& problems) {
  size_t promoting = 0;
  size_t canaries = 0;
  for (const TaskGroup& group : job.task_groups) {
    if (!group.update || group.update->canary.value_or(0) <= 0) continue;
    ++canaries;
    if (group.update->auto_promote.value_or(false)) ++promoting;
  }
  if (promoting > 0 && promoting < canaries) {
    problems.at("TaskGroups").warning("auto_promote has no effect until all groups with canaries have it");
  }
}

void validate_ui(const JobUi& ui, const Problems& problems) {
  for (size_t i = 0; i < ui.links.size(); ++i) {
    if (ui.links[i].label.empty()) problems.at("Links", i).at("Label").error("the label of the link is missing");
    if (ui.links[i].url.empty()) problems.at("Links", i).at("Url").error("the url of the link is missing");
  }
}

// Namespaces and node pools.
void validate_scope(const std::string& name, const char* field, const char* what, const Problems& problems) {
  const bool fine = std::ranges::all_of(
      name, [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_'; });
  if (fine && !name.empty() && name.size() <= kMaxNameLength) return;
  problems.at(field).error("the name of a {} is 1 to {} letters, digits, \"-\" and \"_\", not \"{}\"", what,
                           kMaxNameLength, printable(name, 80));
}

void validate_groups(const Job& job, const Problems& problems) {
  if (job.task_groups.empty()) problems.at("TaskGroups").error("the job has no groups");
  validate_count(job, problems);
  std::set<std::string> names;
  for (size_t i = 0; i < job.task_groups.size(); ++i) {
    const TaskGroup& group = job.task_groups[i];
    const Problems place = problems.at("TaskGroups", i);
    if (!group.name.empty() && !names.insert(group.name).second) {
      place.error("group \"{}\" is defined twice", printable(group.name, 80));
    }
    validate_group(group, job, place.named("group", group.name));
  }
}

}  // namespace

void validate_name(std::string_view what, const std::string& name, const Problems& problems) {
  if (name.empty()) return problems.error("the {} is missing", what);
  if (name.size() > kMaxNameLength) {
    return problems.error("the {} is {} bytes long, at most {} are allowed", what, name.size(), kMaxNameLength);
  }
  if (name == "." || name == "..") return problems.error("the {} must not be \"{}\"", what, name);
  for (const char c : name) {
    if (c > ' ' && c < 0x7f && c != '/' && c != '\\') continue;
    return problems.error("the {} \"{}\" may hold only ASCII letters, digits and punctuation, no space and no slash",
                          what, printable(name, 80));
  }
}

void validate_meta(const std::map<std::string, std::string>& meta, const Problems& problems) {
  for (const auto& [key, value] : meta) {
    if (key.empty() || key.find('\0') != std::string::npos) {
      problems.error("the key \"{}\" is empty or holds a NUL", printable(key, 80));
    }
    if (value.find('\0') != std::string::npos) problems.key(key).error("the value holds a NUL");
  }
}

void validate(const Job& job, Diagnostics& diagnostics) {
  const Problems problems(diagnostics);
  if (!validate_constraint_count(job, problems)) return;
  validate_job_identity(job, problems);
  validate_scope(job.ns, "Namespace", "namespace", problems);
  validate_scope(job.node_pool, "NodePool", "node pool", problems);
  validate_datacenters(job, problems);
  validate_meta(job.meta, problems.at("Meta"));
  validate_constraints(job.constraints, ConstraintLevel::Job, problems.at("Constraints"));
  validate_affinities(job.affinities, problems.at("Affinities"));
  validate_spreads(job.spreads, problems.at("Spreads"));
  validate_preferences(job.affinities, job.spreads, job.type, problems);
  if (job.update) validate_update(*job.update, job.type, problems.at("Update"));
  if (job.reschedule) validate_reschedule(*job.reschedule, job.type, problems.at("Reschedule"));
  if (job.migrate) validate_migrate(*job.migrate, job.type, problems.at("Migrate"));
  if (job.multiregion) validate_multiregion(*job.multiregion, problems.at("Multiregion"));
  if (job.ui) validate_ui(*job.ui, problems.at("UI"));
  if (job.periodic) validate_periodic(*job.periodic, job.type, problems.at("Periodic"));
  if (job.parameterized) validate_parameterized(*job.parameterized, job.type, problems.at("ParameterizedJob"));
  validate_logistics(job, problems.at("Logistics"));
  validate_groups(job, problems);
  validate_auto_promote(job, problems);
}

}  // namespace drover::model
