#include "jobspec/variables.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json.h"
#include "hcl/json_body.h"
#include "hcl/source.h"

namespace drover::jobspec {
namespace {

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? fmt::format(", did you mean \"{}\"?", printable(*nearest, 80)) : "";
}

// Names that only the file's own expressions know.
bool is_variable(const hcl::Reference& reference) {
  const bool root_only = reference.attribute.empty() && !reference.root.starts_with("NOMAD_");
  return root_only || reference.root == "var" || reference.root == "local";
}

bool is_json(std::string_view text) {
  return trim(text).starts_with('{');
}

}  // namespace

Variables::Variables(const VariableOptions& options, const HclContext& context, Secrets& secrets)
    : options_(options),
      context_(context),
      secrets_(secrets),
      conversions_(hcl::Limits{}),
      constants_({}, input_problems_) {}

Variables::Variable* Variables::add(std::string name, const hcl::Range& range) {
  const auto [it, added] = all_.try_emplace(name);
  if (!added) {
    context_.error(range, fmt::format("variable \"{}\" is declared twice, the first time in line {}",
                                      printable(name, 80), it->second.range.begin.line));
    return nullptr;
  }
  it->second.name = std::move(name);
  it->second.range = range;
  order_.push_back(&it->second);
  return &it->second;
}

void Variables::declare(const BlockView& block) {
  if (block.labels.size() != 1) {
    return context_.error(block.range, "a variable block has one label, as in variable \"name\" { … }");
  }
  Variable* variable = add(block.labels[0].text, block.range);
  if (!variable) return;
  for (const HclItem& item : items_of(block, context_)) {
    if (item.name == "validation") {
      for_each_block(item, 0, context_, [&](const HclItem& one) { read_validation(*variable, *one.block()); });
    } else {
      read_argument(*variable, item);
    }
  }
  read_default(*variable);
}

void Variables::declare_defaults(const BlockView& block) {
  for (const HclItem& item : items_of(block, context_)) {
    if (item.block()) {
      context_.error(item.range, "variables holds arguments, as in name = default");
    } else if (Variable* variable = add(item.name, item.range)) {
      variable->default_item = item;
      read_default(*variable);
    }
  }
}

void Variables::read_argument(Variable& variable, const HclItem& item) {
  const auto* expr = std::get_if<const hcl::Expr*>(&item.content);
  if (!expr)
    return context_.error(item.range, fmt::format("unknown block \"{}\" in variable", printable(item.name, 80)));
  if (item.name == "default") {
    variable.default_item = item;
  } else if (item.name == "type") {
    const auto evaluate = [&](const hcl::Expr& constant_expr) { return constant(constant_expr, nullptr); };
    variable.type = hcl::parse_type(**expr, evaluate, context_.diagnostics);
  } else if (item.name == "sensitive") {
    const auto value = constant(**expr, nullptr);
    const auto flag = value ? hcl::to_bool(*value) : std::nullopt;
    if (value && !flag) context_.error(item.range, "sensitive must be true or false");
    variable.sensitive = flag.value_or(true);
  } else if (item.name != "description") {
    context_.error(item.range,
                   fmt::format("unknown key \"{}\" in variable{}", printable(item.name, 80),
                               suggestion(item.name, {"type", "default", "description", "sensitive", "validation"})));
  }
}

void Variables::read_validation(Variable& variable, const BlockView& block) {
  Validation out{.range = block.range};
  for (const HclItem& item : items_of(block, context_)) {
    if (item.name != "condition" && item.name != "error_message") {
      context_.error(item.range, fmt::format("unknown key \"{}\" in validation{}", printable(item.name, 80),
                                             suggestion(item.name, {"condition", "error_message"})));
    } else if (item.block()) {
      context_.error(item.range, fmt::format("\"{}\" is an argument, not a block", item.name));
    } else {
      (item.name == "condition" ? out.condition : out.message) = item;
    }
  }
  if (!out.condition || !out.message) context_.error(block.range, "a validation needs condition and error_message");
  if (out.condition && out.message) variable.validations.push_back(std::move(out));
}

// Without a type, that of a default that is text, a number or a bool is the variable's.
void Variables::read_default(Variable& variable) {
  if (!variable.default_item) return;
  variable.place = variable.default_item->range;
  if (const auto* expr = std::get_if<const hcl::Expr*>(&variable.default_item->content)) {
    variable.default_value = constant(**expr, &variable);
  } else {
    variable.default_value = std::get<hcl::Value>(variable.default_item->content);
  }
  if (!variable.default_value) return;
  if (variable.sensitive) secrets_.add(*variable.default_value);
  if (variable.type) {
    variable.default_value = convert(variable, *variable.default_value);
  } else if (hcl::Type own = hcl::type_of(*variable.default_value); own.is_primitive()) {
    variable.type = std::move(own);
  }
}

void Variables::collect(const std::vector<VariableInput>& inputs, bool ignore_unknown) {
  for (const VariableInput& input : inputs) {
    const auto found = all_.find(input.name);
    if (found != all_.end()) {
      found->second.input = {.typed = &input};
    } else if (!ignore_unknown) {
      unknown(input.name, {.pos = {.file = input.origin, .line = 1, .column = 1}});
    }
  }
}

void Variables::collect(const VariableFile& file) {
  const bool json = is_json(file.text);
  if (file.text.size() > kMaxSource) {
    return context_.diagnostics.add({.message = fmt::format("the file has more than {} bytes", kMaxSource),
                                     .pos = {.file = file.file, .line = 1, .column = 1}});
  }
  if (json) {
    codec::JsonReport report;
    if (!codec::parse_json(file.text, {.max_bytes = kMaxSource}, &report)) {
      return context_.diagnostics.add(
          {.message = "this is not JSON: " + report.problem,
           .pos = {.file = file.file, .line = std::max(report.line, 1u), .column = std::max(report.column, 1u)}});
    }
  }
  const hcl::ParseResult& parsed =
      files_.emplace_back(json ? hcl::parse_json_body(file.text, file.file) : hcl::parse(file.text, file.file));
  for (Diagnostic problem : parsed.diagnostics.all()) {
    if (any_sensitive()) problem.message = "syntax error (the text is not shown: there are sensitive variables)";
    if (any_sensitive()) problem.source_line.clear();
    context_.diagnostics.add(std::move(problem));
  }
  for (const hcl::Block& block : parsed.body.blocks) {
    context_.error(block.type_range, "a file of variables holds arguments, as in name = value");
  }
  for (const hcl::Attribute& attribute : parsed.body.attributes) {
    const auto found = all_.find(attribute.name);
    if (found != all_.end()) {
      found->second.input = {.expr = attribute.expr.get()};
    } else {
      unknown(attribute.name, hcl::error_at(attribute.name_range, ""));
    }
  }
}

void Variables::unknown(const std::string& name, Diagnostic diagnostic) {
  std::vector<std::string> names;
  const bool worth_it = context_.diagnostics.all().size() < Diagnostics::kLimit;
  for (const Variable* variable : order_) {
    if (worth_it) names.push_back(variable->name);
  }
  diagnostic.message =
      fmt::format("there is no variable \"{}\" in the job{}", printable(name, 80), suggestion(name, names));
  if (any_sensitive()) diagnostic.source_line.clear();
  if (!options_.strict) diagnostic.severity = Diagnostic::Severity::Warning;
  context_.diagnostics.add(std::move(diagnostic));
}

bool Variables::any_sensitive() const {
  return std::ranges::any_of(order_, [](const Variable* variable) { return variable->sensitive; });
}

void Variables::report(const Diagnostics& problems, const Variable* variable) {
  if (!variable || !variable->sensitive) return context_.diagnostics.append(problems);
  if (!problems.has_errors()) return;
  Diagnostic diagnostic = problems.all()[0];
  diagnostic.message =
      fmt::format("the value of sensitive variable \"{}\" cannot be read", printable(variable->name, 80));
  diagnostic.source_line.clear();
  diagnostic.severity = Diagnostic::Severity::Error;
  context_.diagnostics.add(std::move(diagnostic));
}

// An expression without variables. What is wrong names no part of the value if that belongs to a sensitive variable.
std::optional<hcl::Value> Variables::constant(const hcl::Expr& expr, const Variable* variable) {
  input_problems_ = {};
  std::optional<hcl::Value> value;
  const std::vector<hcl::Reference> references = hcl::references(expr);
  const auto found = std::ranges::find_if(references, is_variable);
  if (found != references.end()) {
    input_problems_.add(
        hcl::error_at(found->range, fmt::format("\"{}\": no variables are possible here (text stands in "
                                                "quotes)",
                                                printable(found->range.text(), 80))));
  } else {
    value = constants_.evaluate(expr, hcl::Scope());
  }
  report(input_problems_, variable);
  return value;
}

std::optional<hcl::Value> Variables::convert(const Variable& variable, const hcl::Value& value) {
  if (!variable.type) return value;
  auto converted = hcl::convert(value, *variable.type, conversions_, {.show_values = !variable.sensitive});
  if (converted) return std::move(*converted);
  context_.error(variable.place,
                 fmt::format("variable \"{}\": {}", printable(variable.name, 80), converted.error().message()));
  return std::nullopt;
}

// Text as it is where the type is a string, a number or a bool or is not said; else an expression.
std::optional<hcl::Value> Variables::read_typed(Variable& variable, const VariableInput& input) {
  if (variable.sensitive) secrets_.add_text(input.text);
  const hcl::Source& text = texts_.emplace_back(input.origin, input.text);
  variable.place = {.source = &text, .begin = text.pos_at(0), .end = text.pos_at(input.text.size())};
  const bool untyped = !variable.type && !variable.default_item;
  if (untyped || (variable.type && variable.type->is_primitive())) return hcl::Value(input.text);
  const hcl::Expression& parsed = expressions_.emplace_back(hcl::parse_expression(input.text, input.origin));
  const bool any = !variable.type || variable.type->kind == hcl::Type::Kind::Any;
  if (any && parsed.expr && hcl::as_keyword(*parsed.expr)) return hcl::Value(input.text);
  report(parsed.diagnostics, &variable);
  if (!parsed.expr) return std::nullopt;
  return constant(*parsed.expr, &variable);
}

std::optional<hcl::Value> Variables::value_of(Variable& variable) {
  if (!variable.input) {
    if (!variable.default_item) {
      context_.error(variable.range, fmt::format("variable \"{}\" has no default, and no other value is given",
                                                 printable(variable.name, 80)));
    }
    return variable.default_value;
  }
  std::optional<hcl::Value> value;
  if (const hcl::Expr* expr = variable.input->expr) {
    variable.place = expr->range;
    value = constant(*expr, &variable);
  } else {
    value = read_typed(variable, *variable.input->typed);
  }
  if (value && variable.sensitive) secrets_.add(*value);
  return value ? convert(variable, *value) : std::nullopt;
}

void Variables::evaluate(hcl::Scope& scope) {
  collect(options_.environment, /*ignore_unknown=*/true);
  for (const VariableFile& file : options_.files) collect(file);
  collect(options_.arguments, /*ignore_unknown=*/false);
  hcl::Object values;
  std::vector<const Variable*> complete;
  for (Variable* variable : order_) {
    auto value = value_of(*variable);
    if (!value) continue;
    complete.push_back(variable);
    values.set(variable->name, std::move(*value));
  }
  scope.set("var", std::move(values));
  for (const Variable* variable : complete) {
    for (const Validation& validation : variable->validations) check(*variable, validation);
  }
}

void Variables::check(const Variable& variable, const Validation& validation) {
  const auto condition = context_.evaluate(*validation.condition);
  if (!condition) return;
  const auto truth = hcl::to_bool(*condition);
  if (!truth) {
    return context_.error(validation.condition->range, "the condition of a validation must be true or false");
  }
  if (*truth) return;
  const auto message = context_.evaluate(*validation.message);
  if (!message) return;
  context_.error(variable.place,
                 fmt::format("variable \"{}\": {} (the validation in line {})", printable(variable.name, 80),
                             hcl::to_text(*message).value_or("invalid value"), validation.range.begin.line));
}

}  // namespace drover::jobspec
