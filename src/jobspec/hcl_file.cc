#include "jobspec/hcl_file.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/eval.h"
#include "hcl/json_body.h"
#include "hcl/parser.h"
#include "jobspec/hcl_items.h"
#include "jobspec/hcl_reader.h"
#include "jobspec/locals.h"
#include "jobspec/variables.h"

namespace drover::jobspec {
namespace {

// A job file at its outermost level.
class JobFile {
 public:
  JobFile(const hcl::Body& body, const ParseOptions& options, ParsedJob& out)
      : body_(body),
        variables_(options.variables),
        out_(out),
        evaluator_({.functions = options.functions}, out.diagnostics),
        context_{.evaluator = evaluator_, .scope = &scope_, .diagnostics = out.diagnostics} {}

  void read() {
    const BlockView root{.content = &body_, .range = body_.range};
    const std::vector<HclItem> items = items_of(root, context_);
    for (const HclItem& item : items) check_item(item);
    if (!has_job_ && !out_.diagnostics.has_errors()) {
      out_.diagnostics.add({.message = "there is no job block", .pos = {.file = body_.source->file()}});
    }
    read_variables(items);
    Locals locals(context_);
    for_each(items, "locals", 0, [&](const BlockView& block) { locals.add(block); });
    locals.evaluate(scope_);
    if (out_.ok()) for_each(items, "job", 1, [&](const BlockView& block) { read_job(block); });
  }

 private:
  template <class Visit>
  void for_each(const std::vector<HclItem>& items, std::string_view name, size_t labels, Visit visit) {
    for (const HclItem& item : items) {
      if (item.name != name || (!item.block() && !is_block_like(item))) continue;
      for_each_block(item, labels, context_, [&](const HclItem& one) { visit(*one.block()); });
    }
  }

  void check_item(const HclItem& item) {
    const std::vector<std::string> known = {"job", "variable", "variables", "locals"};
    has_job_ = has_job_ || item.name == "job";
    const bool block = item.block() || is_block_like(item);
    if (block && std::ranges::find(known, item.name) != known.end()) return;
    const auto nearest = nearest_name(item.name, known);
    const std::string hint = nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ", a job file holds one job";
    error(item.range, fmt::format("unknown {} \"{}\" outside of the job{}", item.block() ? "block" : "key",
                                  printable(item.name, 80), hint));
  }

  void read_variables(const std::vector<HclItem>& items) {
    Variables variables(variables_, context_, out_.secrets);
    for_each(items, "variable", 1, [&](const BlockView& block) { variables.declare(block); });
    for_each(items, "variables", 0, [&](const BlockView& block) { variables.declare_defaults(block); });
    variables.evaluate(scope_);
  }

  void read_job(const BlockView& job) {
    if (first_job_ != 0) {
      return error(job.range, fmt::format("a second job: the first one is in line {}", first_job_));
    }
    first_job_ = job.range.begin.line;
    out_.sources.add("", job.range.begin.line, job.range.begin.column);
    out_.tree = HclReader(context_, out_.sources).read_block(job_schema(), job);
  }

  void error(const hcl::Range& range, std::string message) { context_.error(range, std::move(message)); }

  const hcl::Body& body_;
  const VariableOptions& variables_;
  ParsedJob& out_;
  hcl::Evaluator evaluator_;
  hcl::Scope scope_;
  const HclContext context_;
  bool has_job_ = false;
  uint32_t first_job_ = 0;  // its line
};

ParsedJob read_file(const hcl::ParseResult& parsed, std::string_view text, const ParseOptions& options) {
  ParsedJob out{.format = Format::Hcl, .sources = SourceMap(options.file, std::string(text))};
  out.diagnostics.append(parsed.diagnostics);
  if (parsed.ok()) JobFile(parsed.body, options, out).read();
  return out;
}

bool is_blocks(const codec::Value& value) {
  if (const auto* list = value.as_array()) return !list->empty() && std::ranges::all_of(*list, is_blocks);
  return value.as_object() != nullptr;
}

}  // namespace

ParsedJob parse_hcl(std::string_view text, const ParseOptions& options) {
  ParsedJob out = read_file(hcl::parse(text, options.file, {.text_bytes = kMaxSource}), text, options);
  out.diagnostics = out.secrets.hide(out.diagnostics);
  return out;
}

ParsedJob parse_hcl_json(std::string_view text, const ParseOptions& options) {
  ParsedJob out = read_file(hcl::parse_json_body(text, options.file), text, options);
  Diagnostics shown;  // with the lines of the JSON, not of what it was read as
  for (Diagnostic diagnostic : out.diagnostics.all()) {
    if (diagnostic.pos.file == options.file) diagnostic.source_line = out.sources.shown_line(diagnostic.pos);
    shown.add(std::move(diagnostic));
  }
  out.diagnostics = out.secrets.hide(shown);
  return out;
}

bool is_hcl_json(const codec::Value& document) {
  const codec::Value* job = document.find("job");
  if (!job || !is_blocks(*job)) return false;
  const codec::Value& named = job->as_array() ? job->as_array()->front() : *job;
  const auto* members = named.as_object();
  return members && !members->empty() &&
         std::ranges::all_of(*members, [](const codec::Value::Member& member) { return is_blocks(member.second); });
}

}  // namespace drover::jobspec
