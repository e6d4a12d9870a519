#include "gotmpl/interpreter.h"

#include <algorithm>

#include "base/strings.h"
#include "gotmpl/go_format.h"
#include "gotmpl/interpreter_level.h"
#include "gotmpl/unicode.h"

namespace drover::gotmpl {

Interpreter::Interpreter(const Tree& tree, const Options& options, Sources& sources, WallTime now)
    : tree_(tree), options_(options), sources_(sources), now_(now), meter_(options.limits), running_(options.name) {}

bool Interpreter::run(const Value& data) {
  return run_template(tree_.root, data);
}

std::vector<Dependency> Interpreter::missing() const {
  return {missing_.begin(), missing_.end()};
}

Result<Answer> Interpreter::ask(Dependency dependency) {
  const auto known = answers_.find(dependency);
  if (known != answers_.end()) return known->second;
  if (used_.size() >= options_.limits.dependencies) {
    return err(meter_.exceed(fmt::format("the template depends on more than {} things", options_.limits.dependencies)));
  }
  Answer answer = sources_.answer(dependency);
  if (answer.state == Answer::State::Pending) missing_.insert(dependency);
  used_.push_back(dependency);
  answers_.emplace(std::move(dependency), answer);
  if (answer.state == Answer::State::Failed) return bad_call("{}", answer.problem);
  return answer;
}

void Interpreter::wait_for(const Dependency& dependency) {
  missing_.insert(dependency);
}

Answer Interpreter::environment(const std::string& name) {
  return sources_.answer({.kind = Dependency::Kind::Env, .args = {name}});
}

Result<std::string> Interpreter::execute(std::string_view name, const Value& dot) {
  const auto found = tree_.templates.find(name);
  if (found == tree_.templates.end()) return bad_call("template: no template {} in this file", quote(name));
  std::string text;
  std::string* const outer_sink = std::exchange(sink_, &text);
  const std::string_view outer_name = std::exchange(running_, found->first);
  const bool done = run_template(found->second, dot);
  sink_ = outer_sink;
  running_ = outer_name;
  if (!done) return bad_call("{}", error_->message);
  return text;
}

void Interpreter::fail(Range range, std::string message) {
  if (error_) return;
  if (meter_.exceeded()) message = meter_.exceeded()->message();
  error_ = diagnostic_at(tree_, range.begin,
                         fmt::format("executing {} at <{}>: {}", quote(running_), excerpt(range), message));
}

std::string Interpreter::excerpt(Range range) const {
  constexpr size_t kLongest = 60;
  const std::string_view text = std::string_view(tree_.text).substr(range.begin, range.end - range.begin);
  return printable(text, kLongest);
}

std::string Interpreter::redacted(std::string message) const {
  const auto hide = [&](auto& self, const Value& value) -> void {
    if (value.is_string() && !value.text().empty())
      message = replace_all(std::move(message), value.text(), "[redacted]");
    if (const List* list = value.as_list()) {
      for (const Value& item : list->items) self(self, item);
    }
    if (const Map* map = value.as_map()) {
      for (const auto& [key, item] : map->items) self(self, item);
    }
    if (const Record* record = value.as_record()) {
      for (const auto& [name, item] : record->fields) self(self, item);
    }
  };
  for (const auto& [dependency, answer] : answers_) {
    if (dependency.is_secret()) hide(hide, answer.value);
  }
  return message;
}

// Templates see none of the variables of whoever calls them.
bool Interpreter::run_template(const Body& body, const Value& dot) {
  Variables outer = std::exchange(variables_, {{"$", dot}});
  const Flow flow = walk(body, dot);
  variables_ = std::move(outer);
  return flow != Flow::Failed;
}

Interpreter::Flow Interpreter::walk(const Body& body, const Value& dot) {
  if (body.empty()) return Flow::Next;
  const Level level(*this, body.front().range);
  if (!level) return Flow::Failed;
  for (const Statement& statement : body) {
    const Flow flow = walk_statement(statement, dot);
    if (flow != Flow::Next) return flow;
  }
  return Flow::Next;
}

Interpreter::Flow Interpreter::walk_statement(const Statement& statement, const Value& dot) {
  if (!meter_.steps(1)) {
    fail(statement.range, {});
    return Flow::Failed;
  }
  switch (statement.kind) {
    case Statement::Kind::Text:
      return emit(statement.text, statement.range) ? Flow::Next : Flow::Failed;
    case Statement::Kind::Action: {
      const Evaluated value = evaluate(*statement.pipe, dot);
      if (!value) return Flow::Failed;
      if (!statement.pipe->variables.empty()) return Flow::Next;
      return emit_value(*value, statement.range) ? Flow::Next : Flow::Failed;
    }
    case Statement::Kind::If:
    case Statement::Kind::With:
      return walk_condition(statement, dot);
    case Statement::Kind::Range:
      return walk_range(statement, dot);
    case Statement::Kind::Template:
      return walk_template(statement, dot);
    case Statement::Kind::Break:
      return Flow::Break;
    case Statement::Kind::Continue:
      return Flow::Continue;
  }
  return Flow::Failed;
}

Interpreter::Flow Interpreter::walk_condition(const Statement& statement, const Value& dot) {
  const size_t visible = variables_.size();
  const Evaluated value = evaluate(*statement.pipe, dot);
  if (!value) return Flow::Failed;
  const Value& inner = statement.kind == Statement::Kind::With ? *value : dot;
  const Flow flow = value->truth() ? walk(statement.body, inner) : walk(statement.otherwise, dot);
  variables_.resize(visible);
  return flow;
}

Interpreter::Flow Interpreter::walk_pass(const Statement& statement, const Value& index, const Value& item) {
  const size_t visible = variables_.size();
  const std::vector<std::string>& names = statement.pipe->variables;
  if (!names.empty()) {
    const bool both = names.size() == 2;
    if (Value* last = variable(names.back())) *last = item;
    if (Value* first = both ? variable(names.front()) : nullptr) *first = index;
  }
  const Flow flow = walk(statement.body, item);
  variables_.resize(visible);
  return flow == Flow::Continue ? Flow::Next : flow;
}

Interpreter::Flow Interpreter::walk_range(const Statement& statement, const Value& dot) {
  const size_t visible = variables_.size();
  const Evaluated value = evaluate(*statement.pipe, dot);
  if (!value) return Flow::Failed;
  uint64_t passes = 0;
  Flow flow = Flow::Next;
  // False when the loop is over.
  const auto pass = [&](const Value& index, const Value& item) {
    if (++passes > options_.limits.loop_passes) {
      meter_.exceed(fmt::format("a loop of more than {} passes", options_.limits.loop_passes));
    }
    if (!meter_.steps(1)) {
      fail(statement.pipe->range, {});
      flow = Flow::Failed;
    } else {
      flow = walk_pass(statement, index, item);
    }
    return flow == Flow::Next;
  };
  if (!range_over(*value, statement, pass)) flow = Flow::Failed;
  if (passes == 0 && flow == Flow::Next) flow = walk(statement.otherwise, dot);
  variables_.resize(visible);
  if (passes > 0 && flow == Flow::Break) flow = Flow::Next;
  return flow;
}

bool Interpreter::range_over(const Value& value, const Statement& statement,
                             const std::function<bool(const Value& index, const Value& item)>& pass) {
  if (value.is_nil()) return true;
  if (const List* list = value.as_list()) {
    for (size_t i = 0; i < list->items.size(); ++i) {
      if (!pass(static_cast<int64_t>(i), list->items[i])) break;
    }
    return true;
  }
  if (value.as_map() != nullptr) {
    const Result<Value> frozen = meter_.frozen(value);  // the loop's body may change the map
    if (!frozen) {
      fail(statement.pipe->range, {});
      return false;
    }
    for (const auto& [key, item] : frozen->as_map()->items) {
      if (!pass(key, item)) break;
    }
    return true;
  }
  Loop loop;
  if (value.kind() == Value::Kind::Loop) {
    loop = value.loop();
  } else if (value.kind() == Value::Kind::Int) {
    loop.end = value.integer();
  } else {
    fail(statement.pipe->range, fmt::format("range can't iterate over a value of type {}", value.type_name()));
    return false;
  }
  for (int64_t i = 0; loop.first < loop.end; ++i, ++loop.first) {
    if (!pass(i, loop.first)) break;
  }
  return true;
}

Interpreter::Flow Interpreter::walk_template(const Statement& statement, const Value& dot) {
  const auto found = tree_.templates.find(statement.text);
  if (found == tree_.templates.end()) {
    fail(statement.range, fmt::format("template {} not defined", quote(statement.text)));
    return Flow::Failed;
  }
  Value data;
  if (statement.pipe) {
    Evaluated value = evaluate(*statement.pipe, dot);
    if (!value) return Flow::Failed;
    data = std::move(*value);
  }
  const std::string_view outer = std::exchange(running_, found->first);
  const bool done = run_template(found->second, data);
  running_ = outer;
  return done ? Flow::Next : Flow::Failed;
}

bool Interpreter::emit(std::string_view text, Range range) {
  const Status charged = sink_ == &output_ ? meter_.output(text.size()) : meter_.bytes(text.size());
  if (!charged) {
    fail(range, {});
    return false;
  }
  sink_->append(text);
  return true;
}

bool Interpreter::emit_value(const Value& value, Range range) {
  if (value.kind() == Value::Kind::Loop) {
    fail(range, fmt::format("can't print {} of type {}", excerpt(range), value.type_name()));
    return false;
  }
  if (value.is_nil()) return emit("<no value>", range);
  if (value.is_string()) return emit(value.text(), range);
  const Result<std::string> text = to_text(value, meter_);
  if (text) return emit(*text, range);
  fail(range, text.error().message());
  return false;
}

}  // namespace drover::gotmpl
