#include "jobspec/nosana_literal_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "jobspec/nosana_literals.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using Kind = NosanaLiteral::Kind;

const std::set<std::string_view>& global_names() {
  static const std::set<std::string_view> kNames = {"job", "host", "project", "frps_address"};
  return kNames;
}

std::vector<std::string> names_of(const std::vector<NosanaOp>& ops) {
  std::vector<std::string> out;
  for (const NosanaOp& op : ops) out.push_back(op.id);
  return out;
}

std::string hint(std::string_view name, const std::vector<std::string>& names) {
  if (names.size() > 100) return {};
  const auto nearest = nearest_name(name, names);
  return nearest ? fmt::format(", did you mean \"{}\"?", printable(*nearest, 80)) : "";
}

class LiteralCheck {
 public:
  LiteralCheck(const Value& definition, const std::vector<NosanaOp>& ops, Diagnostics& diagnostics)
      : definition_(definition), ops_(ops), diagnostics_(diagnostics) {
    for (size_t i = 0; i < ops.size(); ++i) {
      index_.emplace(ops[i].id, i);
      const std::string& stage = ops[i].group.empty() ? ops[i].id : ops[i].group;
      stage_.push_back(stages_.emplace(stage, stages_.size()).first->second);
    }
  }

  void check() {
    for (size_t i = 0; i < ops_.size(); ++i) {
      const Value* args = ops_[i].value->find("args");
      if (args) walk(*args, fmt::format("ops[{}].args", ops_[i].index), i);
    }
  }

 private:
  void walk(const Value& value, const std::string& path, size_t op) {
    if (const std::string* text = value.as_string()) {
      for (const NosanaLiteral& literal : find_literals(*text)) check_literal(literal, path, op);
    } else if (const auto* list = value.as_array()) {
      for (size_t i = 0; i < list->size(); ++i) walk((*list)[i], fmt::format("{}[{}]", path, i), op);
    } else if (const auto* object = value.as_object()) {
      for (const auto& [key, member] : *object) walk(member, fmt::format("{}.{}", path, printable(key, 80)), op);
    }
  }

  void check_literal(const NosanaLiteral& literal, const std::string& path, size_t op) {
    literal_ = &literal;
    path_ = &path;
    switch (literal.kind) {
      case Kind::Malformed:
        return warn(literal.text.starts_with("%%globals.variables.")
                        ? "is no literal and left as it is, write \"%%global.variables.…%%\""
                        : "is no literal and left as it is");
      case Kind::Variable:
        return check_variable();
      case Kind::Global:
        if (!global_names().contains(literal.path)) {
          error("stands for nothing: there are job, host, project, frps_address and variables.NAME");
        }
        return;
      case Kind::Operation:
        return check_operation(op);
    }
  }

  void check_variable() {
    const Value* global = definition_.find("global");
    const Value* variables = global ? global->find("variables") : nullptr;
    const Value* variable = variables ? variables->find(literal_->path) : nullptr;
    if (!variable) return error("there is no such variable in \"global.variables\"");
    if (*variable == Value("")) error("the variable is empty, Nosana's nodes refuse that");
  }

  void check_operation(size_t op) {
    const auto it = index_.find(literal_->op);
    if (it == index_.end()) {
      return error(fmt::format("there is no operation \"{}\"{}", printable(literal_->op, 80),
                               hint(literal_->op, names_of(ops_))));
    }
    const NosanaOp& other = ops_[it->second];
    const std::string_view path = literal_->path;
    if (path == "host" || path == "deployment_endpoint") return;
    if (path.starts_with("endpoint.")) return check_endpoint(other, path.substr(9));
    if (!path.starts_with("results.")) {
      return error("there are host, endpoint.PORT, deployment_endpoint and results.NAME");
    }
    check_result(other, path.substr(8));
    if (stage_[it->second] > stage_[op]) {
      error(fmt::format("\"{}\" runs later, its results are not known yet", printable(other.id, 80)));
    } else if (stage_[it->second] == stage_[op]) {
      warn(fmt::format("\"{}\" runs in the same group, its results are known only when it has ended",
                       printable(other.id, 80)));
    }
  }

  void check_result(const NosanaOp& other, std::string_view name) {
    const Value* results = other.value->find("results");
    if (results && results->find(name)) return;
    error(fmt::format("\"{}\" has no result \"{}\"", printable(other.id, 80), printable(name, 80)));
  }

  // What is exposed by a literal is not known before it runs.
  void check_endpoint(const NosanaOp& other, std::string_view port) {
    const Value* args = other.value->find("args");
    const Value* expose = args ? args->find("expose") : nullptr;
    if (!expose) return error(fmt::format("\"{}\" exposes no port", printable(other.id, 80)));
    const Value* secret = args->find("private");
    if (secret && *secret == Value(true)) {
      return error(
          fmt::format("\"{}\" is private, its addresses are shown to its owner only", printable(other.id, 80)));
    }
    const Value::Array one = {*expose};
    const auto& ports = expose->as_array() ? *expose->as_array() : one;
    const bool found = std::ranges::any_of(ports, [&](const Value& element) {
      const Value* given = element.as_object() ? element.find("port") : &element;
      if (!given) return true;
      if (const int64_t* number = given->as_int()) return std::to_string(*number) == port;
      return given->as_string() && (*given->as_string() == port || given->as_string()->starts_with("%%"));
    });
    if (!found) error(fmt::format("\"{}\" does not expose port {}", printable(other.id, 80), printable(port, 80)));
  }

  void error(std::string_view message) { diagnostics_.error(*path_, text(message)); }
  void warn(std::string_view message) { diagnostics_.warning(*path_, text(message)); }
  std::string text(std::string_view message) const {
    return fmt::format("\"{}\": {}", printable(literal_->text, 120), message);
  }

  const Value& definition_;
  const std::vector<NosanaOp>& ops_;
  Diagnostics& diagnostics_;
  std::map<std::string_view, size_t> index_;
  std::map<std::string_view, size_t> stages_;
  std::vector<size_t> stage_;  // of each operation
  const NosanaLiteral* literal_ = nullptr;
  const std::string* path_ = nullptr;
};

}  // namespace

void check_nosana_literals(const Value& definition, const std::vector<NosanaOp>& ops, Diagnostics& diagnostics) {
  LiteralCheck(definition, ops, diagnostics).check();
}

}  // namespace drover::jobspec
