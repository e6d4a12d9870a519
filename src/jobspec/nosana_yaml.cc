#include <algorithm>

#include "base/strings.h"
#include "jobspec/nosana.h"
#include "jobspec/yaml.h"

namespace drover::jobspec {
namespace {

constexpr std::string_view kTopKeys[] = {"version", "type", "ops", "meta", "global", "logistics", "deployment_id"};

// The first line that is neither empty nor a comment.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const std::string_view content = trim(line); !content.empty() && content[0] != '#') return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

// "ops:" or "version: …", also with quotes. HCL has no colon there.
bool has_top_key(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const bool ends_key = colon + 1 == line.size() || line[colon + 1] == ' ' || line[colon + 1] == '\r';
  std::string_view key = trim(line.substr(0, colon));
  const bool quoted = key.size() > 1 && (key[0] == '"' || key[0] == '\'') && key.back() == key[0];
  if (quoted) key = key.substr(1, key.size() - 2);
  return ends_key && std::ranges::find(kTopKeys, key) != std::ranges::end(kTopKeys);
}

ParsedJob failed(const ParseOptions& options, const std::string& message) {
  ParsedJob out{.format = Format::Nosana};
  out.diagnostics.error("", options.file.empty() ? message : fmt::format("{}: {}", options.file, message));
  return out;
}

}  // namespace

bool is_nosana_yaml(std::string_view text, const ParseOptions& options) {
  if (options.file.ends_with(".yaml") || options.file.ends_with(".yml")) return true;
  const std::string_view line = first_line(text);
  return line.starts_with("---") || line.starts_with("%YAML") || has_top_key(line);
}

ParsedJob parse_nosana_yaml(std::string_view text, const ParseOptions& options) {
  auto document = parse_yaml(text, {.max_bytes = kMaxSource});
  if (!document) return failed(options, "this is not YAML: " + document.error().message());
  if (!is_nosana(document->value)) {
    return failed(options, "YAML is for Nosana job definitions, and this is none: it has no \"ops\"");
  }
  ParsedJob out = parse_nosana(document->value, options);
  SourceMap sources(options.file, std::string(text));
  for (YamlPlace& place : document->places) sources.add(std::move(place.path), place.line, place.column);
  out.diagnostics = sources.locate(out.diagnostics);
  out.sources = std::move(sources);
  return out;
}

}  // namespace drover::jobspec
