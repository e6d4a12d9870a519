// Job files of any format, from text to a checked job.

#include <cstdint>

#include "jobspec/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace drover;
  const jobspec::ParsedJob parsed = jobspec::parse({reinterpret_cast<const char*>(data), size}, {.file = "fuzz.nomad"});
  Diagnostics diagnostics;
  const auto job = jobspec::to_job(parsed, diagnostics);
  if (!job && !diagnostics.has_errors()) __builtin_trap();  // whoever refuses says why
  return 0;
}
