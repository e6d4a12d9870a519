#include "api/redact.h"

#include <utility>

#include "codec/json.h"

namespace drover::api {
namespace {

using codec::Value;

constexpr std::string_view kAuth = "auth", kPassword = "password";

// Calls visit(password) for every password of an `auth` value: an object, or a list of them.
template <class V, class Visit>
void visit_auth(V& auth, Visit visit) {
  if (auto* list = auth.as_array()) {
    for (auto& element : *list) visit_auth(element, visit);
  } else if (auto* object = auth.as_object()) {
    for (auto& [key, value] : *object) {
      if (key == kPassword && !value.is_null()) visit(value);
    }
  }
}

template <class V, class Visit>
void visit_config(V& config, Visit visit) {
  auto* object = config.as_object();
  if (!object) return;
  for (auto& [key, value] : *object) {
    if (key == kAuth) visit_auth(value, visit);
  }
}

template <class J, class Visit>
void visit_job(J& job, Visit visit) {
  for (auto& group : job.task_groups) {
    for (auto& task : group.tasks) visit_config(task.config, visit);
  }
}

bool is_redacted(const Value& value) {
  const std::string* text = value.as_string();
  return text && *text == codec::kRedacted;
}

const model::Task* find_task(const model::Job* job, const std::string& group, const std::string& task) {
  const model::TaskGroup* found = job ? job->find_group(group) : nullptr;
  return found ? found->find_task(task) : nullptr;
}

// The passwords of a config, in order.
std::vector<const Value*> passwords_of(const model::Task* task) {
  std::vector<const Value*> passwords;
  if (task) visit_config(task->config, [&](const Value& value) { passwords.push_back(&value); });
  return passwords;
}

}  // namespace

bool has_secrets(const model::Job& job) {
  bool found = false;
  visit_job(job, [&](const Value&) { found = true; });
  return found;
}

model::Job redacted(model::Job job) {
  visit_job(job, [](Value& value) { value = codec::kRedacted; });
  return job;
}

Status restore_secrets(model::Job& job, const model::Job* stored) {
  for (model::TaskGroup& group : job.task_groups) {
    for (model::Task& task : group.tasks) {
      const auto known = passwords_of(find_task(stored, group.name, task.name));
      size_t next = 0;
      bool missing = false;
      visit_config(task.config, [&](Value& value) {
        const size_t at = next++;
        if (!is_redacted(value)) return;
        if (at < known.size()) {
          value = *known[at];
        } else {
          missing = true;
        }
      });
      if (missing) {
        return err(
            ErrorCode::InvalidArgument,
            "task \"{}\" of group \"{}\": the password in auth is \"{}\", and no earlier version of the job has one",
            task.name, group.name, codec::kRedacted);
      }
    }
  }
  return Ok{};
}

bool is_secret_field(std::string_view name) {
  return name.starts_with(kAuth) && name.ends_with("[password]");
}

}  // namespace drover::api
