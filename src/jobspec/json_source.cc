#include "jobspec/json_source.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/hcl_file.h"
#include "jobspec/json_locate.h"
#include "jobspec/nosana.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr codec::JsonLimits kJsonLimits = {.max_depth = 64, .max_bytes = kMaxSource};

ParsedJob not_json(std::string_view text, const ParseOptions& options, const codec::JsonReport& report,
                   const Error& error) {
  ParsedJob out{.format = Format::NomadJson};
  Diagnostic diagnostic{.message = error.message()};
  if (report.line == 0) {
    if (!options.file.empty()) diagnostic.message = options.file + ": " + diagnostic.message;
  } else {
    diagnostic.message = "this is not JSON: " + report.problem;
    diagnostic.pos = {.file = options.file, .line = report.line, .column = report.column};
    diagnostic.source_line = SourceMap(options.file, std::string(text)).shown_line(diagnostic.pos);
  }
  out.diagnostics.add(std::move(diagnostic));
  return out;
}

void warn_of_repeated_keys(std::string_view text, const SourceMap& sources, Diagnostics& diagnostics) {
  for (const RepeatedKey& repeated : repeated_keys(text)) {
    const SourcePos pos = sources.at_offset(repeated.offset);
    diagnostics.add(
        {.severity = Diagnostic::Severity::Warning,
         .message = fmt::format("\"{}\" is given more than once, the last one counts", printable(repeated.key, 80)),
         .path = repeated.path,
         .pos = pos,
         .source_line = sources.shown_line(pos)});
  }
}

// The name under which the outermost object holds the job; empty if it is the job itself.
std::string job_member(const Value& document, const Value& job) {
  if (&job == &document) return {};
  const auto& members = *document.as_object();
  return std::ranges::find_if(members, [&](const auto& member) { return &member.second == &job; })->first;
}

ParsedJob read_nomad_job(Value document, SourceMap::JsonSource source) {
  ParsedJob out{.format = Format::NomadJson};
  auto& job = const_cast<Value&>(unwrap_job(document));
  source.root = job_member(document, job);
  out.sources = SourceMap(std::move(source));
  if (job.as_object()) {
    out.tree = Value(std::move(job));
  } else {
    out.diagnostics.error("", fmt::format("a job must be an object, not a {}", job.type_name()));
  }
  return out;
}

ParsedJob read_nosana_job(const Value& document, SourceMap::JsonSource source, const ParseOptions& options) {
  ParsedJob out = parse_nosana(document, options);
  source.nearest = SourceMap::Nearest::No;  // paths of the lowered job are not the definition's
  out.sources = SourceMap(std::move(source));
  return out;
}

}  // namespace

ParsedJob parse_json_job(std::string_view text, const ParseOptions& options) {
  codec::JsonReport report;
  auto document = codec::parse_json(text, kJsonLimits, &report);
  if (!document) return not_json(text, options, report, document.error());
  if (is_hcl_json(*document)) return parse_hcl_json(text, options);
  SourceMap::JsonSource source{.file = options.file, .text = std::string(text)};
  ParsedJob out = is_nosana(*document) ? read_nosana_job(*document, std::move(source), options)
                                       : read_nomad_job(std::move(*document), std::move(source));
  Diagnostics located;
  if (report.repeated_keys) warn_of_repeated_keys(text, out.sources, located);
  located.append(out.sources.locate(out.diagnostics));
  out.diagnostics = std::move(located);
  return out;
}

}  // namespace drover::jobspec
