#pragma once

#include "model/job.h"
#include "model/validate_problems.h"

#include <optional>
#include <string>

// Confidential jobs (facts/nosana.md 1.8): their definition comes after them, and their result goes to who is to have
// it alone. Read from Job::logistics: {"send": {"type": "api" | "api-listen", "args": {"endpoint"?}}, "receive": the
// same}.
namespace drover::model {

inline constexpr const char* kLogisticsError = "logistics-error";  // Job::stop_reason: its definition did not come
inline constexpr const char* kDelivered = "delivered";  // Job::logistics_outcome: the result is where it was to go

// The one task of a job whose definition has not come: it is never started.
inline constexpr const char* kAwaitedDefinition = "waiting-for-job-definition";

// How something is handed over.
struct Handover {
  std::string endpoint;  // "": the other side comes to this server for it
  bool listens() const { return endpoint.empty(); }
};

struct Logistics {
  std::optional<Handover> send;     // the definition
  std::optional<Handover> receive;  // the result
};

// REQUIRES a valid job.
Logistics logistics_of(const Job& job);

// Whether others than its owner see neither its definition nor its result.
bool is_confidential(const Job& job);

// Whether its operations have still to come: nothing of it runs until then.
bool awaits_definition(const Job& job);

// Whether its operations have ended and the result has still to go out.
bool owes_result(const Job& job);

// The endpoint for this job: %%global.job%% is its id.
std::string endpoint_for(const Job& job, const Handover& handover);

// For people: what it waits for, or how that ended; "" nothing.
std::string logistics_note(const Job& job);

void validate_logistics(const Job& job, const Problems& problems);

}  // namespace drover::model
