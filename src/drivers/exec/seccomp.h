#pragma once

#include "codec/value.h"

#include <string>
#include <vector>

namespace drover::drivers {

// The OCI runtime's linux.seccomp: system calls that ordinary programs make are allowed, all others, also those of
// kernels to come, fail with EPERM. Some are allowed to who has the capability ("CAP_…") that they need anyway.
codec::Value seccomp_profile(const std::vector<std::string>& capabilities);

}  // namespace drover::drivers
