#pragma once

#include "client/templates/task_templates.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace drover::client {

// Renders a task's templates before it starts, and looks after them until it is dead. Owner: the client's loop.
class TemplatesHook final : public TaskHook {
 public:
  explicit TemplatesHook(TemplateAgent agent) : agent_(std::move(agent)) {}
  ~TemplatesHook() override { stop(); }

  std::string_view name() const override { return "templates"; }
  bool wanted(const model::Task& task) const override { return !task.templates.empty(); }
  bool repeats() const override { return true; }
  const char* failure_event() const override { return "Killing"; }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;
  void found(std::shared_ptr<TaskHookContext> context) override;
  void started(const model::AllocId& alloc, const std::string& task) override;
  void stopped(const model::AllocId& alloc, const std::string& task) override;

  // The agent goes: no file is written any more.
  void stop();

 private:
  using Key = std::pair<model::AllocId, std::string>;

  std::shared_ptr<TaskTemplates> look_after(std::shared_ptr<TaskHookContext> context, TaskTemplates::TaskState state);

  TemplateAgent agent_;
  std::map<Key, std::shared_ptr<TaskTemplates>> tasks_;
};

}  // namespace drover::client
