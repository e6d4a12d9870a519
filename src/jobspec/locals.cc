#include "jobspec/locals.h"

#include <utility>

#include "base/strings.h"

namespace drover::jobspec {

void Locals::add(const BlockView& block) {
  if (!block.labels.empty()) return context_.error(block.labels[0].range, "a locals block has no label");
  for (HclItem& item : items_of(block, context_)) {
    if (item.block()) {
      context_.error(item.range, "locals holds arguments, as in name = …, not blocks");
    } else if (all_.contains(item.name)) {
      context_.error(item.range, fmt::format("local \"{}\" is defined twice", printable(item.name, 80)));
    } else {
      std::string name = item.name;
      order_.push_back(&all_.emplace(std::move(name), Local{.item = std::move(item)}).first->second);
    }
  }
}

void Locals::evaluate(hcl::Scope& scope) {
  for (Local* local : order_) find_uses(*local);
  for (Local* local : order_) {
    if (!local->uses_all) visit(*local);
  }
  publish(scope);
  for (Local* local : order_) {
    if (local->state == State::Open) compute(*local, scope);
  }
  publish(scope);
}

void Locals::find_uses(Local& local) {
  const auto* expr = std::get_if<const hcl::Expr*>(&local.item.content);
  if (!expr) return;
  for (const hcl::Reference& reference : hcl::references(**expr)) {
    if (reference.root != "local") continue;
    if (reference.attribute.empty()) {
      local.uses_all = true;
    } else if (const auto used = all_.find(reference.attribute); used != all_.end()) {
      local.uses.push_back(&used->second);
    } else {
      local.state = State::Failed;
      unknown(reference);
    }
  }
}

void Locals::unknown(const hcl::Reference& reference) {
  constexpr size_t kMaxCandidates = 1000;
  std::vector<std::string> names;
  const bool worth_it = context_.diagnostics.error_count() < Diagnostics::kLimit;
  for (const auto& [name, local] : all_) {
    if (worth_it && names.size() < kMaxCandidates) names.push_back(name);
  }
  const auto nearest = nearest_name(reference.attribute, names);
  context_.error(reference.range,
                 fmt::format("there is no local \"{}\"{}", printable(reference.attribute, 80),
                             nearest ? fmt::format("; did you mean \"{}\"?", printable(*nearest, 80)) : ""));
}

void Locals::fail(Local& local, std::string_view problem) {
  local.state = State::Failed;
  context_.error(local.item.range, fmt::format("local \"{}\" {}", printable(local.item.name, 80), problem));
}

// Depth first, without recursion: chains may be as long as the text.
void Locals::visit(Local& start) {
  std::vector<std::pair<Local*, size_t>> stack;
  const auto enter = [&](Local& local) {
    if (local.state != State::Open || local.uses_all) return;
    local.state = State::Entered;
    stack.emplace_back(&local, 0);
  };
  enter(start);
  while (!stack.empty()) {
    auto& [local, next] = stack.back();
    if (next == local->uses.size()) {
      Local& complete = *local;
      stack.pop_back();
      if (complete.state == State::Entered) compute_with_uses(complete);
      continue;
    }
    Local& used = *local->uses[next++];
    if (used.state == State::Entered && local->state == State::Entered) {
      fail(used, "depends on itself");
    } else if (used.uses_all && local->state == State::Entered) {
      fail(*local, fmt::format("uses \"{}\", which uses all locals", printable(used.item.name, 80)));
    }
    enter(used);
  }
}

// Sets only those that are used: setting all of them for each would be quadratic.
void Locals::compute_with_uses(Local& local) {
  hcl::Object used;
  for (const Local* other : local.uses) {
    if (other->state != State::Done) {
      local.state = State::Failed;
      return;
    }
    used.set(other->item.name, other->value);
  }
  hcl::Scope scope(context_.scope);
  scope.set("local", std::move(used));
  compute(local, scope);
}

void Locals::compute(Local& local, const hcl::Scope& scope) {
  const HclContext inner{.evaluator = context_.evaluator, .scope = &scope, .diagnostics = context_.diagnostics};
  auto value = inner.evaluate(local.item);
  local.state = value ? State::Done : State::Failed;
  if (value) local.value = std::move(*value);
}

void Locals::publish(hcl::Scope& scope) const {
  hcl::Object done;
  for (const Local* local : order_) {
    if (local->state == State::Done) done.set(local->item.name, local->value);
  }
  scope.set("local", std::move(done));
}

}  // namespace drover::jobspec
