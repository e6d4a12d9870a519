#pragma once

#include "base/result.h"
#include "model/job.h"

#include <string_view>

// Registry passwords stand in the `auth` block of a driver's config. They never leave by the API (cases.md 64).
namespace drover::api {

bool has_secrets(const model::Job& job);

// The job as the API shows it, with "<redacted>" for passwords.
model::Job redacted(model::Job job);

// Puts back what redacted() took away, for a job that was read from the API, edited and sent again. Fails with
// InvalidArgument if `stored` (null: there is none) has no password in the same place.
Status restore_secrets(model::Job& job, const model::Job* stored);

// Whether a field of a diff, such as "auth[0][password]", is a password.
bool is_secret_field(std::string_view name);

}  // namespace drover::api
