#include "jobspec/parse.h"

#include <map>
#include <set>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/differences.h"
#include "jobspec/hcl_file.h"
#include "jobspec/json_source.h"
#include "jobspec/nosana.h"
#include "jobspec/scaled_count.h"
#include "jobspec/tree_check.h"
#include "model/canonicalize.h"
#include "model/validate.h"

namespace drover::jobspec {
namespace {

using codec::Value;

ParsedJob failed(Format format, const ParseOptions& options, std::string message) {
  ParsedJob out{.format = format};
  const std::string origin = options.file.empty() ? "" : options.file + ": ";
  out.diagnostics.error("", origin + std::move(message));
  return out;
}

// What the server sets is not the author's to say.
Value without_read_only(const Value& tree) {
  const codec::StructInfo& info = codec::type_of<model::Job>().fields();
  Value::Object kept;
  for (const Value::Member& member : *tree.as_object()) {
    const codec::Field* field = info.by_json_ignore_case(member.first);
    if (!field || !field->has(codec::kReadOnly)) kept.push_back(member);
  }
  return kept;
}

// Adds what `found` says about places that nothing is known to be wrong with yet.
void append_new(Diagnostics& diagnostics, const Diagnostics& found) {
  std::set<std::string> wrong;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Diagnostic::Severity::Error) wrong.insert(diagnostic.path);
  }
  for (const Diagnostic& diagnostic : found.all()) {
    if (!wrong.contains(diagnostic.path) || diagnostic.path.empty()) diagnostics.add(diagnostic);
  }
}

// In the order of the source; what has no position comes first.
Diagnostics by_position(const Diagnostics& diagnostics) {
  std::multimap<std::pair<uint32_t, uint32_t>, const Diagnostic*> sorted;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    sorted.emplace(std::pair(diagnostic.pos.line, diagnostic.pos.column), &diagnostic);
  }
  Diagnostics out;
  for (const auto& [place, diagnostic] : sorted) out.add(*diagnostic);
  return out;
}

model::Job build(const Value& tree, Format format, Purpose purpose, Diagnostics& diagnostics) {
  model::Job job;
  if (!tree.as_object()) {
    diagnostics.error("", fmt::format("a job must be an object, not a {}", tree.type_name()));
    return job;
  }
  check_keys(tree, format, purpose, diagnostics);
  [[maybe_unused]] const bool complete = codec::decode_into(without_read_only(tree), job, diagnostics);
  adopt_scaled_counts(tree, job);
  model::canonicalize(job);
  Diagnostics found;
  model::validate(job, found);
  warn_of_differences(job, found);
  append_new(diagnostics, found);
  return job;
}

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::Hcl:
      return "HCL";
    case Format::NomadJson:
      return "JSON";
    case Format::Nosana:
      return "Nosana job definition";
  }
  return "";
}

const Value& unwrap_job(const Value& value) {
  if (const auto* object = value.as_object()) {
    for (const auto& [key, member] : *object) {
      if (equals_ignore_case(key, "Job") && member.as_object()) return member;
    }
  }
  return value;
}

ParsedJob parse(std::string_view text, const ParseOptions& options) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::string_view content = trim(text);
  const Format format = content.starts_with('{') || content.starts_with('[') ? Format::NomadJson : Format::Hcl;
  if (text.size() > kMaxSource) {
    return failed(format, options,
                  fmt::format("the job has {} bytes, at most {} are allowed", text.size(), kMaxSource));
  }
  if (content.empty()) return failed(format, options, "the job is empty");
  if (is_nosana_yaml(text, options)) return parse_nosana_yaml(text, options);
  return format == Format::Hcl ? parse_hcl(text, options) : parse_json_job(text, options);
}

Result<model::Job> to_job(const Value& tree, Diagnostics& diagnostics, Purpose purpose) {
  Diagnostics found;
  model::Job job = build(tree, Format::NomadJson, purpose, found);
  diagnostics.append(found);
  if (found.has_errors()) return err(found.to_error());
  return job;
}

Result<model::Job> to_job(const ParsedJob& parsed, Diagnostics& diagnostics, Purpose purpose) {
  Diagnostics found;
  found.append(parsed.diagnostics);
  model::Job job;
  // After problems with single keys the rest of the tree is still worth a look.
  if (parsed.ok() || parsed.tree.as_object()) {
    Diagnostics deeper;
    job = build(parsed.tree, parsed.format, purpose, deeper);
    append_new(found, by_position(parsed.secrets.hide(parsed.sources.locate(deeper))));
  }
  diagnostics.append(found);
  if (found.has_errors()) return err(found.to_error());
  return job;
}

}  // namespace drover::jobspec
