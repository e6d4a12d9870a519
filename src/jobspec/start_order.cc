#include "jobspec/start_order.h"

#include <map>
#include <string_view>

namespace drover::jobspec {
namespace {

using model::DependencyCondition;

bool has_ended(TaskProgress progress) {
  return progress == TaskProgress::Succeeded || progress == TaskProgress::Failed;
}

class Decision {
 public:
  Decision(const model::TaskGroup& group, const std::vector<TaskProgress>& progress)
      : group_(group), progress_(progress), never_(group.tasks.size()) {
    for (size_t i = 0; i < group.tasks.size(); ++i) index_.emplace(group.tasks[i].name, i);
  }

  StartDecision decide() {
    mark_never();
    StartDecision out;
    const std::vector<std::string_view> open = open_stages();
    for (size_t i = 0; i < group_.tasks.size(); ++i) {
      if (progress_[i] != TaskProgress::Waiting) continue;
      const model::Task& task = group_.tasks[i];
      if (never_[i]) {
        out.never.push_back(i);
      } else if ((task.stage.empty() || (!open.empty() && task.stage == open.front())) && all_met(task)) {
        out.start.push_back(i);
      }
    }
    return out;
  }

 private:
  bool is_met(const model::Dependency& dependency) const {
    const TaskProgress progress = progress_[index_.at(dependency.task)];
    switch (dependency.condition) {
      case DependencyCondition::Started:
        return progress != TaskProgress::Waiting;
      case DependencyCondition::Healthy:
        return progress == TaskProgress::Healthy;
      case DependencyCondition::Succeeded:
        return progress == TaskProgress::Succeeded;
      case DependencyCondition::Finished:
        return has_ended(progress);
    }
    return false;
  }

  bool is_hopeless(const model::Dependency& dependency) const {
    const size_t other = index_.at(dependency.task);
    if (progress_[other] == TaskProgress::Waiting) return never_[other];
    if (dependency.condition == DependencyCondition::Healthy) return has_ended(progress_[other]);
    return dependency.condition == DependencyCondition::Succeeded && progress_[other] == TaskProgress::Failed;
  }

  bool all_met(const model::Task& task) const {
    for (const model::Dependency& dependency : task.depends_on) {
      if (!is_met(dependency)) return false;
    }
    return true;
  }

  // A task that waits for one that can never start can never start either.
  void mark_never() {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < group_.tasks.size(); ++i) {
        if (never_[i] || progress_[i] != TaskProgress::Waiting) continue;
        for (const model::Dependency& dependency : group_.tasks[i].depends_on) {
          if (is_hopeless(dependency)) never_[i] = changed = true;
        }
      }
    }
  }

  // Stages that have something left to do, in their order.
  std::vector<std::string_view> open_stages() const {
    std::vector<std::string_view> out;
    std::map<std::string_view, size_t> place;
    std::vector<std::pair<std::string_view, bool>> stages;  // and whether it is open
    for (size_t i = 0; i < group_.tasks.size(); ++i) {
      const std::string_view stage = group_.tasks[i].stage;
      if (stage.empty()) continue;
      const auto [it, added] = place.emplace(stage, stages.size());
      if (added) stages.emplace_back(stage, false);
      if (!has_ended(progress_[i]) && !never_[i]) stages[it->second].second = true;
    }
    for (const auto& [stage, is_open] : stages) {
      if (is_open) out.push_back(stage);
    }
    return out;
  }

  const model::TaskGroup& group_;
  const std::vector<TaskProgress>& progress_;
  std::map<std::string_view, size_t> index_;
  std::vector<bool> never_;
};

}  // namespace

StartDecision decide_starts(const model::TaskGroup& group, const std::vector<TaskProgress>& progress) {
  return Decision(group, progress).decide();
}

}  // namespace drover::jobspec
