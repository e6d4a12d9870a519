#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "codec/value.h"
#include "hcl/value.h"
#include "jobspec/schema.h"

namespace drover::jobspec {

// An HCL value as it is, for opaque places.
codec::Value to_plain(const hcl::Value& value);

// An HCL value in one of the shapes that are not blocks, with HCL's own conversions ("100" is a number where one is
// wanted). The error says what was expected.
Result<codec::Value> to_shape(const hcl::Value& value, Shape shape);

// A duration: Go's form, or a bare number of seconds (below 1,000,000) or nanoseconds (design.md section 7).
struct HclDuration {
  int64_t nanoseconds = 0;
  bool bare_seconds = false;
};
Result<HclDuration> to_duration(const hcl::Value& value);

}  // namespace drover::jobspec
