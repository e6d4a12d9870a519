// Nosana definitions: any JSON is checked as one and, where it is one, lowered to a job.

#include <cstdint>

#include "codec/json.h"
#include "jobspec/nosana.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace drover;
  const auto value = codec::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  const jobspec::ParsedJob parsed = jobspec::parse_nosana(*value, {.file = "fuzz.json"});
  Diagnostics diagnostics;
  const auto job = jobspec::to_job(parsed, diagnostics, jobspec::Purpose::Validate);
  if (!job && !diagnostics.has_errors()) __builtin_trap();  // whoever refuses says why
  return 0;
}
