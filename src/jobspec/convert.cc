#include "jobspec/convert.h"

#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/convert_nosana.h"

namespace drover::jobspec {
namespace {

using codec::Value;

std::string pretty(const Value& value) {
  return codec::dump(value, {.pretty = true}) + "\n";
}

}  // namespace

std::optional<JobLanguage> job_language(std::string_view name) {
  if (name == "nomad-hcl") return JobLanguage::NomadHcl;
  if (name == "nomad-json") return JobLanguage::NomadJson;
  if (name == "nosana") return JobLanguage::Nosana;
  return std::nullopt;
}

Result<Converted> convert(const Value& tree, JobLanguage language) {
  if (language == JobLanguage::NomadJson) return Converted{pretty(Value::Object{{"Job", tree}}), {}};
  if (language == JobLanguage::NomadHcl) {
    HclText hcl = to_hcl(tree);
    return Converted{std::move(hcl.text), std::move(hcl.left_out)};
  }
  model::Job job;
  Diagnostics problems;
  if (!codec::decode_into(tree, job, problems)) return err(problems.to_error());
  NosanaDefinition nosana = to_nosana(job);
  return Converted{pretty(nosana.definition), std::move(nosana.left_out)};
}

}  // namespace drover::jobspec
