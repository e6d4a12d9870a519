#include "client/templates/template_machine.h"

#include "base/strings.h"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

namespace drover::client {
namespace {

// Rendering a template again and again takes at most a tenth of a processor, and it is done at most four times a
// second.
constexpr Duration kShortestRest = std::chrono::milliseconds(250);
constexpr int kRestPerCost = 10;

constexpr Duration kMissingPatience = std::chrono::seconds(3);
constexpr size_t kMissingNamed = 3;

}  // namespace

TemplateMachine::TemplateMachine(std::vector<TemplateRule> rules, TaskState task, MonoTime now)
    : rules_(std::move(rules)),
      states_(rules_.size()),
      task_(task),
      tell_changes_(task == TaskState::Running),
      missing_at_(now + kMissingPatience) {
  for (auto& state : states_) state.first_change = state.last_change = state.rests_until = now;
}

void TemplateMachine::touch(const std::function<bool(const gotmpl::Dependency&)>& changed, MonoTime now) {
  for (size_t i = 0; i < states_.size(); ++i) {
    State& state = states_[i];
    if ((state.ready && rules_[i].once) || std::ranges::none_of(state.used, changed)) continue;
    if (!state.dirty) state.first_change = now;
    state.dirty = true;
    state.last_change = now;
  }
}

void TemplateMachine::preparing() {
  task_ = TaskState::Preparing;
  pending_.reset();
}

// The first text of a template does not wait for quiet.
MonoTime TemplateMachine::due_at(size_t index) const {
  const State& state = states_[index];
  const TemplateRule& rule = rules_[index];
  if (!state.ready || rule.wait_min <= Duration(0)) return state.rests_until;
  const MonoTime quiet = std::min(state.last_change + rule.wait_min, state.first_change + rule.wait_max);
  return std::max(state.rests_until, quiet);
}

std::optional<size_t> TemplateMachine::next_render(MonoTime now) {
  for (size_t i = 0; i < states_.size(); ++i) {
    State& state = states_[i];
    if (!state.dirty || state.rendering || due_at(i) > now) continue;
    state.dirty = false;
    state.rendering = true;
    return i;
  }
  return std::nullopt;
}

void TemplateMachine::rendered(size_t index, TemplateRendered outcome, MonoTime now, double chance) {
  State& state = states_[index];
  state.rendering = false;
  state.used = std::move(outcome.used);
  state.missing = std::move(outcome.missing);
  // What is missing at first is asked for only now; its coming need not wait.
  const bool first_pass = !state.ready && !outcome.ready;
  state.rests_until = now + std::max(first_pass ? Duration(0) : kShortestRest, outcome.cost * kRestPerCost);
  if (!outcome.ready) return;
  state.ready = true;
  if (tell_changes_ && outcome.changed) note_change(index, now, chance);
  if (ready()) tell_changes_ = true;
}

void TemplateMachine::note_change(size_t index, MonoTime now, double chance) {
  const TemplateRule& rule = rules_[index];
  if (rule.mode == TemplateChangeMode::Noop) return;
  if (!pending_) pending_ = Pending{.templates = {}, .since = now, .chance = chance, .due = now};
  const auto wait = Duration(static_cast<int64_t>(static_cast<double>(rule.splay.count()) * pending_->chance));
  pending_->due = std::max(pending_->due, pending_->since + wait);
  pending_->templates.insert(index);
}

bool TemplateMachine::ready() const {
  return std::ranges::all_of(states_, &State::ready);
}

bool TemplateMachine::tells() const {
  if (!pending_ || task_ != TaskState::Running) return false;
  for (size_t i = 0; i < states_.size(); ++i) {
    const State& state = states_[i];
    const bool rests = state.dirty && rules_[i].wait_min <= Duration(0);
    if (state.ready && rests && state.first_change <= pending_->since) return false;
  }
  return true;
}

std::optional<TemplateChange> TemplateMachine::take_change(MonoTime now) {
  if (!tells() || pending_->due > now) return std::nullopt;
  TemplateChange out;
  for (const size_t index : pending_->templates) {
    switch (rules_[index].mode) {
      case TemplateChangeMode::Restart:
        out.restart = true;
        break;
      case TemplateChangeMode::Signal:
        out.signals.insert(rules_[index].signal);
        break;
      case TemplateChangeMode::Script:
        out.scripts.push_back(index);
        break;
      case TemplateChangeMode::Noop:
        break;
    }
  }
  pending_.reset();
  if (out.restart) return TemplateChange{.restart = true};
  return out;
}

std::set<std::string> TemplateMachine::missing_names() const {
  std::set<std::string> names;
  for (const State& state : states_) {
    if (state.ready) continue;
    for (const auto& dependency : state.missing) names.insert(dependency.to_string());
  }
  return names;
}

bool TemplateMachine::has_missing_news() const {
  if (ready()) return false;
  const auto names = missing_names();
  return !names.empty() && names != said_missing_;
}

std::optional<std::string> TemplateMachine::take_missing(MonoTime now) {
  if (now < missing_at_ || !has_missing_news()) return std::nullopt;
  said_missing_ = missing_names();
  missing_at_ = now + kMissingPatience;
  std::vector<std::string> shown(said_missing_.begin(), said_missing_.end());
  const size_t more = shown.size() - std::min(shown.size(), kMissingNamed);
  shown.resize(shown.size() - more);
  if (more > 0) shown.push_back(fmt::format("and {} more", more));
  return "Missing: " + join(shown, ", ");
}

std::optional<MonoTime> TemplateMachine::wake_at() const {
  std::optional<MonoTime> next;
  const auto at = [&](MonoTime time) { next = next ? std::min(*next, time) : time; };
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].dirty && !states_[i].rendering) at(due_at(i));
  }
  if (tells()) at(pending_->due);
  if (has_missing_news()) at(missing_at_);
  return next;
}

std::set<gotmpl::Dependency> TemplateMachine::watched() const {
  std::set<gotmpl::Dependency> out;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].ready && rules_[i].once) continue;
    out.insert(states_[i].used.begin(), states_[i].used.end());
  }
  return out;
}

}  // namespace drover::client
