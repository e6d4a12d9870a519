#include "api/submission.h"

#include "api/errors.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "drivers/schema.h"
#include "jobspec/parse.h"
#include "model/canonicalize.h"

namespace drover::api {
namespace {

using codec::Value;

// The member of that name as Go's decoder finds it.
template <class V>
V* find_ignoring_case(V& object, std::string_view name) {
  if (V* exact = object.find(name)) return exact;
  for (auto& [key, value] : *object.as_object()) {
    if (equals_ignore_case(key, name)) return &value;
  }
  return nullptr;
}

void set_default(Value& job, std::string_view name, std::string_view fallback) {
  Value* given = find_ignoring_case(job, name);
  if (!given) {
    job.set(name, fallback);
  } else if (given->is_null() || (given->as_string() && given->as_string()->empty())) {
    *given = fallback;
  }
}

// "global" is what Nomad's clients write who mean no region in particular.
Status adopt_region(Value& job, std::string_view region) {
  set_default(job, "Region", region);
  Value& asked = *find_ignoring_case(job, "Region");
  const std::string* name = asked.as_string();
  if (!name || *name == region) return Ok{};
  if (*name != model::kDefaultRegion) return err(ErrorCode::Internal, "No path to region");
  asked = region;
  return Ok{};
}

// What the driver can do with volumes of the group.
void check_volume_mounts(const model::Task& task, const std::string& path, Diagnostics& problems) {
  if (!task.volume_mounts.empty() && !drivers::mounts_volumes(task.driver)) {
    problems.error(path + "VolumeMounts",
                   fmt::format("tasks of driver {} cannot mount volumes: they see the host's files as they are; use "
                               "docker, exec or java",
                               task.driver));
    return;
  }
  for (size_t i = 0; i < task.volume_mounts.size(); ++i) {
    if (task.volume_mounts[i].selinux_label.empty() || drivers::labels_volumes(task.driver)) continue;
    problems.error(fmt::format("{}VolumeMounts[{}].SELinuxLabel", path, i),
                   fmt::format("tasks of driver {} cannot label volumes for SELinux: use docker", task.driver));
  }
}

void check_driver_configs(const model::Job& job, Diagnostics& problems) {
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    const auto& tasks = job.task_groups[g].tasks;
    for (size_t t = 0; t < tasks.size(); ++t) {
      if (tasks[t].driver.empty()) continue;  // validate() says so
      const std::string path = fmt::format("TaskGroups[{}].Tasks[{}].", g, t);
      drivers::validate_config(tasks[t].driver, tasks[t].config, drivers::ConfigStage::Submitted, problems,
                               {.driver = path + "Driver", .config = path + "Config"});
      check_volume_mounts(tasks[t], path, problems);
    }
  }
}

}  // namespace

Result<JobRequest> read_job_request(const Request& request, std::string_view region) {
  TRY_LET(const Value body, read_json_object(request));
  TRY_LET(JobRequest asked, codec::from_value<JobRequest>(body));
  if (asked.job.is_null()) return err(ErrorCode::InvalidArgument, "Job must be specified");
  if (!asked.job.as_object()) {
    return err(ErrorCode::InvalidArgument, "Job must be an object, not a {}", asked.job.type_name());
  }
  set_default(asked.job, "Namespace", request.object_namespace());
  TRY(adopt_region(asked.job, region));
  return asked;
}

Status check_job_id(const Request& request, const Value& job) {
  const Value* given = find_ignoring_case(job, "ID");
  const std::string* id = given ? given->as_string() : nullptr;
  if (given && !given->is_null() && !id) return Ok{};  // decoding says what is wrong with it
  if (!id || id->empty()) return err(ErrorCode::InvalidArgument, "Job ID hasn't been provided");
  if (!request.id.empty() && request.id != *id) return err(ErrorCode::InvalidArgument, "Job ID does not match");
  return Ok{};
}

Result<model::Job> check_job(const Value& tree, Diagnostics& problems, jobspec::Purpose purpose) {
  model::Job draft;
  Diagnostics unreadable;
  if (!codec::decode_into(tree, draft, unreadable)) {
    problems.append(unreadable);
    return err(unreadable.to_error());
  }
  auto job = jobspec::to_job(tree, problems, purpose);
  model::canonicalize(draft);
  check_driver_configs(draft, problems);
  if (problems.has_errors()) return err(refused_job(problems.to_error()));
  return job;
}

Status check_registration_allowed(const state::Snapshot& snapshot) {
  if (!snapshot.scheduler_config().reject_job_registration) return Ok{};
  return err(ErrorCode::PermissionDenied,
             "job registration, dispatch, and scale are disabled by the scheduler configuration");
}

std::string warnings_text(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "";
  std::string text = fmt::format("{} warning(s):\n", warnings.size());
  for (const std::string& warning : warnings) text += "\n* " + warning;
  return text;
}

}  // namespace drover::api
