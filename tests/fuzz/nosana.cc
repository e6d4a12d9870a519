// Nosana definitions: any JSON is checked as one, in both strictnesses, and, where it is one, lowered to a job; what is
// no JSON is read as YAML. The arguments' literals are replaced, too, and texts are used as patterns of results.

#include <cstdint>

#include "codec/json.h"
#include "jobspec/nosana.h"
#include "jobspec/nosana_literals.h"
#include "jobspec/nosana_results.h"
#include "jobspec/yaml.h"

namespace {

using namespace drover;

void lower(const codec::Value& value, bool strict) {
  const jobspec::ParsedJob parsed = jobspec::parse_nosana(value, {.file = "fuzz.json", .nosana_strict = strict});
  Diagnostics diagnostics;
  const auto job = jobspec::to_job(parsed, diagnostics, jobspec::Purpose::Validate);
  if (!job && !diagnostics.has_errors()) __builtin_trap();  // whoever refuses says why
}

void replace_literals(const codec::Value& value) {
  jobspec::LiteralContext context;
  context.globals = {{"job", "J"}};
  context.variables = {{"v", "[1, \"%%global.job%%\"]"}};
  context.operations["a"] = {.host = "h", .endpoints = {{"80", "e"}}, .deployment_endpoint = "d", .results = value};
  (void)jobspec::interpolate(value, context);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto value = codec::parse_json(text)) {
    lower(*value, false);
    lower(*value, true);
    replace_literals(*value);
    return 0;
  }
  if (const auto document = jobspec::parse_yaml(text)) {
    lower(document->value, false);
    replace_literals(document->value);
  }
  if (size < 200) (void)jobspec::extract_results({{"r", std::string(text), {}}}, {{"stdout", text}});
  return 0;
}
