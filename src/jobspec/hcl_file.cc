#include "jobspec/hcl_file.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "hcl/eval.h"
#include "hcl/parser.h"
#include "jobspec/hcl_reader.h"

namespace drover::jobspec {
namespace {

// A job file at its outermost level.
class JobFile {
 public:
  JobFile(const hcl::Body& body, ParsedJob& out) : body_(body), out_(out), evaluator_({}, out.diagnostics) {}

  void read() {
    const hcl::Block* job = find_job();
    read_variables();
    read_locals();
    if (!job || !out_.ok()) return;
    HclReader reader(evaluator_, scope_, out_.sources, out_.diagnostics);
    out_.sources.add("", job->type_range.begin.line, job->type_range.begin.column);
    out_.tree = reader.read_block(job_schema(), *job);
  }

 private:
  const hcl::Block* find_job() {
    for (const hcl::Attribute& attribute : body_.attributes) {
      error(attribute.name_range, fmt::format("unknown key \"{}\" outside of the job", printable(attribute.name, 80)));
    }
    const hcl::Block* job = nullptr;
    for (const hcl::Block& block : body_.blocks) {
      if (block.type == "variable" || block.type == "locals") continue;
      if (block.type != "job") {
        error(block.type_range, unknown_block(block.type));
      } else if (job) {
        error(block.type_range, fmt::format("a second job: the first one is in line {}", job->type_range.begin.line));
      } else {
        job = &block;
      }
    }
    if (!job && !out_.diagnostics.has_errors()) {
      out_.diagnostics.add({.message = "there is no job block", .pos = {.file = body_.source->file()}});
    }
    return job;
  }

  static std::string unknown_block(const std::string& type) {
    const auto nearest = nearest_name(type, {"job", "variable", "locals"});
    return fmt::format("unknown block \"{}\"{}", printable(type, 80),
                       nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ", a job file holds one job");
  }

  // Every variable has its default.
  void read_variables() {
    hcl::Object variables;
    for (const hcl::Block& block : body_.blocks) {
      if (block.type != "variable") continue;
      if (block.labels.size() != 1) {
        error(block.type_range, "a variable block has one label, as in variable \"name\" { … }");
        continue;
      }
      const std::string& name = block.labels[0].text;
      const hcl::Attribute* value = block.body.find_attribute("default");
      if (!value) {
        error(block.type_range,
              fmt::format("variable \"{}\" has no default, and no other value is given", printable(name, 80)));
        continue;
      }
      if (auto evaluated = evaluator_.evaluate(*value->expr, scope_)) variables.set(name, std::move(*evaluated));
    }
    scope_.set("var", std::move(variables));
  }

  // Locals may use each other in any order, but not in circles.
  void read_locals() {
    std::vector<const hcl::Attribute*> open;
    for (const hcl::Block& block : body_.blocks) {
      if (block.type != "locals") continue;
      for (const hcl::Attribute& attribute : block.body.attributes) open.push_back(&attribute);
    }
    hcl::Object done;
    scope_.set("local", done);
    while (!open.empty()) {
      std::set<std::string> waiting;
      for (const hcl::Attribute* attribute : open) waiting.insert(attribute->name);
      const size_t before = open.size();
      std::erase_if(open, [&](const hcl::Attribute* attribute) { return read_local(*attribute, waiting, done); });
      if (open.size() == before) {
        error(open[0]->name_range, fmt::format("local \"{}\" depends on itself", printable(open[0]->name, 80)));
        return;
      }
      scope_.set("local", done);
    }
  }

  bool read_local(const hcl::Attribute& attribute, const std::set<std::string>& waiting, hcl::Object& done) {
    for (const hcl::Reference& reference : hcl::references(*attribute.expr)) {
      if (reference.root == "local" && waiting.contains(reference.attribute)) return false;
    }
    if (auto value = evaluator_.evaluate(*attribute.expr, scope_)) done.set(attribute.name, std::move(*value));
    return true;
  }

  void error(const hcl::Range& range, std::string message) {
    out_.diagnostics.add(hcl::error_at(range, std::move(message)));
  }

  const hcl::Body& body_;
  ParsedJob& out_;
  hcl::Evaluator evaluator_;
  hcl::Scope scope_;
};

}  // namespace

ParsedJob parse_hcl(std::string_view text, const ParseOptions& options) {
  ParsedJob out{.format = Format::Hcl, .sources = SourceMap(options.file, std::string(text))};
  const hcl::ParseResult parsed = hcl::parse(text, options.file, {.text_bytes = kMaxSource});
  out.diagnostics.append(parsed.diagnostics);
  if (parsed.ok()) JobFile(parsed.body, out).read();
  return out;
}

}  // namespace drover::jobspec
