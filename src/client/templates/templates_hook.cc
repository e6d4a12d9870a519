#include "client/templates/templates_hook.h"

#include "client/tasks/restart_tracker.h"

namespace drover::client {
namespace {

// Everything is read and written anew for a restart, whatever the task has made of its files (`render_templates`).
bool from_scratch(const TaskHookContext& context) {
  const model::TaskGroup* group = context.job->find_group(context.alloc->task_group);
  return group && restart_policy_of(context.task, *group).render_templates.value_or(false);
}

}  // namespace

std::shared_ptr<TaskTemplates> TemplatesHook::look_after(std::shared_ptr<TaskHookContext> context,
                                                         TaskTemplates::TaskState state) {
  auto& slot = tasks_[{context->alloc->id, context->task.name}];
  if (slot) slot->stop();
  slot = std::make_shared<TaskTemplates>(agent_, std::move(context), state);
  slot->begin();
  return slot;
}

net::Task<Status> TemplatesHook::prestart(std::shared_ptr<TaskHookContext> context) {
  const auto known = tasks_.find({context->alloc->id, context->task.name});
  auto templates = known == tasks_.end() ? nullptr : known->second;
  if (!templates || templates->failed() || from_scratch(*context))
    templates = look_after(context, TaskTemplates::TaskState::Preparing);
  co_return co_await templates->prepare(std::move(context));
}

void TemplatesHook::found(std::shared_ptr<TaskHookContext> context) {
  look_after(std::move(context), TaskTemplates::TaskState::Running);
}

void TemplatesHook::started(const model::AllocId& alloc, const std::string& task) {
  const auto known = tasks_.find({alloc, task});
  if (known != tasks_.end()) known->second->task_runs();
}

void TemplatesHook::stopped(const model::AllocId& alloc, const std::string& task) {
  const auto known = tasks_.find({alloc, task});
  if (known == tasks_.end()) return;
  known->second->stop();
  tasks_.erase(known);
}

void TemplatesHook::stop() {
  for (const auto& [key, templates] : tasks_) templates->stop();
  tasks_.clear();
}

}  // namespace drover::client
