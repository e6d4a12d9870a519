// JSON: what can be read is written so that it reads back the same; any value can be tried as a job.

#include <cstdint>

#include "codec/describe.h"
#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace drover;
  const auto value = codec::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  // Numbers become what they are written as the first time: -0.0 is -0, and then 0.
  const auto again = codec::parse_json(codec::dump(*value));
  const auto third = again ? codec::parse_json(codec::dump(*again)) : again;
  if (!third || codec::dump(*third) != codec::dump(*again)) __builtin_trap();

  Diagnostics problems;
  model::Job job;
  if (!codec::decode_into(*value, job, problems)) return 0;
  model::canonicalize(job);
  model::validate(job, problems);
  const std::string text = codec::to_json(job);
  const auto decoded = codec::from_json<model::Job>(text);
  if (!decoded || codec::to_json(*decoded) != text) __builtin_trap();
  return 0;
}
