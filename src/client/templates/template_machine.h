#pragma once

#include "base/clock.h"
#include "gotmpl/sources.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

// When the templates of one task are rendered, and what follows from it, as a state machine. Pure: TaskTemplates feeds
// it and carries out what it says.
namespace drover::client {

enum class TemplateChangeMode : uint8_t { Noop, Restart, Signal, Script };

struct TemplateRule {
  TemplateChangeMode mode = TemplateChangeMode::Restart;
  std::string signal;
  Duration splay{0};
  // A changed template is rendered when nothing more has changed for `wait_min`, at the latest after `wait_max`.
  Duration wait_min{0};
  Duration wait_max{0};
  bool once = false;  // not rendered again after it was
};

// What came of rendering one template.
struct TemplateRendered {
  bool ready = false;    // there is a text; else `missing` says why not
  bool changed = false;  // the text is another one than in the file before
  std::vector<gotmpl::Dependency> used;
  std::vector<gotmpl::Dependency> missing;
  Duration cost{0};
};

// What is to be done to the task: a restart, or else all of the others.
struct TemplateChange {
  bool restart = false;
  std::set<std::string> signals;
  std::vector<size_t> scripts;  // of which templates
};

class TemplateMachine {
 public:
  enum class TaskState : uint8_t { Preparing, Running };

  // All templates are to be rendered at once. A task that runs already hears of their changes from the beginning; one
  // that is being prepared only from what changes after they were all rendered.
  TemplateMachine(std::vector<TemplateRule> rules, TaskState task, MonoTime now);

  // The dependencies for which it holds have news.
  void touch(const std::function<bool(const gotmpl::Dependency&)>& changed, MonoTime now);
  // The task is prepared once more: what it has not been told it will find. Later changes wait until it runs.
  void preparing();
  void running() { task_ = TaskState::Running; }

  // The next template to render now; it counts as being rendered until rendered().
  std::optional<size_t> next_render(MonoTime now);
  // `chance` is uniform in [0, 1): how much of the longest splay is waited.
  void rendered(size_t index, TemplateRendered outcome, MonoTime now, double chance);

  // All templates have been rendered at least once.
  bool ready() const;
  // What is due now; it counts as done.
  std::optional<TemplateChange> take_change(MonoTime now);
  // Says what the templates wait for, once they do so for long, and again when that is something else.
  std::optional<std::string> take_missing(MonoTime now);
  // When one of the three above has something to say, if nothing is fed in before; nothing: never.
  std::optional<MonoTime> wake_at() const;

  std::set<gotmpl::Dependency> watched() const;

 private:
  struct State {
    bool dirty = true;
    bool rendering = false;
    bool ready = false;
    MonoTime first_change;
    MonoTime last_change;
    MonoTime rests_until;
    std::vector<gotmpl::Dependency> used;
    std::vector<gotmpl::Dependency> missing;
  };
  struct Pending {
    std::set<size_t> templates;
    MonoTime since;
    double chance = 0;  // how much of the longest splay is waited
    MonoTime due;
  };

  MonoTime due_at(size_t index) const;
  // There is a change for the task, and no template rests that the same news concern: it would be a second change.
  bool tells() const;
  std::set<std::string> missing_names() const;
  bool has_missing_news() const;
  void note_change(size_t index, MonoTime now, double chance);

  std::vector<TemplateRule> rules_;
  std::vector<State> states_;
  TaskState task_;
  bool tell_changes_;
  std::optional<Pending> pending_;
  MonoTime missing_at_;  // not said before
  std::set<std::string> said_missing_;
};

}  // namespace drover::client
