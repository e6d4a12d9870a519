#include "jobspec/json_source.h"

#include "base/strings.h"
#include "codec/json.h"
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

// The name under which the outermost object holds the job; empty if it is the job itself.
std::string job_member(const Value& document) {
  const Value& job = unwrap_job(document);
  if (&job == &document) return {};
  for (const Value::Member& member : *document.as_object()) {
    if (&member.second == &job) return member.first;
  }
  return {};
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

ParsedJob read_document(const Value& document, const ParseOptions& options) {
  if (is_nosana(document)) return parse_nosana(document, options);
  ParsedJob out{.format = Format::NomadJson};
  const Value& job = unwrap_job(document);
  if (job.as_object()) {
    out.tree = job;
  } else {
    out.diagnostics.error("", fmt::format("a job must be an object, not a {}", job.type_name()));
  }
  return out;
}

}  // namespace

ParsedJob parse_json_job(std::string_view text, const ParseOptions& options) {
  codec::JsonReport report;
  const auto document = codec::parse_json(text, kJsonLimits, &report);
  if (!document) return not_json(text, options, report, document.error());
  ParsedJob out = read_document(*document, options);
  const bool nosana = out.format == Format::Nosana;
  out.sources = SourceMap({.file = options.file,
                           .text = std::string(text),
                           .root = nosana ? "" : job_member(*document),
                           .nearest = nosana ? SourceMap::Nearest::No : SourceMap::Nearest::Yes});
  Diagnostics located;
  if (report.repeated_keys) warn_of_repeated_keys(text, out.sources, located);
  located.append(out.sources.locate(out.diagnostics));
  out.diagnostics = std::move(located);
  return out;
}

}  // namespace drover::jobspec
